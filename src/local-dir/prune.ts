import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSystemError, onDisk } from '../cache/disk-errors.js';
import { CacheFiles } from '../cache/files.js';
import { faultOfName } from '../repo/names.js';
import { realPathOf } from './choose-dir.js';
import { FileRecords } from './file-records.js';
import { isUntouched } from './judge.js';
import { type LocalLayout, localPath, metadataPath } from './layout.js';
import { isBelow, lookAt } from './standing.js';

/** What became of the files that a folder has on record and that are wanted no more. */
export interface Pruned {
  readonly removed: readonly string[];
  /** Changed since they were put there: the user's. */
  readonly kept: readonly string[];
}

/**
 * Takes out of a folder what was put there and is wanted no more, and the folders that are empty by then. What is on no
 * record, was changed, or is behind a link that leads out of the folder, stays.
 *
 * @param wanted  paths of the repo
 * @throws DiskError
 */
export async function pruneLocalDir(
  layout: LocalLayout,
  { wanted, cacheDir }: { wanted: ReadonlySet<string>; cacheDir: string },
): Promise<Pruned> {
  const records = new FileRecords(layout.records, CacheFiles.withUmask(layout.dir));
  const removed: string[] = [];
  const kept: string[] = [];
  const top = realPathOf(layout.dir);
  try {
    for (const [path, record] of [...records.all()]) {
      // The records are a file in the folder, which may say anything, and so may links.
      if (wanted.has(path) || faultOfName(path) !== undefined) continue;
      const place = localPath(layout, path);
      if (!isBelow(realPathOf(dirname(place)), top)) continue;
      const standing = lookAt(place, cacheDir);
      const isOurs = standing.kind === 'file' && !standing.isLink && isUntouched(record, standing);
      if (standing.kind !== 'nothing' && !isOurs) {
        kept.push(path);
        continue;
      }
      await onDisk(place, async () => {
        await rm(place, { force: true });
        await rm(metadataPath(layout, path), { force: true });
        // Last: until then the next run finds it once more.
        await records.forget(path);
        await removeEmptyFolders(dirname(place), layout.dir);
      });
      if (isOurs) removed.push(path);
    }
  } finally {
    await records.close();
  }
  return { removed, kept };
}

/** From a folder upwards, as far as they are empty, and not beyond `top`. */
async function removeEmptyFolders(folder: string, top: string): Promise<void> {
  for (let each = folder; each !== top; each = dirname(each)) {
    try {
      await rmdir(each);
    } catch (error) {
      if (isSystemError(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EBUSY', 'EACCES', 'EPERM')) return;
      throw error;
    }
  }
}
