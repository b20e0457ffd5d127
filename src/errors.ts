/** What the process exits with. The table and its meanings are the contract: README.md, "Exit codes". */
export const ExitCode = {
  done: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  access: 4,
  network: 5,
  integrity: 6,
  disk: 7,
  offline: 8,
  differs: 9,
  hangup: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface HubErrorOptions {
  /** What to do next, one sentence or two. */
  hint?: string;
  cause?: unknown;
  /** Seconds after which a server said that it may be asked again. */
  retryAfter?: number;
}

/**
 * Every failure that a person can act on. A subclass lives where it is thrown and fixes `code` (a stable word for
 * scripts, listed in docs/json.md) and `exitCode`. `message` says what failed, on what, and why; `hint` what to do next.
 */
export abstract class HubError extends Error {
  abstract readonly code: string;
  abstract readonly exitCode: ExitCode;
  /** The same command may succeed later without a change. */
  readonly retryable: boolean = false;
  readonly hint: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(message: string, { hint, cause, retryAfter }: HubErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.hint = hint;
    this.retryAfter = retryAfter;
  }
}

/** A bad flag, repo id, revision, pattern or setting. */
export class UsageError extends HubError {
  readonly code = 'usage';
  readonly exitCode = ExitCode.usage;
}

/** The caller's `AbortSignal` fired, or the process got a signal. What has arrived is kept. */
export class Interrupted extends HubError {
  readonly code = 'interrupted';
  override readonly retryable = true;

  constructor(
    readonly exitCode: ExitCode = ExitCode.interrupted,
    hint = 'What has arrived is kept: the same command goes on from there.',
  ) {
    super('interrupted', { hint });
  }
}

/** The reason of an aborted signal as a HubError: its own when it is one already, else `Interrupted`. */
export function abortReason(signal: AbortSignal): HubError {
  return signal.reason instanceof HubError ? signal.reason : new Interrupted();
}
