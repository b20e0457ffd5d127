import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSystemError } from '../cache/disk-errors.js';
import { realPathOf } from './choose-dir.js';
import { type LocalLayout, localPath, metadataPath } from './layout.js';
import { isBelow } from './standing.js';

/**
 * The first link in a folder by which something that is written for these files would end up outside of `top`: on the way
 * to a file or to its note, or anywhere in our own state. A link in a file's own place is none: it is replaced, not
 * followed. Writes nothing.
 *
 * @param top  absolute, a folder above: links that stay below it are fine
 * @returns its path
 */
export function linkOutOf(top: string, layout: LocalLayout, paths: readonly string[]): string | undefined {
  const realTop = realPathOf(top);
  const leadsOut = (link: string) => {
    try {
      return !isBelow(realpathSync(link), realTop);
    } catch {
      // To nothing as yet: whoever writes there makes it.
      return true;
    }
  };
  const seen = new Set([layout.dir]);
  const folders = paths.flatMap((path) => [dirname(localPath(layout, path)), dirname(metadataPath(layout, path))]);
  const onTheWay = [layout.repos, layout.state.trees, ...folders].flatMap((folder) => unseenFrom(folder, seen));
  return [...onTheWay.filter(isLink), ...linksBelow(layout.repos)].find(leadsOut);
}

/** A folder and those above it, as far as nobody has seen them. */
function unseenFrom(folder: string, seen: Set<string>): string[] {
  const unseen: string[] = [];
  for (let each = folder; !seen.has(each); each = dirname(each)) {
    seen.add(each);
    unseen.push(each);
  }
  return unseen;
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch (error) {
    // It is not there, or can't be used: whoever wants to tells it.
    if (isSystemError(error, 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'ENAMETOOLONG')) return false;
    throw error;
  }
}

function linksBelow(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM')) return [];
    throw error;
  }
}
