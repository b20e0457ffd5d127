import { constants } from 'node:fs';
import { type FileHandle, chmod, copyFile, link, open, rm } from 'node:fs/promises';
import { isSystemError } from './disk-errors.js';
import type { CacheFiles } from './files.js';

/** What systems say where a hard link can't be: across disks, without such links, too many, another user's file. */
const linkRefusals = ['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS', 'EXDEV'];

/** Gives a file a second name. False where the system has none for it. */
export async function hardLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (!isSystemError(error, ...linkRefusals)) throw error;
    return false;
  }
}

/** A new file with the bytes of another one, which share the disk until one of them is changed: undefined where it can't. */
export async function reflink(from: string, to: string, files: CacheFiles): Promise<FileHandle | undefined> {
  const made = await files.create(to);
  const { mode } = await made.stat().finally(() => made.close());
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
  } catch {
    await rm(to, { force: true });
    return undefined;
  }
  // The copy came with the other's mode, which may be for its owner alone.
  await chmod(to, mode & 0o7777);
  return open(to, 'r+');
}

/** Opens a file for reading, which is no use of it: its access time stays, where the system can (one's own, on Linux). */
export async function openUnused(path: string): Promise<FileHandle> {
  if (process.platform !== 'linux') return open(path, 'r');
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOATIME);
  } catch (error) {
    if (!isSystemError(error, 'EPERM')) throw error;
    return open(path, 'r');
  }
}
