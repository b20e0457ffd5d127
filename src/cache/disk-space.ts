import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSystemError } from './disk-errors.js';

/** Bytes that this user may still write on the file system where `folder` is, or will be once it is made. */
export async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(folder);
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR') || parent === folder) throw error;
    return freeBytes(parent);
  }
}
