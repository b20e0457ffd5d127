import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.js';
import type { Lock } from './entry.js';
import { parseLock } from './lock.js';
import { manifestName } from './manifest-file.js';

export const lockName = 'hub.lock';

/** A folder with a hub.toml, a hub.lock, or both. Paths are absolute. */
export interface Project {
  readonly folder: string;
  /** Undefined where there is only a lock: enough for who follows it as it is. */
  readonly manifestPath: string | undefined;
  /** Where the lock is, or would be. */
  readonly lockPath: string;
}

/** The project of a folder: that folder, or the nearest above it. @param folder  absolute */
export async function findProject(folder: string): Promise<Project | undefined> {
  const [manifestPath, lockPath] = [join(folder, manifestName), join(folder, lockName)];
  const hasManifest = await isFile(manifestPath);
  if (hasManifest || (await isFile(lockPath))) {
    return { folder, manifestPath: hasManifest ? manifestPath : undefined, lockPath };
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : findProject(parent);
}

/** Undefined where there is none. @throws UsageError  it can't be read, or is not as a lock must be */
export async function readLock(path: string): Promise<Lock | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new UsageError(`${lockName} can't be read: ${String(cause)}`, { cause });
  }
  return parseLock(text, path);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (it) => it.isFile(),
    () => false,
  );
}
