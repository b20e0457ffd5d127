import { join } from 'node:path';
import { isSystemError, onDisk } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import type { RepoLayout } from './layout.js';

/** The first line is the standard's (bford.info/cachedir): backup tools leave out a folder that holds such a file. */
const cacheDirTag = `Signature: 8a477f597d28d172789f06886806bc55
# This file marks a cache folder: everything in it can be downloaded again.
# See https://bford.info/cachedir/
`;

/**
 * Makes a repo's folder. `snapshots` is there from the first moment, and empty: so Python's tools count zero revisions,
 * and their prune finds no half-made one to remove.
 */
export async function makeRepoFolder(layout: RepoLayout, files: CacheFiles): Promise<void> {
  await onDisk(layout.root, async () => {
    await files.makeFolder(layout.blobs);
    await files.makeFolder(layout.snapshots);
    await files.makeFolder(layout.partials);
  });
  await tagAsCache(layout.cacheDir, files);
}

/** Tells backup tools that a folder can be downloaded again. */
export async function tagAsCache(folder: string, files: CacheFiles): Promise<void> {
  try {
    const tag = await files.create(join(folder, 'CACHEDIR.TAG'));
    await tag.writeFile(cacheDirTag).finally(() => tag.close());
  } catch (error) {
    // There already, or a root that belongs to somebody else: a courtesy to backup tools is no reason to fail.
    if (!isSystemError(error, 'EEXIST', 'EACCES', 'EPERM', 'EROFS')) throw error;
  }
}
