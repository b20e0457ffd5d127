import { sameDigest } from '../repo/digest.js';
import { pairEntries } from './compare-lock.js';
import { entryKey } from './entry-fields.js';
import type { Lock, LockedEntry, LockedFile } from './entry.js';

/** Some files, and their bytes together. */
export interface FileSum {
  readonly files: number;
  readonly bytes: number;
}

/** What one lock has that another has not. `kept`: the same commit, filters and files. */
export type LockChange =
  | { readonly state: 'kept'; readonly entry: LockedEntry }
  | { readonly state: 'added' | 'removed'; readonly entry: LockedEntry }
  | {
      readonly state: 'changed';
      readonly entry: LockedEntry;
      readonly before: LockedEntry;
      /** Files that the old one has not. */
      readonly added: FileSum;
      /** Files with other bytes than in the old one; their new size counts. */
      readonly changed: FileSum;
      readonly removed: FileSum;
    };

/** What becomes of each entry from one lock to the next, in the order of the lock; what goes comes last. */
export function lockChanges(before: Lock, after: Lock): LockChange[] {
  const { pairs, onlyBefore } = pairEntries(before.entries, after.entries);
  return [
    ...pairs.map(({ before: old, after: entry }) => (old === undefined ? added(entry) : changeOf(old, entry))),
    ...onlyBefore.map((entry): LockChange => ({ state: 'removed', entry })),
  ];
}

export function sumOf(files: readonly LockedFile[]): FileSum {
  return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

function added(entry: LockedEntry): LockChange {
  return { state: 'added', entry };
}

function changeOf(before: LockedEntry, entry: LockedEntry): LockChange {
  const old = new Map(before.files.map((file) => [file.path, file]));
  const now = new Set(entry.files.map(({ path }) => path));
  const isOther = (file: LockedFile) => {
    const earlier = old.get(file.path);
    return earlier !== undefined && !(sameDigest(earlier.digest, file.digest) && earlier.sha256 === file.sha256);
  };
  const changed = sumOf(entry.files.filter(isOther));
  const gained = sumOf(entry.files.filter(({ path }) => !old.has(path)));
  const removed = sumOf(before.files.filter(({ path }) => !now.has(path)));
  const isSame = entryKey(before) === entryKey(entry) && before.commit === entry.commit;
  if (isSame && changed.files + gained.files + removed.files === 0) return { state: 'kept', entry };
  return { state: 'changed', entry, before, added: gained, changed, removed };
}
