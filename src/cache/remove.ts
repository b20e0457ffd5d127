import { type Dirent, mkdirSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Entry, Revision } from '../retention/inventory.js';
import type { RepoRemoval } from '../retention/removal.js';
import { isSystemError } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import { refuseForeignLinks } from './foreign-links.js';
import { type RepoLayout, entryPath, refPath, snapshotPath } from './layout.js';
import { forgetCommit, forgetUnfinished } from './records.js';

/**
 * Carries a removal out, under the repo's exclusive lease. It may be killed at any point, and readers find whole revisions
 * or none: the refs of a revision go first, then its folder goes out of sight in one step, into our trash, and only then
 * the blobs that nothing else names. What is in the trash says which blobs those were, to whoever finishes it.
 *
 * @throws DiskError, and the signal's reason between two steps
 */
export async function removeFromRepo(
  layout: RepoLayout,
  removal: RepoRemoval,
  { files, signal }: { files: CacheFiles; signal: AbortSignal },
): Promise<void> {
  const linkable = [layout.blobs, layout.refs, layout.snapshots, layout.trash, join(layout.root, '.no_exist')];
  for (const folder of linkable) refuseForeignLinks(layout.cacheDir, folder);
  await makeTrash(layout, files);
  for (const revision of removal.revisions) {
    signal.throwIfAborted();
    await discardRevision(layout, revision);
  }
  for (const { revision, entry } of removal.entries) await discardEntry(layout, revision, entry);
  for (const { name } of removal.blobs) {
    signal.throwIfAborted();
    await rm(join(layout.blobs, name), { force: true });
  }
  for (const { path } of removal.partials) await discard(layout, path, trashName('partial'));
  removeEmptyBelow(layout.refs);
  const { discarded } = removal.repo;
  const thinned = [...removal.entries.map(({ revision }) => revision), ...discarded].flatMap((it) => it.commit ?? []);
  for (const commit of new Set(thinned)) removeEmptyBelow(snapshotPath(layout, commit));
  for (const commit of removal.forgotten) await forgetCommit(layout, commit);
  for (const commit of removal.unfinished) await forgetUnfinished(layout, files, commit);
  await rm(layout.trash, { recursive: true, force: true }).catch((error: unknown) => {
    // What another user's killed removal has left is his to finish.
    if (!isSystemError(error, 'EACCES', 'EPERM')) throw error;
  });
}

/** A disk that is full up may refuse even a folder: then things are deleted where they are. */
async function makeTrash({ trash }: RepoLayout, files: CacheFiles): Promise<void> {
  await files.makeFolder(trash).catch((error: unknown) => {
    if (!isSystemError(error, 'ENOSPC', 'EDQUOT')) throw error;
  });
}

/** Nothing comes between: a ref that names no revision is an error to Python, and one that is gone is forgotten. */
async function discardRevision(layout: RepoLayout, { refs, path, commit }: Revision): Promise<void> {
  for (const ref of refs) unlinkIfThere(refPath(layout, ref));
  await discard(layout, path, trashName(commit));
}

async function discardEntry(layout: RepoLayout, { commit }: Revision, { path }: Entry): Promise<void> {
  await discard(layout, entryPath(layout, commit, path), join(trashName(commit), path));
}

/** Takes something out of everybody's sight, in one step. @param name  in the trash */
export async function discard({ trash }: RepoLayout, path: string, name: string): Promise<void> {
  const aside = join(trash, name);
  try {
    mkdirSync(dirname(aside), { recursive: true });
    renameSync(path, aside);
  } catch (error) {
    // On another disk, or on a full one, there is no taking aside.
    if (!isSystemError(error, 'EXDEV', 'ENOSPC', 'EDQUOT', 'ENOENT')) throw error;
    await rm(path, { recursive: true, force: true });
  }
}

/** @param of  tells, to who finishes this, of which commit it was */
export function trashName(of: string): string {
  return `${of}.${randomBytes(4).toString('hex')}`;
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}

/** Removes the empty folders in a folder, and not the folder itself. */
function removeEmptyBelow(folder: string): void {
  for (const item of foldersIn(folder)) {
    removeEmptyBelow(join(folder, item.name));
    try {
      rmdirSync(join(folder, item.name));
    } catch (error) {
      if (!isSystemError(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error;
    }
  }
}

function foldersIn(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((item) => item.isDirectory());
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
