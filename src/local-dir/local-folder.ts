import { statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DiskError, isSystemError, onDisk } from '../cache/disk-errors.js';
import { CacheFiles } from '../cache/files.js';
import { takeRefs } from '../cache/inventory/refs.js';
import { moveInto } from '../cache/move.js';
import { sameDigest } from '../repo/digest.js';
import { type CommitHash, type ListedFile, asCommitHash } from '../repo/listing.js';
import { aria2ControlOf, isAria2Control } from './aria2.js';
import { readContent } from './content.js';
import { FileRecords } from './file-records.js';
import type { Evidence, Standing, Verdict } from './judge.js';
import { LocalFilesKept } from './kept.js';
import { type LocalLayout, localPath } from './layout.js';
import { readPythonNote, writePythonNote } from './python-notes.js';
import { lookAt, sameStanding } from './standing.js';

/** No process takes so long from its listing to its first file. */
const youngMs = 24 * 3_600_000;

/** What stood at a file's place when it was planned, and what was decided. */
export interface JudgedFile {
  readonly standing: Standing;
  readonly verdict: Verdict;
  readonly isUnfinishedByAria2: boolean;
}

/** A folder of the user's that holds a repo's files: what stands there, and how files get there. */
export class LocalFolder {
  readonly layout: LocalLayout;
  readonly files: CacheFiles;
  readonly #records: FileRecords;
  readonly #cacheDir: string;
  readonly #commit: CommitHash;
  readonly #listed: ReadonlySet<string>;

  /** @param of  the commit that its files are wanted of, and all that is known to be in it */
  constructor(
    layout: LocalLayout,
    of: { cacheDir: string; commit: CommitHash; listed: readonly Pick<ListedFile, 'path'>[] },
  ) {
    this.layout = layout;
    this.files = CacheFiles.withUmask(layout.dir);
    this.#records = new FileRecords(layout.records, this.files);
    this.#cacheDir = of.cacheDir;
    this.#commit = of.commit;
    this.#listed = new Set(of.listed.map(({ path }) => path));
  }

  /** What is known of a file's place before anyone has read what stands there. */
  evidenceOf({ path }: ListedFile): Evidence {
    const place = localPath(this.layout, path);
    const standing = lookAt(place, this.#cacheDir);
    const isThere = standing.kind === 'file';
    const record = isThere ? this.#records.get(path) : undefined;
    const isRecorded = isThere && record?.mtimeMs === standing.mtimeMs && record.size === standing.size;
    return {
      standing,
      record,
      python: isThere && !isRecorded ? readPythonNote(this.layout, path) : undefined,
      isUnfinishedByAria2: isThere && !isRecorded && this.#hasAria2Control(path),
      content: undefined,
    };
  }

  /** The commit is noted of all that is right too, for Python's tools. */
  isNoted({ path }: ListedFile): boolean {
    return this.#records.get(path)?.commit === this.#commit;
  }

  /** Has another process put a file there since it was judged, the one that is wanted? */
  isPutByNow(file: ListedFile, { standing }: JudgedFile): boolean {
    const now = lookAt(localPath(this.layout, file.path), this.#cacheDir);
    return !sameStanding(now, standing) && this.#isOurs(file.path, now, file);
  }

  /**
   * Puts a whole, durable file from elsewhere on this disk in its place, and notes it.
   *
   * @throws LocalFilesKept  the user has changed what stands there since it was judged
   * @throws DiskError
   */
  async put(file: ListedFile, judged: JudgedFile, from: string): Promise<void> {
    const place = localPath(this.layout, file.path);
    await onDisk(place, async () => {
      await this.#makeFolder(dirname(place));
      const now = lookAt(place, this.#cacheDir);
      const isChanged = !sameStanding(now, judged.standing) && !this.#isOurs(file.path, now);
      // Another process may have put the same file there in this moment, and not noted it yet.
      if (isChanged && !(await hasContent(place, now, file))) throw new LocalFilesKept(this.layout.dir, [file.path]);
      await moveInto(from, place);
      await this.note(file, judged);
    });
  }

  /** Notes that what is wanted stands there. */
  async note({ path, digest }: ListedFile, { isUnfinishedByAria2 }: JudgedFile): Promise<void> {
    const place = localPath(this.layout, path);
    await onDisk(place, async () => {
      const { size, mtimeMs } = statSync(place);
      await this.#records.note(path, { size, mtimeMs, digest, commit: this.#commit });
      await writePythonNote(this.layout, this.files, { path, commit: this.#commit, digest, mtimeMs });
      // With its control file there, aria2 would go on, and write over the file.
      if (isUnfinishedByAria2) await rm(aria2ControlOf(place), { force: true });
    });
  }

  /**
   * Removes the listings of commits that nothing here names any more: a branch that moves every day would pile them up. Not
   * young ones: another process may be about to name them.
   */
  async dropOldListings(): Promise<void> {
    const { state } = this.layout;
    const noted = Array.from(this.#records.all().values(), ({ commit }) => commit);
    const named = new Set<string>([this.#commit, ...noted, ...takeRefs(state, []).map(({ commit }) => commit)]);
    const names = await readdir(state.listings).catch(() => []);
    for (const name of names) {
      const commit = asCommitHash(name.replace(/\.json$/, ''));
      if (commit === undefined || named.has(commit)) continue;
      const path = join(state.listings, name);
      const { mtimeMs = Infinity } = statSync(path, { throwIfNoEntry: false }) ?? {};
      if (Date.now() - mtimeMs > youngMs) await rm(path, { force: true });
    }
  }

  async close(): Promise<void> {
    await this.#records.close();
  }

  #hasAria2Control(path: string): boolean {
    return !this.#listed.has(aria2ControlOf(path)) && isAria2Control(aria2ControlOf(localPath(this.layout, path)));
  }

  #isOurs(path: string, now: Standing, wanted?: ListedFile): boolean {
    if (now.kind !== 'file') return false;
    this.#records.reload();
    const record = this.#records.get(path);
    if (record?.size !== now.size || record.mtimeMs !== now.mtimeMs) return false;
    return wanted === undefined || sameDigest(record.digest, wanted.digest);
  }

  async #makeFolder(folder: string): Promise<void> {
    try {
      await this.files.makeFolder(folder);
    } catch (error) {
      if (!isSystemError(error, 'EEXIST', 'ENOTDIR')) throw error;
      throw inTheWay(folder, error);
    }
  }
}

async function hasContent(place: string, now: Standing, { size, digest }: ListedFile): Promise<boolean> {
  if (now.kind !== 'file' || now.size !== size) return false;
  const { digests } = await readContent(place, [digest.algorithm], new AbortController().signal);
  return digests.some((found) => sameDigest(found, digest));
}

/** Something that is no file stands where one is to be, or a file where a folder is to be. */
export function inTheWay(path: string, cause?: unknown): DiskError {
  return new DiskError(
    'in-the-way',
    `${path}: something else stands where a file of the repo, or its folder, is to be`,
    {
      hint: 'Move it away, or leave that file out with --exclude.',
      cause,
    },
  );
}
