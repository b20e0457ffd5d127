import type { Content, Inventory } from './inventory.js';

/** Counts what the disk gets back: the bytes of a content go with the last of its names. */
export class Space {
  readonly #removed = new Map<string, number>();
  readonly #namesOf: (content: Content) => number;

  /** @param namesOf  how many names must go; all that the file system counts, also those outside of the cache */
  constructor(namesOf: (content: Content) => number = ({ links }) => links) {
    this.#namesOf = namesOf;
  }

  /** A name of a content goes. @returns the bytes that this frees */
  removeName(content: Content): number {
    const removed = (this.#removed.get(content.inode) ?? 0) + 1;
    this.#removed.set(content.inode, removed);
    return removed === this.#namesOf(content) ? content.size : 0;
  }
}

/** How many names each content has in the cache, by inode. A symbolic link is none. */
export function namesInCache({ repos, store }: Inventory): Map<string, number> {
  const names = new Map<string, number>();
  const count = ({ inode }: Content) => names.set(inode, (names.get(inode) ?? 0) + 1);
  for (const payload of store?.payloads ?? []) count(payload);
  for (const { blobs, revisions, discarded } of repos) {
    for (const blob of blobs.values()) if (!blob.isInStore) count(blob);
    for (const { entries } of [...revisions, ...discarded]) {
      for (const { isLink, content } of entries) if (!isLink) count(content);
    }
  }
  return names;
}
