import type { RepoType } from '../../repo/reference.js';
import { type LockDifference, LockStale, compareLock, describeDifference } from '../../workspace/compare-lock.js';
import type { Manifest } from '../../workspace/entry.js';
import { sumOf } from '../../workspace/lock-changes.js';
import { readLock } from '../../workspace/lock-file.js';

/** The document of `hub lock --check --json`, but for its `schema`. Sizes in bytes. */
export interface LockCheck {
  /** Of hub.lock. */
  path: string;
  /** False where there is none too. */
  upToDate: boolean;
  differences: {
    repo: string;
    type: RepoType;
    revision: string;
    state: LockDifference['kind'];
    /** For a person. */
    message: string;
  }[];
  /** Of what is locked. */
  totals: { repos: number; files: number; bytes: number };
}

/**
 * Compares hub.lock with what hub.toml asks for, by the two files alone.
 *
 * @returns the report, and the failure where they differ
 * @throws UsageError  the lock can't be read
 */
export async function checkLock(
  manifest: Manifest,
  lockPath: string,
): Promise<{ report: LockCheck; failure: LockStale | undefined }> {
  const lock = await readLock(lockPath);
  const entries = lock?.entries ?? [];
  const differences = compareLock(manifest, { entries });
  const upToDate = lock !== undefined && differences.length === 0;
  return {
    report: {
      path: lockPath,
      upToDate,
      differences: differences.map((difference) => ({
        repo: difference.entry.repo.name,
        type: difference.entry.repo.type,
        revision: difference.entry.revision,
        state: difference.kind,
        message: describeDifference(difference),
      })),
      totals: { repos: entries.length, ...sumOf(entries.flatMap(({ files }) => files)) },
    },
    failure: upToDate ? undefined : new LockStale(lockPath, lock === undefined ? [] : differences),
  };
}
