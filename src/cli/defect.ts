import { ExitCode, HubError } from '../errors.js';
import { escapeControl } from './text.js';

/** An error that none of our own code foresaw. */
class Defect extends HubError {
  readonly code = 'unexpected';
  readonly exitCode = ExitCode.unexpected;

  constructor(cause: unknown) {
    super(`unexpected: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
      hint: 'This is a defect of hub. Please report it with what --verbose says.',
    });
  }
}

/** Where an error comes from, and where its causes do. Printed for `--verbose` and `DEBUG` alone. */
export function stackLines(error: unknown): string[] {
  const first = error instanceof Defect ? error.cause : error;
  const lines: string[] = [];
  for (let cause = first; cause instanceof Error && lines.length < mostStackLines; cause = cause.cause) {
    const label = cause === first ? '' : 'caused by ';
    lines.push(...`${label}${cause.stack ?? cause.message}`.split('\n').map(escapeControl));
  }
  return lines;
}

const mostStackLines = 200;

/** The system gives no more open files: to load the program's own code takes some. */
class OpenFilesExhausted extends HubError {
  readonly code = 'disk';
  readonly exitCode = ExitCode.disk;

  constructor(cause: Error) {
    super(`too many open files: ${cause.message}`, {
      hint: 'Raise the limit (ulimit -n), then run the same command.',
      cause,
    });
  }
}

/** What was thrown, as an error that a person can read. */
export function asHubError(thrown: unknown): HubError {
  if (thrown instanceof HubError) return thrown;
  const isExhausted = thrown instanceof Error && 'code' in thrown && /^E[MN]FILE$/.test(String(thrown.code));
  return isExhausted ? new OpenFilesExhausted(thrown) : new Defect(thrown);
}
