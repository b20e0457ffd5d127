import type { HubError } from '../../errors.js';
import type { CommitHash } from '../../repo/listing.js';
import type { RepoType } from '../../repo/reference.js';
import type { Entry } from '../../workspace/entry.js';
import { type FileSum, type LockChange, sumOf } from '../../workspace/lock-changes.js';
import type { EntryOutcome } from './entry-outcome.js';

/** The document of `hub lock --json`, but for its `schema`. Sizes in bytes. */
export interface LockResult {
  /** Of hub.lock. */
  path: string;
  dryRun: boolean;
  /** The file is, or with `dryRun` would be, another than before. */
  changed: boolean;
  repos: LockedRepo[];
  totals: {
    repos: number;
    files: number;
    bytes: number;
    bytesFetched: number;
    /** With `dryRun`: what would be read to know its sha-256. */
    filesToRead: number;
    bytesToRead: number;
  };
}

/** What became of one `[[repo]]`. */
export interface LockedRepo {
  repo: string;
  type: RepoType;
  revision: string;
  localDir: string | null;
  state: 'kept' | 'added' | 'changed' | 'removed' | 'failed';
  /** Null where it is not locked. */
  commit: string | null;
  /** That the old lock had; null where it had none. */
  previousCommit: string | null;
  files: number;
  bytes: number;
  /** Against the old lock; of changed files the new size counts. */
  added: FileSum;
  modified: FileSum;
  removed: FileSum;
  error?: { code: string; exitCode: number; message: string };
}

const nothing: FileSum = { files: 0, bytes: 0 };

/** @param changes  of what was locked @param failed  entries that could not be, whether or not an old lock of them stays */
export function lockedRepos(
  changes: readonly LockChange[],
  failed: readonly Extract<EntryOutcome, { state: 'failed' }>[],
): LockedRepo[] {
  const errors = new Map(failed.map(({ entry, error }) => [entry, error]));
  return [...changes.map(changedRepo), ...Array.from(errors, ([entry, error]) => failedRepo(entry, error))];
}

function changedRepo(change: LockChange): LockedRepo {
  const { entry, state } = change;
  const all = sumOf(entry.files);
  const isGone = state === 'removed';
  return {
    ...headOf(entry),
    state,
    commit: isGone ? null : entry.commit,
    previousCommit: previousOf(change),
    ...(isGone ? nothing : all),
    added: state === 'added' ? all : state === 'changed' ? change.added : nothing,
    modified: state === 'changed' ? change.changed : nothing,
    removed: isGone ? all : state === 'changed' ? change.removed : nothing,
  };
}

function previousOf(change: LockChange): CommitHash | null {
  if (change.state === 'added') return null;
  return change.state === 'changed' ? change.before.commit : change.entry.commit;
}

function failedRepo(entry: Entry, { code, exitCode, message }: HubError): LockedRepo {
  return {
    ...headOf(entry),
    state: 'failed',
    commit: null,
    previousCommit: null,
    ...nothing,
    added: nothing,
    modified: nothing,
    removed: nothing,
    error: { code, exitCode, message },
  };
}

function headOf({ repo, revision, localDir }: Entry) {
  return { repo: repo.name, type: repo.type, revision, localDir: localDir ?? null };
}
