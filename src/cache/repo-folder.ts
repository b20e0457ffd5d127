import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DiskError, asDiskError, isSystemError, onDisk } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import type { RepoLayout } from './layout.js';

/** The first line is the standard's (bford.info/cachedir): backup tools leave out a folder that holds such a file. */
export const cacheDirTag = `Signature: 8a477f597d28d172789f06886806bc55
# This file marks a cache folder: everything in it can be downloaded again.
# See https://bford.info/cachedir/
`;

/** A repo's folder was there when the run began, and is not any more. */
export class RepoFolderGone extends DiskError {
  constructor(layout: RepoLayout, cause?: unknown) {
    super('disk', `${layout.root}: it was deleted, unmounted or replaced while this run wrote there`, {
      hint: 'Look whether its disk is mounted, then run the same command: it goes on from what is there.',
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/**
 * Makes a repo's folder. `snapshots` is there from the first moment, and empty: so Python's tools count zero revisions,
 * and their prune finds no half-made one to remove.
 *
 * @throws DiskError  among others where a blob could not be renamed to its place: better known before the first byte
 */
export async function makeRepoFolder(layout: RepoLayout, files: CacheFiles): Promise<void> {
  await onDisk(layout.root, async () => {
    await files.makeFolder(layout.blobs);
    await files.makeFolder(layout.snapshots);
    await files.makeFolder(layout.partials);
    if (statSync(layout.partials).dev !== statSync(layout.blobs).dev) {
      const error = Object.assign(new Error('EXDEV'), { code: 'EXDEV', path: layout.partials, dest: layout.blobs });
      throw asDiskError(error, layout.root);
    }
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

/**
 * Remembers a repo's folder. What is written into one that was unmounted would land on the disk below it, and what is
 * written into one that was deleted could never be published.
 *
 * @param folder  the one in it that is looked at
 * @returns throws `RepoFolderGone` when another folder is there now, or none
 */
export function rememberRepoFolder(layout: RepoLayout, folder = layout.blobs): () => void {
  const then = statSync(folder);
  return () => {
    const now = statSync(folder, { throwIfNoEntry: false });
    if (now?.ino !== then.ino || now.dev !== then.dev) throw new RepoFolderGone(layout);
  };
}
