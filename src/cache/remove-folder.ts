import { type Dirent, lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSystemError } from './disk-errors.js';
import type { RepoLayout } from './layout.js';
import { discard, trashName } from './remove.js';

/**
 * Clears a repo's folder of all but its lease and an empty `snapshots/`, without which Python takes it for broken.
 *
 * @param how  `all`: whatever is there; `if-empty`: only of what nobody needs, where nothing else is there
 * @returns is it clear
 */
export async function clearRepoFolder(layout: RepoLayout, how: 'all' | 'if-empty'): Promise<boolean> {
  const { root, refs, snapshots, leases } = layout;
  if (how === 'if-empty' && !isShell(layout)) return false;
  if (how === 'all') {
    await discard(layout, refs, trashName('refs'));
    for (const { name } of namesIn(snapshots)) await discard(layout, join(snapshots, name), trashName('snapshot'));
  }
  const state = dirname(leases);
  for (const { name } of namesIn(root)) {
    if (name !== 'snapshots' && name !== '.hub') await rm(join(root, name), { recursive: true, force: true });
  }
  for (const { name } of namesIn(state)) {
    if (name !== 'leases') await rm(join(state, name), { recursive: true, force: true });
  }
  return true;
}

/**
 * Removes what `clearRepoFolder` has left, when the lease is released: as far as nobody has come meanwhile, who would find
 * the folders that he needs again (`takeShared`, and what is made after it).
 */
export function removeShell({ root, snapshots, leases }: RepoLayout): void {
  try {
    for (const folder of [leases, dirname(leases), snapshots, root]) removeEmpty(folder);
  } catch (error) {
    if (!isSystemError(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}

const knownNames = new Set(['blobs', 'refs', 'snapshots', '.hub', '.no_exist', 'trees']);

function isShell({ root, blobs, snapshots, refs, partials }: RepoLayout): boolean {
  const hasFile = (folder: string): boolean =>
    namesIn(folder).some((item) => !item.isDirectory() || hasFile(join(folder, item.name)));
  return (
    namesIn(root).every(({ name }) => knownNames.has(name)) &&
    [blobs, snapshots, partials].every((folder) => namesIn(folder).length === 0) &&
    !hasFile(refs)
  );
}

/** A link to a folder elsewhere is cut, and the folder stays: it is none of the cache's. */
function removeEmpty(path: string): void {
  try {
    if (lstatSync(path).isSymbolicLink()) unlinkSync(path);
    else rmdirSync(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}

function namesIn(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}
