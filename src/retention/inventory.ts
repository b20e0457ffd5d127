import type { CommitHash } from '../repo/listing.js';
import type { RepoId } from '../repo/reference.js';

/*
 * What a cache holds, as somebody has found it on the disk: `cache/inventory` fills these in, and what shall go or stay
 * is decided on them alone. Sizes in bytes, times in ms since 1970.
 */

/** The content of a file, whatever names it has. */
export interface Content {
  readonly size: number;
  /** Device and inode: names that share it share the bytes, which count once. */
  readonly inode: string;
  /** All names of it, also those outside of the cache (`st_nlink`). */
  readonly links: number;
  readonly modifiedMs: number;
  readonly accessedMs: number;
}

/** A file in `blobs/`. */
export interface Blob extends Content {
  /** The hub's etag: hex of the content's digest. */
  readonly name: string;
  /** It is a link to a payload of Python's shared store, whose bytes these are. */
  readonly isInStore: boolean;
}

/** A file of a revision, as readers find it. */
export interface Entry {
  /** `/`-separated. */
  readonly path: string;
  /** The name of its blob; undefined for a regular file that is no blob's hard link (tools without links leave those). */
  readonly blob: string | undefined;
  /** A symbolic link: its going frees nothing but its blob may. */
  readonly isLink: boolean;
  readonly content: Content;
}

/** Of whom the time of a revision's last use comes. */
export type UseSource = 'record' | 'access-time';

export interface Revision {
  readonly commit: CommitHash;
  readonly path: string;
  readonly entries: readonly Entry[];
  /** Branches, tags and `refs/pr/N` that name it. */
  readonly refs: readonly string[];
  /** By our own record, which beats the access times of its blobs. */
  readonly lastUsedMs: number;
  readonly lastUsedBy: UseSource;
  readonly modifiedMs: number;
}

/** What has arrived of a file, of which it is not known yet that it is whole. */
export interface PartialFile {
  readonly path: string;
  /** Hex of the digest that it shall have; undefined where the name of another tool's file doesn't tell. */
  readonly blob: string | undefined;
  readonly tool: 'hub' | 'python';
  /** The process that wrote it, by the id of its lease; undefined for Python's. */
  readonly writer: string | undefined;
  /** So many are there; of Python's, what its size says. */
  readonly bytesHere: number;
  /** So many there shall be, where that is known. */
  readonly size: number | undefined;
  /** What the disk gets back when it goes. */
  readonly bytesOnDisk: number;
  readonly modifiedMs: number;
}

/** A download that was begun and not completed (`.hub/snapshots/<commit>.json`). */
export interface UnfinishedRequest {
  readonly commit: CommitHash;
  readonly revision: string;
  readonly begunMs: number;
  /** Names of the blobs that it asks for and that are there. Empty where nobody keeps the commit's listing. */
  readonly blobs: readonly string[];
  /** Paths of the partial files of blobs that it asks for. */
  readonly partials: readonly string[];
  /** When the newest of all this arrived. */
  readonly touchedMs: number;
}

/** What a removal that was killed had taken out of sight, and not deleted yet. */
export interface Discarded {
  readonly path: string;
  /** Of whose revision these files were; undefined for what was no revision's. */
  readonly commit: CommitHash | undefined;
  readonly entries: readonly Entry[];
}

/** `broken` can't be read as it stands; `foreign` is nothing that this program understands, and left alone. */
export interface Finding {
  readonly kind: 'broken' | 'foreign';
  readonly path: string;
  readonly reason: string;
}

export interface Ref {
  readonly name: string;
  readonly commit: CommitHash;
}

export interface CachedRepo {
  readonly repo: RepoId;
  /** `models--org--name`. */
  readonly folder: string;
  readonly path: string;
  readonly blobs: ReadonlyMap<string, Blob>;
  readonly revisions: readonly Revision[];
  readonly refs: readonly Ref[];
  readonly partials: readonly PartialFile[];
  readonly requests: readonly UnfinishedRequest[];
  readonly discarded: readonly Discarded[];
  readonly findings: readonly Finding[];
}

/** Python's store of Xet downloads, from 1.32 on: `<cache>/blobs`. */
export interface SharedStore {
  readonly path: string;
  readonly payloads: readonly Content[];
}

export interface Inventory {
  readonly cacheDir: string;
  /** By the name of the folder, ascending. */
  readonly repos: readonly CachedRepo[];
  readonly store: SharedStore | undefined;
  /** Of the cache's top folder. */
  readonly findings: readonly Finding[];
}

/** All contents of a repo, those of its revisions' own files too, each once. */
export function contentsOf({ blobs, revisions, discarded }: CachedRepo): Map<string, Content> {
  const contents = new Map<string, Content>();
  for (const blob of blobs.values()) contents.set(blob.inode, blob);
  for (const { entries } of [...revisions, ...discarded])
    for (const { content } of entries) contents.set(content.inode, content);
  return contents;
}

/** The contents that a revision's files have, each once. */
export function contentsOfRevision({ entries }: Revision): Map<string, Content> {
  return new Map(entries.map(({ content }) => [content.inode, content]));
}

export function bytesIn(contents: Iterable<Content>): number {
  let bytes = 0;
  for (const { size } of contents) bytes += size;
  return bytes;
}

/** What a repo takes of the disk: each content once, and what its partial files take. */
export function bytesOfRepo(repo: CachedRepo): number {
  return bytesIn(contentsOf(repo).values()) + repo.partials.reduce((sum, { bytesOnDisk }) => sum + bytesOnDisk, 0);
}

/** What the whole cache takes: what several repos share counts once, and so does the shared store. */
export function bytesOfCache({ repos, store }: Inventory): number {
  const contents = new Map<string, Content>();
  for (const payload of store?.payloads ?? []) contents.set(payload.inode, payload);
  let partialBytes = 0;
  for (const repo of repos) {
    for (const [inode, content] of contentsOf(repo)) contents.set(inode, content);
    for (const { bytesOnDisk } of repo.partials) partialBytes += bytesOnDisk;
  }
  return bytesIn(contents.values()) + partialBytes;
}

/** The inodes that more than one repo has, or a repo and the shared store. */
export function sharedInodes({ repos, store }: Inventory): Set<string> {
  const seen = new Set(store?.payloads.map(({ inode }) => inode));
  const shared = new Set<string>();
  for (const repo of repos) {
    const inodes = contentsOf(repo).keys();
    for (const inode of inodes) {
      if (seen.has(inode)) shared.add(inode);
      seen.add(inode);
    }
  }
  return shared;
}

/** When anything of a repo was last used. 0 for one without a revision. */
export function lastUseOfRepo({ revisions }: CachedRepo): number {
  return Math.max(0, ...revisions.map(({ lastUsedMs }) => lastUsedMs));
}
