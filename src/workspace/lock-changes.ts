import { sameDigest } from '../repo/digest.js';
import type { CommitHash, ListedFile } from '../repo/listing.js';
import { pairEntries } from './compare-lock.js';
import { entryKey } from './entry-fields.js';
import type { Entry, Lock, LockedEntry } from './entry.js';

/** What an entry selects of a commit: all that is locked of it but for the sha-256 of each file. */
export interface PinnedEntry extends Entry {
  readonly commit: CommitHash;
  readonly files: readonly ListedFile[];
}

/** Some files, and their bytes together. */
export interface FileSum {
  readonly files: number;
  readonly bytes: number;
}

/** What became of an entry. `kept`: the same commit, filters and files. */
export type LockChange =
  | { readonly state: 'kept' | 'added' | 'removed'; readonly entry: PinnedEntry }
  | {
      readonly state: 'changed';
      readonly entry: PinnedEntry;
      readonly before: LockedEntry;
      /** Files that the old one has not. */
      readonly added: FileSum;
      /** Files with other bytes than in the old one; their new size counts. */
      readonly changed: FileSum;
      readonly removed: FileSum;
    };

/** What becomes of each entry of a lock, in the order of a lock; what goes comes last. */
export function lockChanges(before: Lock, after: readonly PinnedEntry[]): LockChange[] {
  const { pairs, onlyBefore } = pairEntries(before.entries, after);
  return [
    ...pairs.map(({ before: old, after: entry }): LockChange =>
      old === undefined ? { state: 'added', entry } : changeOf(old, entry),
    ),
    ...onlyBefore.map((entry): LockChange => ({ state: 'removed', entry })),
  ];
}

export function sumOf(files: readonly { readonly size: number }[]): FileSum {
  return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

function changeOf(before: LockedEntry, entry: PinnedEntry): LockChange {
  const old = new Map(before.files.map((file) => [file.path, file]));
  const now = new Set(entry.files.map(({ path }) => path));
  const isOther = (file: ListedFile) => {
    const earlier = old.get(file.path);
    return earlier !== undefined && !sameDigest(earlier.digest, file.digest);
  };
  const changed = sumOf(entry.files.filter(isOther));
  const gained = sumOf(entry.files.filter(({ path }) => !old.has(path)));
  const removed = sumOf(before.files.filter(({ path }) => !now.has(path)));
  const isSame = entryKey(before) === entryKey(entry) && before.commit === entry.commit;
  if (isSame && changed.files + gained.files + removed.files === 0) return { state: 'kept', entry };
  return { state: 'changed', entry, before, added: gained, changed, removed };
}
