import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../errors.js';
import { isBelow } from './standing.js';

/**
 * Judges the folder that a user named for a repo's files.
 *
 * @param dir  absolute; need not be there yet
 * @throws UsageError  it is a file, or lies in the cache
 */
export function judgeLocalDir(dir: string, cacheDir: string): void {
  const stats = statSync(dir, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isDirectory()) {
    throw new UsageError(`--local-dir ${dir}: that is a file`, {
      hint: 'Name a folder; it is made where it is missing.',
    });
  }
  if (isBelow(realPathOf(dir), realPathOf(cacheDir))) {
    throw new UsageError(`--local-dir ${dir}: that is in the cache (${cacheDir})`, {
      hint: 'Name a folder elsewhere, or leave --local-dir out: the files are in the cache then.',
    });
  }
}

/** Where a path leads, all links followed; also of one of which only the first folders are there. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPathOf(parent), basename(path));
  }
}
