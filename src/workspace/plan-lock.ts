import type { CommitHash } from '../repo/listing.js';
import { type RepoId, repoPath } from '../repo/reference.js';
import { entryName, pairEntries } from './compare-lock.js';
import { entryKey } from './entry-fields.js';
import type { Entry, Lock, LockedEntry, Manifest } from './entry.js';

/** Whose revisions are asked for anew. */
export type LockUpdate = 'none' | 'all' | RepoId;

/**
 * What is to be done so that an entry is locked. `keep`: nothing. `select`: its files, at the commit that its revision was
 * locked at. `resolve`: its revision is asked for; `locked`, if any, stays where the answer is its commit.
 */
export type LockStep =
  | { readonly step: 'keep'; readonly entry: Entry; readonly locked: LockedEntry }
  | { readonly step: 'select'; readonly entry: Entry; readonly commit: CommitHash }
  | { readonly step: 'resolve'; readonly entry: Entry; readonly locked: LockedEntry | undefined };

/** The steps from a lock to the next, one for each entry. A revision of a repo is one commit in all of a lock. */
export function planLock({ entries }: Manifest, before: Lock, update: LockUpdate): LockStep[] {
  const commits = new Map(before.entries.toReversed().map((entry) => [entryName(entry), entry.commit]));
  return pairEntries(before.entries, entries).pairs.map(({ before: paired, after: entry }): LockStep => {
    const locked = paired !== undefined && entryKey(paired) === entryKey(entry) ? paired : undefined;
    const commit = commits.get(entryName(entry));
    if (commit === undefined || isToUpdate(entry, update)) return { step: 'resolve', entry, locked };
    return locked?.commit === commit ? { step: 'keep', entry, locked } : { step: 'select', entry, commit };
  });
}

function isToUpdate({ repo }: Entry, update: LockUpdate): boolean {
  if (update === 'none' || update === 'all') return update === 'all';
  return repoPath(repo) === repoPath(update);
}
