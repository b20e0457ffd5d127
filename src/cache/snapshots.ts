import { constants, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { copyFile, rename, rm, symlink } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { CommitHash, ListedFile } from '../repo/listing.js';
import { blobState } from './blobs.js';
import { isSystemError, onDisk } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import { type RepoLayout, blobPath, entryPath, entryTarget } from './layout.js';
import { hardLink } from './one-file.js';
import { turns } from './turns.js';

/**
 * Does a regular file of the right size stand where readers look for a file of a commit, as tools leave it that make no
 * links? A link says nothing that its blob does not say: it may lead to another content of the same size.
 */
export function isRegularEntry(layout: RepoLayout, commit: CommitHash, file: ListedFile): boolean {
  const stats = lstatSync(entryPath(layout, commit, file.path), { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size === file.size;
}

/** A link takes a turn through the thread pool, and a round trip on a network's disk: one by one they would add up. */
const entriesAtATime = 16;

/** How a commit's files are put where readers look for them. */
export interface SnapshotOptions {
  readonly commit: CommitHash;
  /** Relative links; else hard links, and where there are none, the blob itself. */
  readonly symlinks: boolean;
}

/**
 * Puts files whose blobs are there into a commit's snapshot. One that stands there already is left as it is if it is
 * right, and replaced as a whole if not.
 */
export async function putEntries(
  layout: RepoLayout,
  files: CacheFiles,
  { entries, ...options }: SnapshotOptions & { entries: readonly ListedFile[] },
): Promise<void> {
  const lacking = entries.filter((file) => !isEntryRight(layout, file, options));
  const folders = new Set(lacking.map((file) => dirname(entryPath(layout, options.commit, file.path))));
  for (const folder of folders) await onDisk(folder, () => files.makeFolder(folder));
  const inTurn = turns(entriesAtATime);
  const put = options.symlinks ? putLinks : putFiles(layout);
  const puts = [...twinsAmong(lacking)].map((twins) => inTurn(() => put(layout, twins, options.commit)));
  // None is under way any more when a failure is told.
  await Promise.allSettled(puts);
  await Promise.all(puts);
}

/**
 * Does a file stand in the snapshot as `putEntries` would put it? A regular file of the right size without a blob is one
 * that another tool put there, as good as a link of ours; one with a blob is right if they are the same file.
 */
export function isEntryRight(layout: RepoLayout, file: ListedFile, { commit, symlinks }: SnapshotOptions): boolean {
  const entry = entryPath(layout, commit, file.path);
  const stats = lstatSync(entry, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  const hasBlob = blobState(layout, file.digest, file.size) === 'whole';
  if (stats.isSymbolicLink()) return symlinks && hasBlob && isEntryLinked(layout, commit, file);
  if (!stats.isFile() || stats.size !== file.size) return false;
  return !symlinks || !hasBlob || stats.ino === statSync(blobPath(layout, file.digest)).ino;
}

/** Does a link of ours stand where readers look for a file of a commit? Whether its blob is there is another question. */
export function isEntryLinked(layout: RepoLayout, commit: CommitHash, file: ListedFile): boolean {
  try {
    return readlinkSync(entryPath(layout, commit, file.path)) === entryTarget(file.path, file.digest);
  } catch {
    // Nothing is there, or no link, for which systems have different codes.
    return false;
  }
}

/** Files of one digest, together. */
function twinsAmong(files: readonly ListedFile[]): Iterable<readonly ListedFile[]> {
  const twins = new Map<string, ListedFile[]>();
  for (const file of files) {
    const others = twins.get(file.digest.hex);
    if (others === undefined) twins.set(file.digest.hex, [file]);
    else others.push(file);
  }
  return twins.values();
}

async function putLinks(layout: RepoLayout, twins: readonly ListedFile[], commit: CommitHash): Promise<void> {
  for (const { path, digest } of twins) {
    const entry = entryPath(layout, commit, path);
    await onDisk(entry, () => nameAt(entry, layout, (at) => symlink(entryTarget(path, digest), at).then(() => true)));
  }
}

/**
 * Puts the file itself there: another name of the blob. Where there are none, the last of the twins is the blob, moved, as
 * Python does it, and only the others are copies; a blob to which a link leads stays, though.
 */
function putFiles(layout: RepoLayout): typeof putLinks {
  let linked: Set<string> | undefined;
  return async (_, twins, commit) => {
    for (const [index, { path, digest }] of twins.entries()) {
      const entry = entryPath(layout, commit, path);
      const blob = blobPath(layout, digest);
      await onDisk(entry, async () => {
        if (await nameAt(entry, layout, (at) => hardLink(blob, at))) return;
        const mayMove = index === twins.length - 1 && !(linked ??= linkedNames(layout)).has(digest.hex);
        await (mayMove ? rename(blob, entry) : copyTo(entry, layout, blob));
      });
    }
  };
}

/** Gives something a name, also one that is taken: then the new one replaces it. False where `name` can't. */
async function nameAt(entry: string, layout: RepoLayout, name: (path: string) => Promise<boolean>): Promise<boolean> {
  try {
    return await name(entry);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  }
  return inPlace(entry, layout, name);
}

async function copyTo(entry: string, layout: RepoLayout, blob: string): Promise<void> {
  await inPlace(entry, layout, async (temporary) => {
    await copyFile(blob, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    return true;
  });
}

/** Makes something beside our partials, since a strange name in `snapshots` would be taken for a file of the repo. */
async function inPlace(entry: string, layout: RepoLayout, make: (path: string) => Promise<boolean>): Promise<boolean> {
  const temporary = join(layout.partials, `.tmp-${randomBytes(8).toString('hex')}`);
  try {
    if (!(await make(temporary))) return false;
    await rename(temporary, entry);
    return true;
  } finally {
    // Renaming one hard link onto another of the same file does nothing (POSIX rename), and leaves both.
    await rm(temporary, { force: true });
  }
}

/** The blobs to which links of this repo's snapshots lead. */
function linkedNames(layout: RepoLayout): Set<string> {
  const entries = readdirSync(layout.snapshots, { recursive: true, withFileTypes: true });
  const links = entries.filter((entry) => entry.isSymbolicLink());
  return new Set(links.map(({ parentPath, name }) => basename(readlinkSync(join(parentPath, name)))));
}
