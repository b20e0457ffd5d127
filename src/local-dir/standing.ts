import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { isSystemError } from '../cache/disk-errors.js';
import type { Standing } from './judge.js';

/** Looks at a file's place. Synchronous, since a warm run looks at thousands. */
export function lookAt(path: string, cacheDir: string): Standing {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return { kind: 'nothing' };
    if (stats.isSymbolicLink()) return lookThrough(path, cacheDir);
    if (!stats.isFile()) return { kind: 'in-the-way' };
    return { kind: 'file', size: stats.size, mtimeMs: stats.mtimeMs, isLink: false };
  } catch (error) {
    if (isSystemError(error, 'ENOTDIR', 'ELOOP')) return { kind: 'in-the-way' };
    throw error;
  }
}

export function sameStanding(a: Standing, b: Standing): boolean {
  if (a.kind !== 'file' || b.kind !== 'file') return a.kind === b.kind;
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.isLink === b.isLink;
}

function lookThrough(link: string, cacheDir: string): Standing {
  if (leadsInto(link, cacheDir)) return { kind: 'cache-link' };
  try {
    const stats = statSync(link, { throwIfNoEntry: false });
    if (stats?.isFile() !== true) return { kind: 'link' };
    return { kind: 'file', size: stats.size, mtimeMs: stats.mtimeMs, isLink: true };
  } catch (error) {
    if (isSystemError(error, 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM')) return { kind: 'link' };
    throw error;
  }
}

/** By what it says, so that one to a blob that is gone counts too, and by where it ends. */
function leadsInto(link: string, folder: string): boolean {
  const says = resolve(dirname(link), readlinkSync(link));
  return isBelow(says, folder) || isBelow(real(says), real(folder));
}

/** Is a path in a folder, or the folder itself? By their names alone. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
