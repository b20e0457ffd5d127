import { constants, lstatSync, readlinkSync, statSync } from 'node:fs';
import { copyFile, link, rename, rm, symlink } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { CommitHash, ListedFile } from '../repo/listing.js';
import { blobState } from './blobs.js';
import { isSystemError, onDisk } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import { type RepoLayout, blobPath, entryPath, entryTarget } from './layout.js';
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
  /** Relative links; else hard links, else copies. */
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
  const puts = lacking.map((file) => {
    const entry = entryPath(layout, options.commit, file.path);
    return inTurn(() => onDisk(entry, () => putEntry(layout, file, { entry, symlinks: options.symlinks })));
  });
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

/** Puts a file into a commit's snapshot whatever stands there, and in one step: readers find the old one or the new one. */
export async function replaceEntry(
  layout: RepoLayout,
  files: CacheFiles,
  { file, commit, symlinks }: SnapshotOptions & { file: ListedFile },
): Promise<void> {
  const entry = entryPath(layout, commit, file.path);
  await onDisk(entry, async () => {
    await files.makeFolder(dirname(entry));
    await putEntry(layout, file, { entry, symlinks });
  });
}

async function putEntry(
  layout: RepoLayout,
  file: ListedFile,
  { entry, symlinks }: { entry: string; symlinks: boolean },
): Promise<void> {
  const put = (path: string) =>
    symlinks ? linkSymbolically(layout, file, path) : linkOrCopy(blobPath(layout, file.digest), path);
  try {
    await put(entry);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
    // Made beside our partials: a strange name in `snapshots` would be taken for a file of the repo.
    const temporary = join(layout.partials, `.tmp-${randomBytes(8).toString('hex')}`);
    await put(temporary);
    // Renaming one hard link onto another of the same file does nothing (POSIX rename), and leaves both.
    await rename(temporary, entry).finally(() => rm(temporary, { force: true }));
  }
}

/** Some file systems have no symbolic links, and Windows gives them to administrators alone. */
async function linkSymbolically(layout: RepoLayout, file: ListedFile, path: string): Promise<void> {
  try {
    await symlink(entryTarget(file.path, file.digest), path);
  } catch (error) {
    if (!isSystemError(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
    await linkOrCopy(blobPath(layout, file.digest), path);
  }
}

async function linkOrCopy(blob: string, path: string): Promise<void> {
  try {
    await link(blob, path);
  } catch (error) {
    if (!isSystemError(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS', 'EXDEV')) throw error;
    await copyFile(blob, path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  }
}
