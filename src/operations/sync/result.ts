import { ExitCode, HubError } from '../../errors.js';
import { worstOf } from '../download-outcome.js';
import type { DownloadResult, DownloadTotals } from '../download-result.js';

/** What a sync did: the document of `hub sync --json`, but for its `schema`. Sizes in bytes. */
export interface SyncResult {
  /** The path of hub.lock. */
  lock: string;
  /** It was made, or made anew. */
  lockChanged: boolean;
  /** Everything that the lock names is in its place. */
  complete: boolean;
  /** By repo, in the lock's order. */
  repos: SyncedRepo[];
  totals: DownloadTotals & { repos: number; failed: number };
  /** Bytes received by origin (scheme, host, port). */
  sources: Record<string, number>;
  /** Endpoints that lied and were not asked any more; absent where there were none. */
  droppedEndpoints?: { endpoint: string; why: string }[];
}

/** An entry of the lock, as a download of just its files would tell it. */
export interface SyncedRepo extends Omit<
  DownloadResult,
  'load' | 'skipped' | 'droppedEndpoints' | 'commit' | 'complete'
> {
  /** Null: it could not be locked. */
  commit: string | null;
  complete: boolean;
  /** Files that were taken out of the target folder, being wanted no more; absent without `--prune`. */
  pruned?: string[];
  /** Why it is not whole. */
  error?: { code: string; exitCode: number; message: string };
}

/** Some of what the lock names is not in its place; `result` tells what is. Has the exit code of the worst of the failures. */
export class SyncFailed extends HubError {
  readonly code: string;
  readonly exitCode: ExitCode;
  override readonly retryable: boolean;
  readonly result: SyncResult;

  constructor(result: SyncResult, failures: readonly [HubError, ...HubError[]]) {
    const worst = worstOf(failures);
    const several = `${result.totals.failed} of ${result.repos.length} repos are not whole; the first: ${worst.message}`;
    super(failures.length === 1 ? worst.message : several, {
      cause: worst,
      ...(worst.hint === undefined ? {} : { hint: worst.hint }),
      ...(worst.retryAfter === undefined ? {} : { retryAfter: worst.retryAfter }),
    });
    this.code = worst.code;
    this.exitCode = worst.exitCode;
    this.retryable = failures.every(({ retryable }) => retryable);
    this.result = result;
  }
}

/** @param spent  `bytesFetched`: by the lock, which finds them in place when it comes to the repos */
export function totalsOf(
  repos: readonly SyncedRepo[],
  { bytesFetched: lockBytes, ...spent }: { bytesFetched: number; retries: number; seconds: number },
): SyncResult['totals'] {
  const sum = (of: (totals: DownloadTotals) => number) => repos.reduce((all, { totals }) => all + of(totals), 0);
  return {
    repos: repos.length,
    failed: repos.filter(({ complete }) => !complete).length,
    files: sum(({ files }) => files),
    bytes: sum(({ bytes }) => bytes),
    bytesFetched: sum(({ bytesFetched }) => bytesFetched) + lockBytes,
    bytesCached: Math.max(0, sum(({ bytesCached }) => bytesCached) - lockBytes),
    bytesWasted: sum(({ bytesWasted }) => bytesWasted),
    ...spent,
  };
}

export function sourcesOf(repos: readonly SyncedRepo[]): Record<string, number> {
  const bytes: Record<string, number> = {};
  for (const { sources } of repos) {
    for (const [origin, received] of Object.entries(sources)) bytes[origin] = (bytes[origin] ?? 0) + received;
  }
  return bytes;
}
