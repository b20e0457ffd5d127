import { readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Tell } from '../events.js';
import { type ListedFile, asCommitHash } from '../repo/listing.js';
import { isReadable } from './disk-errors.js';
import { type RepoLayout, entryPath } from './layout.js';
import { readListing } from './records.js';
import { isRegularEntry } from './snapshots.js';

/** A blob of another repo is looked at from this size on, in bytes: smaller ones are fetched sooner than checked. */
export const sharedBlobBytes = 1024 * 1024;

/** Where bytes may be that are wanted. By name and size alone: whoever takes them checks their digest. */
export interface KnownBlob {
  /** Absolute, and no link. */
  readonly path: string;
  /** May our blob be another name of that very file? Never of a cache that is only read. */
  readonly mayShare: boolean;
  /** It takes as much disk again: it lies on another one, or may not be shared. */
  readonly needsCopy: boolean;
}

type Wanted = ReadonlyMap<string, ListedFile>;

/**
 * Finds wanted blobs elsewhere on this disk: in this repo's snapshots (where a cache has no links), in the cache's other
 * repos, in Python's shared store, and in the caches that are only read. Each folder is read once.
 */
export class KnownBlobs {
  readonly #layout: RepoLayout;
  readonly #readCaches: readonly string[];
  readonly #tell: Tell;
  readonly #told = new Set<string>();
  #found = new Map<string, KnownBlob[]>();

  constructor({ layout, readCaches, tell }: { layout: RepoLayout; readCaches: readonly string[]; tell: Tell }) {
    this.#layout = layout;
    this.#readCaches = readCaches;
    this.#tell = tell;
  }

  /** Looks for the blobs of some files. */
  async look(files: readonly ListedFile[]): Promise<void> {
    this.#found = new Map();
    const { cacheDir } = this.#layout;
    const wanted: Wanted = new Map(files.map((file) => [file.digest.hex, file]));
    if (wanted.size === 0) return;
    this.#add(await regularEntries(this.#layout, wanted), { mayShare: true });
    this.#add(blobsOfRepos(cacheDir, shareable(wanted)), { mayShare: true });
    this.#add(payloadsOfStore(cacheDir, wanted), { mayShare: true });
    for (const folder of this.#readCaches) {
      this.#tellIfUnreadable(folder);
      this.#add(blobsOfRepos(folder, wanted), { mayShare: false });
      this.#add(payloadsOfStore(folder, wanted), { mayShare: false });
    }
  }

  /** Where the last look found them, the cheapest first. */
  of({ digest }: ListedFile): readonly KnownBlob[] {
    return this.#found.get(digest.hex) ?? [];
  }

  #add(found: Iterable<{ file: ListedFile; path: string }>, { mayShare }: { mayShare: boolean }): void {
    for (const { file, path } of found) {
      const blob = judge(path, file, { mayShare, layout: this.#layout });
      const { hex } = file.digest;
      if (blob !== undefined) this.#found.set(hex, [...(this.#found.get(hex) ?? []), blob]);
    }
  }

  /** Once: a disk that is not mounted is no reason to fail, and one that nobody notices none to be silent. */
  #tellIfUnreadable(folder: string): void {
    if (this.#told.has(folder)) return;
    try {
      readdirSync(folder);
    } catch (error) {
      this.#told.add(folder);
      const why = error instanceof Error ? error.message : String(error);
      this.#tell({ type: 'warning', code: 'read-cache-unreadable', message: `read cache ${folder}: ${why}` });
    }
  }
}

function shareable(wanted: Wanted): Wanted {
  const isLarge = ({ digest, size }: ListedFile) => digest.algorithm === 'sha256' && size >= sharedBlobBytes;
  return new Map([...wanted].filter(([, file]) => isLarge(file)));
}

/** Undefined for what is not such a file, or can't be read: another user's, for instance. */
function judge(
  path: string,
  { size }: ListedFile,
  { mayShare, layout }: { mayShare: boolean; layout: RepoLayout },
): KnownBlob | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile() || stats.size !== size || !isReadable(path)) return undefined;
    const here =
      statSync(layout.blobs, { throwIfNoEntry: false }) ?? statSync(layout.cacheDir, { throwIfNoEntry: false });
    const isShared = mayShare && mayBeOneFile(stats.uid, layout);
    return { path: realpathSync(path), mayShare: isShared, needsCopy: !isShared || stats.dev !== here?.dev };
  } catch {
    return undefined;
  }
}

/**
 * Root could link any user's file, who could go on to change what root then has. Others are held off such files by the
 * system (`fs.protected_hardlinks`), unless they may write there themselves. Who owns the cache may change all of it anyway.
 */
function mayBeOneFile(ownerId: number, { cacheDir }: RepoLayout): boolean {
  return process.geteuid?.() !== 0 || ownerId === 0 || ownerId === statSync(cacheDir).uid;
}

function* blobsOfRepos(cacheDir: string, wanted: Wanted): Iterable<{ file: ListedFile; path: string }> {
  if (wanted.size === 0) return;
  for (const folder of namesIn(cacheDir)) {
    if (!/^(?:model|dataset|space|kernel)s--/.test(folder)) continue;
    const blobs = join(cacheDir, folder, 'blobs');
    for (const name of namesIn(blobs)) {
      const file = wanted.get(name);
      if (file !== undefined) yield { file, path: join(blobs, name) };
    }
  }
}

/** Python's shared store of Xet downloads, which counts where its marker says so (docs/cache.md). */
function* payloadsOfStore(cacheDir: string, wanted: Wanted): Iterable<{ file: ListedFile; path: string }> {
  const store = join(cacheDir, 'blobs');
  let marker: string | undefined;
  for (const file of wanted.values()) {
    const { xetHash } = file;
    if (xetHash === undefined || !/^[0-9a-f]{64}$/.test(xetHash)) continue;
    marker ??= markerOf(store);
    if (marker !== '1\n') return;
    yield { file, path: join(store, xetHash.slice(0, 2), xetHash) };
  }
}

function markerOf(store: string): string {
  try {
    return readFileSync(join(store, '.huggingface-shared-blobs'), 'utf8');
  } catch {
    return '';
  }
}

/** Regular files of this repo's snapshots, as a cache without links has them instead of blobs. */
async function regularEntries(layout: RepoLayout, wanted: Wanted): Promise<{ file: ListedFile; path: string }[]> {
  const found: { file: ListedFile; path: string }[] = [];
  for (const name of namesIn(layout.snapshots)) {
    const commit = asCommitHash(name);
    if (commit === undefined || !hasRegularFiles(join(layout.snapshots, name))) continue;
    for (const listed of (await readListing(layout, commit))?.files ?? []) {
      const file = wanted.get(listed.digest.hex);
      if (file === undefined || !isRegularEntry(layout, commit, listed)) continue;
      found.push({ file, path: entryPath(layout, commit, listed.path) });
    }
  }
  return found;
}

/** At the top of the folder, where nearly every repo has some: so a cache of links costs no listing. */
function hasRegularFiles(folder: string): boolean {
  try {
    return readdirSync(folder, { withFileTypes: true }).some((entry) => entry.isFile());
  } catch {
    return false;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
