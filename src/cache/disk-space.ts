import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSystemError } from './disk-errors.js';

/** Bytes that this user may still write on the file system where `folder` is, or will be once it is made. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await fileSystemOf(folder);
  return bavail * bsize;
}

/** Bytes of that file system in all. */
export async function diskBytes(folder: string): Promise<number> {
  const { blocks, bsize } = await fileSystemOf(folder);
  return blocks * bsize;
}

async function fileSystemOf(folder: string): Promise<StatsFs> {
  try {
    return await statfs(folder);
  } catch (error) {
    const parent = dirname(folder);
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR') || parent === folder) throw error;
    return fileSystemOf(parent);
  }
}
