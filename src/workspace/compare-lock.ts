import { ExitCode, HubError } from '../errors.js';
import { repoPath } from '../repo/reference.js';
import { compareEntries, entryKey, filterFields } from './entry-fields.js';
import type { Entry, Lock, LockedEntry, Manifest } from './entry.js';

/**
 * Where a lock is not what a manifest asks for. `missing`: an entry that it lacks. `changed`: it has the repo and the
 * revision, with other filters. `extra`: an entry that the manifest has no more.
 */
export type LockDifference =
  | { readonly kind: 'missing'; readonly entry: Entry }
  | { readonly kind: 'changed'; readonly entry: Entry; readonly locked: LockedEntry }
  | { readonly kind: 'extra'; readonly entry: LockedEntry };

/** Compares what is wanted with what is locked, by the two files alone. Empty: the lock fits. */
export function compareLock({ entries }: Manifest, lock: Lock): LockDifference[] {
  const { pairs, onlyBefore } = pairEntries(lock.entries, entries);
  const differences = pairs.flatMap(({ before, after }): LockDifference[] => {
    if (before === undefined) return [{ kind: 'missing', entry: after }];
    return entryKey(before) === entryKey(after) ? [] : [{ kind: 'changed', entry: after, locked: before }];
  });
  return [...differences, ...onlyBefore.map((entry): LockDifference => ({ kind: 'extra', entry }))];
}

/** For a person, on one line: `org/name@v1 is in hub.toml, and not locked`. */
export function describeDifference(difference: LockDifference): string {
  const name = entryName(difference.entry);
  switch (difference.kind) {
    case 'missing':
      return `${name} is in hub.toml, and not locked`;
    case 'changed':
      return `${name} is locked with other filters: ${changedKeys(difference).join(', ')}`;
    case 'extra':
      return `${name} is locked, and not in hub.toml any more`;
  }
}

/** `datasets/org/name`, `org/name@v1`. */
export function entryName({ repo, revision }: Pick<Entry, 'repo' | 'revision'>): string {
  return revision === 'main' ? repoPath(repo) : `${repoPath(repo)}@${revision}`;
}

/** hub.lock is not what hub.toml asks for. */
export class LockStale extends HubError {
  readonly code = 'lock-stale';
  readonly exitCode = ExitCode.differs;

  /** @param lockPath  where the lock stands, or should */
  constructor(lockPath: string, differences: readonly LockDifference[]) {
    const [first] = differences;
    const more = differences.length > 1 ? `, and ${differences.length - 1} more` : '';
    super(
      first === undefined
        ? `${lockPath} is not there`
        : `${lockPath} does not fit hub.toml: ${describeDifference(first)}${more}`,
      { hint: 'Run "hub lock".' },
    );
  }
}

/** Entries of a manifest or a lock, each with the one that stood for it before. */
export interface PairedEntries<After extends Entry> {
  readonly pairs: readonly { readonly before: LockedEntry | undefined; readonly after: After }[];
  /** What nothing takes the place of. */
  readonly onlyBefore: readonly LockedEntry[];
}

/** Those that ask for the same belong together; of the others, those of the same repo and revision, in their order. */
export function pairEntries<After extends Entry>(
  before: readonly LockedEntry[],
  after: readonly After[],
): PairedEntries<After> {
  const left = new Map(before.toSorted(compareEntries).map((entry) => [entryKey(entry), entry]));
  const take = (entry: LockedEntry | undefined) => {
    if (entry !== undefined) left.delete(entryKey(entry));
    return entry;
  };
  const same = new Map(after.map((entry) => [entry, take(left.get(entryKey(entry)))]));
  const pairs = after.toSorted(compareEntries).map((entry) => {
    const alike = () => [...left.values()].find((other) => entryName(other) === entryName(entry));
    return { before: same.get(entry) ?? take(alike()), after: entry };
  });
  return { pairs, onlyBefore: [...left.values()] };
}

function changedKeys({ entry, locked }: { entry: Entry; locked: Entry }): string[] {
  const [wanted, had] = [entry, locked].map(
    (one) => new Map(filterFields(one).map(([key, value]) => [key, JSON.stringify(value)])),
  );
  const keys = new Set([...(wanted?.keys() ?? []), ...(had?.keys() ?? [])]);
  return [...keys].filter((key) => wanted?.get(key) !== had?.get(key));
}
