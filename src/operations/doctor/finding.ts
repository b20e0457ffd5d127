import { type ExitCode, HubError } from '../../errors.js';
import { adviceFor } from './advice.js';

/** What is looked at. */
export type CheckName =
  | 'program'
  | 'trust'
  | 'proxy'
  | 'offline'
  | 'connection'
  | 'answer'
  | 'clock'
  | 'token'
  | 'repo'
  | 'file'
  | 'cdn'
  | 'ranges'
  | 'speed'
  | 'cache'
  | 'space'
  | 'links';

/** One line of the report. */
export interface Finding {
  readonly check: CheckName;
  /** Host, repo or folder; null where it is about this machine as a whole. */
  readonly target: string | null;
  readonly state: 'ok' | 'warning' | 'failed';
  /** What was found, in words. */
  readonly message: string;
  /** What to change. */
  readonly hint: string | null;
  /** What was measured: ms, bytes, bytes a second, as its name says. */
  readonly measures: Readonly<Record<string, number>>;
  /** Of a failed one: what a run would end with for it. */
  readonly error?: HubError;
}

export interface About {
  readonly check: CheckName;
  readonly target?: string;
}

interface Found extends About {
  readonly message: string;
  readonly hint?: string;
  readonly measures?: Readonly<Record<string, number>>;
}

export function ok(found: Found): Finding {
  return finding('ok', found);
}

/** Worse than it could be: things work all the same. */
export function warning(found: Found): Finding {
  return finding('warning', found);
}

export function failed(error: HubError, about: About): Finding {
  const diagnosed = new Diagnosed(error, adviceFor(error));
  const { message, hint } = diagnosed;
  return { ...finding('failed', { ...about, message, ...(hint === undefined ? {} : { hint }) }), error: diagnosed };
}

/** An error with what is to be done about it here, where nothing is being downloaded. */
class Diagnosed extends HubError {
  readonly code: string;
  readonly exitCode: ExitCode;
  override readonly retryable: boolean;

  constructor(cause: HubError, hint: string | undefined) {
    const { message, code, exitCode, retryable, retryAfter } = cause;
    super(message, {
      cause,
      ...(hint === undefined ? {} : { hint }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
    this.code = code;
    this.exitCode = exitCode;
    this.retryable = retryable;
  }
}

function finding(state: Finding['state'], { check, target, message, hint, measures = {} }: Found & About): Finding {
  return { check, target: target ?? null, state, message, hint: hint ?? null, measures };
}
