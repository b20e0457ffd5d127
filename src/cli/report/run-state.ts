import type { HubEvent, MirrorProgress, Progress } from '../../events.js';

/** What a person who looks at the run wants to know: the events so far, folded. Times in ms of the caller's clock. */
export interface RunState {
  readonly phase: Phase;
  /** When the phase began. */
  readonly since: number;
  readonly progress: Progress | undefined;
  /** Of a run over many repos: then phase and progress say nothing. */
  readonly mirror: MirrorProgress | undefined;
  /** What holds the run up, by what it waits on. */
  readonly waits: ReadonlyMap<string, Wait>;
  readonly retries: number;
  readonly lastRetry: Retry | undefined;
  readonly failed: number;
}

export type Phase =
  | { readonly name: 'starting' }
  | { readonly name: 'resolving'; readonly repo: string; readonly revision: string }
  | { readonly name: 'listing'; readonly repo: string; readonly files: number }
  | { readonly name: 'checking'; readonly path: string; readonly bytes: number }
  | { readonly name: 'transfer' };

export interface Wait {
  readonly reason: 'lease' | 'rate-limit' | 'outage';
  readonly on: string;
  /** When it is expected to end; undefined where nobody knows. */
  readonly until: number | undefined;
}

interface Retry {
  readonly event: Extract<HubEvent, { type: 'retrying' }>;
  /** When the next try begins. */
  readonly at: number;
}

export const initialRunState: RunState = {
  phase: { name: 'starting' },
  since: 0,
  progress: undefined,
  mirror: undefined,
  waits: new Map(),
  retries: 0,
  lastRetry: undefined,
  failed: 0,
};

export function nextRunState(state: RunState, event: HubEvent, now: number): RunState {
  const next = afterEvent(state, event, now);
  return next.phase.name === state.phase.name ? next : { ...next, since: now };
}

function afterEvent(state: RunState, event: HubEvent, now: number): RunState {
  switch (event.type) {
    case 'resolving':
      return { ...state, phase: { name: 'resolving', repo: event.repo, revision: event.revision } };
    case 'resolved':
      return { ...state, phase: { name: 'listing', repo: event.repo, files: 0 } };
    case 'listing':
      return { ...state, phase: { name: 'listing', repo: event.repo, files: event.files } };
    case 'checking':
      // Once bytes move, the file's own line tells it.
      if (state.progress !== undefined) return state;
      return { ...state, phase: { name: 'checking', path: event.path, bytes: event.bytes } };
    case 'planned':
      return { ...state, phase: { name: 'transfer' } };
    case 'progress':
      return { ...state, phase: { name: 'transfer' }, progress: event.progress };
    case 'mirror-progress':
      return { ...state, mirror: event.progress };
    case 'waiting':
      return { ...state, waits: withWait(state.waits, event, now) };
    case 'waited':
      return { ...state, waits: withoutWait(state.waits, event) };
    case 'retrying':
      return { ...state, retries: state.retries + 1, lastRetry: { event, at: now + event.delayMs } };
    case 'file-failed':
      return { ...state, failed: state.failed + 1 };
    default:
      return state;
  }
}

function withWait(
  waits: RunState['waits'],
  { reason, on, waitMs }: Extract<HubEvent, { type: 'waiting' }>,
  now: number,
): RunState['waits'] {
  return new Map(waits).set(waitKey(reason, on), {
    reason,
    on,
    until: waitMs === undefined ? undefined : now + waitMs,
  });
}

function withoutWait(
  waits: RunState['waits'],
  { reason, on }: Extract<HubEvent, { type: 'waited' }>,
): RunState['waits'] {
  const rest = new Map(waits);
  rest.delete(waitKey(reason, on));
  return rest;
}

function waitKey(reason: Wait['reason'], on: string): string {
  return `${reason} ${on}`;
}
