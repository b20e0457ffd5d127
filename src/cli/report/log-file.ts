import { closeSync, openSync, writeSync } from 'node:fs';
import { UsageError, type HubError } from '../../errors.js';
import type { Tell } from '../../events.js';
import { ndjsonReport } from './ndjson.js';

/** The whole state is told ten times a second; a log of a night need not have it so often. */
const progressEveryMs = 60_000;

export interface LogFile {
  /** Tells the log, and whoever was told before. */
  readonly tell: Tell;
  /** What the run ended with. */
  report(text: string, failure: HubError | undefined): void;
  close(): void;
}

/**
 * Appends all that is told to a file, as `--progress json` prints it with `--verbose`. A log that can't be written any more
 * does not end the run.
 *
 * @param path  undefined: no log
 * @throws UsageError  it can't be opened
 */
export function openLog(path: string | undefined, tell: Tell): LogFile {
  if (path === undefined) return { tell, report: () => undefined, close: () => undefined };
  const descriptor = open(path);
  let isBroken = false;
  const write = (text: string) => {
    if (isBroken) return;
    try {
      writeSync(descriptor, text);
    } catch (error) {
      isBroken = true;
      tell({
        type: 'warning',
        code: 'log-not-written',
        message: `${path} can't be written any more: ${String(error)}`,
      });
    }
  };
  const report = ndjsonReport({ stream: { write }, verbose: true, progressEveryMs });
  return {
    tell: (event) => {
      report.tell(event);
      tell(event);
    },
    report: (text, failure) => {
      report.summary(text.split('\n'));
      if (failure !== undefined) report.failure(failure, []);
    },
    close: () => closeSync(descriptor),
  };
}

function open(path: string): number {
  try {
    return openSync(path, 'a');
  } catch (error) {
    throw new UsageError(`the log ${path} can't be opened: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
