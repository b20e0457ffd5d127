import type { HubEvent } from '../../events.js';
import { escapeControl, formatBytes } from '../text.js';
import { describeChecking, describePlan, describeRetry, describeRun, describeWait, newReasons } from './lines.js';
import { firstWarnings, mirrorEventLine, namedWarning } from './mirror-lines.js';
import { Paint } from './paint.js';
import { largeFileBytes, type Report, type ReportOptions } from './report.js';
import { initialRunState, nextRunState } from './run-state.js';

const stateEveryMs = 10_000;
/** Of a mirror, which may run for a night. */
const mirrorStateEveryMs = 60_000;

export interface PlainReportOptions extends ReportOptions {
  /** `none`: warnings, errors and the last words only. */
  readonly progress: 'lines' | 'none';
  readonly now?: () => number;
}

/**
 * Lines for a log: every large file when it is done, the whole state every 10 s, and whatever is out of the ordinary. Of a
 * mirror the repos of which much was fetched, and the whole state once a minute.
 */
export function plainReport({ stream, colour, fold, verbose, progress, now = Date.now }: PlainReportOptions): Report {
  const paint = new Paint(colour);
  const print = (lines: readonly string[]) => {
    for (const line of lines) stream.write(`${fold(line)}\n`);
  };
  const isNewReason = newReasons();
  const isNewWarning = firstWarnings();
  let state = initialRunState;
  let lastRetryAt = -Infinity;
  let lastStateAt = now();
  const lastWaitAt = new Map<string, number>();
  const everyMs = () => (state.mirror === undefined ? stateEveryMs : mirrorStateEveryMs);
  const tellState = () => {
    if (state.mirror !== undefined && now() - lastStateAt < mirrorStateEveryMs) return;
    lastStateAt = now();
    print([describeRun(state, now())]);
  };
  const timer = progress === 'none' ? undefined : setInterval(tellState, stateEveryMs).unref();
  /** A link that breaks and comes back all night makes hundreds. */
  const isFrequentWait = ({ type, reason, on }: Extract<HubEvent, { type: 'waiting' | 'waited' }>) => {
    const key = `${type} ${reason} ${on}`;
    if (state.mirror !== undefined && now() - (lastWaitAt.get(key) ?? -Infinity) < mirrorStateEveryMs) return true;
    lastWaitAt.set(key, now());
    return false;
  };

  return {
    tell: (event) => {
      const waitsBefore = state.waits.size;
      state = nextRunState(state, event, now());
      if (event.type === 'warning' && isNewWarning(event)) print(paint.warning(namedWarning(event)));
      if (verbose && event.type === 'detail') print([escapeControl(event.message)]);
      if (progress === 'none') return;
      if (event.type === 'retrying') {
        // A bad line makes hundreds: the state line counts them.
        if (!verbose && now() - lastRetryAt < everyMs()) return;
        lastRetryAt = now();
      }
      if (event.type === 'waiting' || event.type === 'waited') {
        // Several of our connections may wait for the same thing.
        if (state.waits.size === waitsBefore || isFrequentWait(event)) return;
      } else if (state.mirror !== undefined && event.type !== 'retrying') {
        const line = mirrorEventLine(event);
        if (line !== undefined) print([line]);
        return;
      }
      if (event.type === 'file-failed' && !isNewReason(event)) return;
      const line = plainLine(event, now());
      if (line !== undefined) print([line]);
    },
    summary: print,
    failure: (error, details) => print([...paint.error(error), ...details]),
    close: () => clearInterval(timer),
  };
}

/** The line that an event is worth in a log, if it is worth one. */
function plainLine(event: HubEvent, now: number): string | undefined {
  switch (event.type) {
    case 'planned':
      return event.bytesToFetch === 0 ? undefined : describePlan(event);
    case 'checking':
      return event.bytes < largeFileBytes ? undefined : describeChecking(event);
    case 'waiting':
      return describeWait(
        { reason: event.reason, on: event.on, until: event.waitMs === undefined ? undefined : now + event.waitMs },
        now,
      );
    case 'waited':
      return `going on after the wait for ${escapeControl(event.on)}`;
    case 'file-done':
      if (event.bytes < largeFileBytes || event.state === 'cached') return undefined;
      return `${event.state} ${escapeControl(event.path)} (${formatBytes(event.bytes)})`;
    case 'file-failed':
      return `failed ${escapeControl(event.path)}: ${escapeControl(event.message)}`;
    case 'retrying':
      return describeRetry(event);
    default:
      return undefined;
  }
}
