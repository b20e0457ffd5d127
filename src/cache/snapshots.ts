import { constants, lstatSync, readlinkSync } from 'node:fs';
import { copyFile, link, rename, rm, symlink } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { CommitHash, ListedFile } from '../repo/listing.js';
import { blobState } from './blobs.js';
import { asDiskError, isSystemError } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import { type RepoLayout, blobPath, entryPath, entryTarget } from './layout.js';

/**
 * Does a regular file of the right size stand where readers look for a file of a commit, as tools leave it that make no
 * links? A link says nothing that its blob does not say: it may lead to another content of the same size.
 */
export function isRegularEntry(layout: RepoLayout, commit: CommitHash, file: ListedFile): boolean {
  const stats = lstatSync(entryPath(layout, commit, file.path), { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size === file.size;
}

/**
 * Puts a file whose blob is there into a commit's snapshot: a relative link, or where links are not to be made a hard
 * link, else a copy. One that stands there already is left as it is if it is right, and replaced as a whole if not.
 */
export async function putEntry(
  layout: RepoLayout,
  files: CacheFiles,
  { commit, file, symlinks }: { commit: CommitHash; file: ListedFile; symlinks: boolean },
): Promise<void> {
  if (isEntryRight(layout, { commit, file, symlinks })) return;
  const entry = entryPath(layout, commit, file.path);
  const blob = blobPath(layout, file.digest);
  const target = entryTarget(file.path, file.digest);
  try {
    await files.makeFolder(dirname(entry));
    // Made beside our partials: a strange name in `snapshots` would be taken for a file of the repo.
    const temporary = join(layout.partials, `.tmp-${randomBytes(8).toString('hex')}`);
    await files.makeFolder(layout.partials);
    if (symlinks) await symlink(target, temporary);
    else await linkOrCopy(blob, temporary);
    await rename(temporary, entry).catch(async (error: unknown) => {
      await rm(temporary, { force: true });
      throw error;
    });
    // POSIX: renaming one hard link onto another of the same file does nothing, and leaves both.
    if (!symlinks) await rm(temporary, { force: true });
  } catch (error) {
    throw asDiskError(error, entry);
  }
}

/**
 * Does a file stand in the snapshot as `putEntry` would put it? A regular file of the right size without a blob is one
 * that another tool put there: as good as a link of ours.
 */
export function isEntryRight(
  layout: RepoLayout,
  { commit, file, symlinks }: { commit: CommitHash; file: ListedFile; symlinks: boolean },
): boolean {
  const entry = entryPath(layout, commit, file.path);
  const target = entryTarget(file.path, file.digest);
  const stats = lstatSync(entry, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  const hasBlob = blobState(layout, file.digest, file.size) === 'whole';
  if (stats.isSymbolicLink()) return symlinks && hasBlob && readlinkSync(entry) === target;
  return stats.isFile() && stats.size === file.size && !(symlinks && hasBlob);
}

async function linkOrCopy(blob: string, path: string): Promise<void> {
  try {
    await link(blob, path);
  } catch (error) {
    if (!isSystemError(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS', 'EXDEV')) throw error;
    await copyFile(blob, path, constants.COPYFILE_FICLONE);
  }
}
