import type { StatsFs } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
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

/** The number of that file system: folders with the same one share what is free. */
export async function deviceOf(folder: string): Promise<number> {
  return (await ofNearest(folder, (path) => stat(path))).dev;
}

function fileSystemOf(folder: string): Promise<StatsFs> {
  return ofNearest(folder, (path) => statfs(path));
}

/** Of the folder, or of the nearest above it that is there. */
async function ofNearest<T>(folder: string, ask: (path: string) => Promise<T>): Promise<T> {
  try {
    return await ask(folder);
  } catch (error) {
    const parent = dirname(folder);
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR') || parent === folder) throw error;
    return ofNearest(parent, ask);
  }
}
