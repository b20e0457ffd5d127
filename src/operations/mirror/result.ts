import type { RepoType } from '../../repo/reference.js';
import type { HubError } from '../../errors.js';
import { worstOf } from '../download-outcome.js';
import type { LimitReached } from './limits.js';

/** What became of the repos of a mirror: the document of `hub mirror --json`, but for its `schema`. */
export interface MirrorResult {
  /** In the order of the list. */
  repos: MirroredRepo[];
  totals: MirrorTotals;
}

export interface MirroredRepo {
  repo: string;
  type: RepoType;
  revision: string;
  /** That it is at upstream, or of the copy that is here where upstream could not tell; null: nobody knows. */
  commit: string | null;
  state: MirrorState;
  reason?: MirrorReason;
  /** That are wanted of it; 0 where nobody knows. */
  files: number;
  /** Sum of their sizes. */
  bytes: number;
  /** Received for it in this run. */
  bytesFetched: number;
  /** Of a dry run: what a run would fetch. */
  bytesToFetch?: number;
  error?: MirrorError;
}

export type MirrorState = 'unchanged' | 'updated' | 'skipped' | 'failed';

/**
 * Why it was left out, or failed; of one that is `updated` and for which nothing was done: an earlier run of the same list
 * brought it, and was killed before it could tell.
 */
export type MirrorReason = LimitReached | 'interrupted' | 'not-reached' | 'gone' | 'gated' | 'earlier-run';

/** A failure as it is kept for the report: of a repo with thousands of files, the error itself holds all of them. */
export interface MirrorError {
  code: string;
  exitCode: number;
  retryable: boolean;
  retryAfter?: number;
  message: string;
  hint: string | null;
}

/** How many repos, and their sums. Bytes. */
export interface MirrorTotals {
  repos: number;
  unchanged: number;
  updated: number;
  skipped: number;
  failed: number;
  files: number;
  bytes: number;
  bytesFetched: number;
  seconds: number;
}

export function mirrorError({ code, exitCode, retryable, retryAfter, message, hint }: HubError): MirrorError {
  return {
    code,
    exitCode,
    retryable,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    message,
    hint: hint ?? null,
  };
}

export function mirrorTotals(repos: readonly MirroredRepo[], seconds: number): MirrorTotals {
  const totals = {
    repos: repos.length,
    unchanged: 0,
    updated: 0,
    skipped: 0,
    failed: 0,
    files: 0,
    bytes: 0,
    bytesFetched: 0,
  };
  for (const { state, files, bytes, bytesFetched } of repos) {
    totals[state] += 1;
    totals.files += files;
    totals.bytes += bytes;
    totals.bytesFetched += bytesFetched;
  }
  return { ...totals, seconds };
}

/** The failure that gives the run its exit code, and how many failed; undefined where all is whole or left out. */
export function worstFailure(repos: readonly MirroredRepo[]): { worst: MirrorError; count: number } | undefined {
  const [first, ...others] = repos.flatMap(({ error }) => error ?? []);
  return first === undefined ? undefined : { worst: worstOf([first, ...others]), count: others.length + 1 };
}
