import { entryKey } from './entry-fields.js';
import type { Entry } from './entry.js';
import { folderKey } from './folder-name.js';

/** An entry, and what it is called in messages. */
export interface PlacedEntry {
  readonly where: string;
  readonly entry: Entry;
}

/** What two entries may not have in common: everything, or a folder. Each clash in a few words that name both. */
export function findClashes(placed: readonly PlacedEntry[]): readonly string[] {
  return [...findRepeated(placed), ...findSharedFolders(placed)];
}

/** Whether two entries ask for the same. */
export function isSameEntry(one: Entry, other: Entry): boolean {
  return entryKey(one) === entryKey(other);
}

function findRepeated(placed: readonly PlacedEntry[]): readonly string[] {
  const seen = new Map<string, PlacedEntry>();
  return placed.flatMap((it) => {
    const key = entryKey(it.entry);
    const before = seen.get(key);
    if (before === undefined) seen.set(key, it);
    // Two of one folder are told as such.
    return before === undefined || it.entry.localDir !== undefined
      ? []
      : `${before.where} and ${it.where} are the same`;
  });
}

function findSharedFolders(placed: readonly PlacedEntry[]): readonly string[] {
  const folders = placed
    .flatMap(({ where, entry: { localDir } }) =>
      // With "/" as the lowest character, what is in a folder follows it at once.
      localDir === undefined ? [] : { where, localDir, key: folderKey(localDir).replaceAll('/', '\0') },
    )
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return folders.flatMap((inner, index) => {
    const outer = folders[index - 1];
    if (outer === undefined) return [];
    if (inner.key === outer.key)
      return `${outer.where} and ${inner.where} have the same local-dir: "${outer.localDir}"`;
    if (!inner.key.startsWith(`${outer.key}\0`)) return [];
    return `the local-dir of ${inner.where}, "${inner.localDir}", is inside that of ${outer.where}, "${outer.localDir}"`;
  });
}
