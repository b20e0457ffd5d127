import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lockPathOf } from './lock-file.js';
import { manifestName } from './manifest-file.js';

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
  const manifestPath = join(folder, manifestName);
  const lockPath = lockPathOf(manifestPath);
  const hasManifest = await isFile(manifestPath);
  if (hasManifest || (await isFile(lockPath))) {
    return { folder, manifestPath: hasManifest ? manifestPath : undefined, lockPath };
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : findProject(parent);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (it) => it.isFile(),
    () => false,
  );
}
