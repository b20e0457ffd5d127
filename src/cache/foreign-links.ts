import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { DiskError, ownerName } from './disk-errors.js';

/**
 * A link in a cache to which others may write can lead anywhere, and what is written below it lands there. One's own and
 * root's are followed, as Python does: people move a repo to another disk that way. (Linux's `protected_symlinks` judges
 * alike, in folders with the sticky bit alone.)
 *
 * @param root  the cache's folder, which may itself be reached by any link
 * @param path  below it; what is not there yet is no link
 * @param userId  undefined where the system has none
 * @throws DiskError  naming the link and its owner
 */
export function refuseForeignLinks(root: string, path: string, userId = process.getuid?.()): void {
  if (userId === undefined) return;
  for (const folder of foldersBelow(root, path)) {
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (!stats.isSymbolicLink() || stats.uid === userId || stats.uid === 0) continue;
    throw new DiskError(
      'foreign-link',
      `${folder}: a link that ${ownerName(stats.uid)} made; nothing is written below it`,
      {
        hint: 'If it leads where it should, replace it by a link of your own; else delete it.',
      },
    );
  }
}

/** `path` and the folders above it as far as the root, the topmost first. */
function foldersBelow(root: string, path: string): string[] {
  const folders: string[] = [];
  for (let folder = path; folder.length > root.length && folder.startsWith(root); folder = dirname(folder)) {
    folders.unshift(folder);
  }
  return folders;
}
