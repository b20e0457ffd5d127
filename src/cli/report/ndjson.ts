import type { HubEvent } from '../../events.js';
import { errorDocument } from '../documents.js';
import { stringifyForTerminal } from '../text.js';
import type { Report, TextStream } from './report.js';

/** `--progress json`: each event is one line of JSON; see docs/json.md. Progress comes at most once a second. */
export function ndjsonReport({
  stream,
  verbose,
  progressEveryMs = 1_000,
  now = Date.now,
}: {
  readonly stream: TextStream;
  readonly verbose: boolean;
  readonly progressEveryMs?: number;
  readonly now?: () => number;
}): Report {
  let lastProgressAt = -Infinity;
  const print = (event: { readonly type: string; readonly [field: string]: unknown }) => {
    stream.write(`${stringifyForTerminal({ time: new Date(now()).toISOString(), ...event })}\n`);
  };
  const isDue = (event: HubEvent) => {
    if (event.type === 'detail') return verbose;
    if (event.type !== 'progress' && event.type !== 'mirror-progress') return true;
    if (now() - lastProgressAt < progressEveryMs) return false;
    lastProgressAt = now();
    return true;
  };

  return {
    tell: (event) => {
      if (!isDue(event)) return;
      print('progress' in event ? { type: event.type, ...event.progress } : event);
    },
    summary: (lines) => print({ type: 'summary', message: lines.join('\n') }),
    failure: (error, details) => print({ type: 'error', ...errorDocument(error), details }),
    close: () => undefined,
  };
}
