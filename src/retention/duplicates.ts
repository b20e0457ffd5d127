import type { RepoId } from '../repo/reference.js';

/** A blob as the disk has it. */
export interface BlobFile {
  readonly repo: RepoId;
  readonly path: string;
  /** Its name: the hex of what its sha-256 shall be. */
  readonly hex: string;
  /** In bytes. */
  readonly size: number;
  readonly device: number;
  readonly inode: number;
  /** All names that the file has, those in snapshots and outside of the cache included. */
  readonly links: number;
  /** Owner, group and who may read: files that differ in it are not made one. */
  readonly access: string;
  readonly accessedMs: number;
}

/** Files that should be one. */
export interface Duplicates {
  readonly hex: string;
  readonly size: number;
  readonly kept: BlobFile;
  /** In the same order as they were given. */
  readonly replaced: readonly BlobFile[];
}

/**
 * Finds blobs of one name and size that are several files. That their bytes are the same is still to be checked.
 *
 * Kept is the file with the most names, of these the one that was used last, whose time the others get with it. One that has names beyond those given (hard links in a
 * snapshot) is never replaced: it would go on to take its place.
 */
export function findDuplicates(blobs: readonly BlobFile[]): Duplicates[] {
  const groups = new Map<string, BlobFile[]>();
  for (const blob of blobs) {
    const key = [blob.hex, blob.size, blob.device, blob.access].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), blob]);
  }
  return [...groups.values()].flatMap((group) => duplicatesAmong(group) ?? []);
}

/** What the disk has to spare: each file that is replaced counts once, however many names it has. Bytes. */
export function bytesToSave({ size, replaced }: Duplicates): number {
  return size * new Set(replaced.map(({ inode }) => inode)).size;
}

function duplicatesAmong(group: readonly BlobFile[]): Duplicates | undefined {
  const [kept] = group.toSorted((a, b) => b.links - a.links || b.accessedMs - a.accessedMs);
  if (kept === undefined) return undefined;
  const namesHere = (inode: number) => group.filter((blob) => blob.inode === inode).length;
  const replaced = group.filter(({ inode, links }) => inode !== kept.inode && links <= namesHere(inode));
  return replaced.length === 0 ? undefined : { hex: kept.hex, size: kept.size, kept, replaced };
}
