import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FileSystemTraits } from '../repo/names.js';
import { isSystemError } from './disk-errors.js';

/** What the file system under a folder can hold; looks, and writes nothing. */
export function fileSystemTraits(folder: string): FileSystemTraits {
  const isWindows = process.platform === 'win32';
  const isMac = process.platform === 'darwin';
  return {
    caseSensitive: isCaseSensitive(nearestExisting(folder)) ?? !(isWindows || isMac),
    unicodeSensitive: !isMac,
    windowsNames: isWindows,
    maxPartBytes: 255,
    maxPathBytes: isWindows ? 32_767 : isMac ? 1_024 : 4_096,
  };
}

/** Whether the name of a folder in other letters names the same folder; undefined for a name without letters. */
function isCaseSensitive(folder: string): boolean | undefined {
  const name = basename(folder);
  const swapped = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  if (swapped === name) return undefined;
  const other = statSync(join(dirname(folder), swapped), { throwIfNoEntry: false });
  return other?.ino !== statSync(folder).ino;
}

/** Systems without symbolic links; Windows gives them to some users alone. */
const symlinkRefusals = ['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'];

/** Can there be symbolic links in a folder? Tried once, as Python does, since no system tells. */
export async function hasSymlinks(folder: string, link: typeof symlink = symlink): Promise<boolean> {
  const path = join(folder, `.tmp-${randomBytes(8).toString('hex')}`);
  try {
    await link('nothing', path);
    return true;
  } catch (error) {
    if (!isSystemError(error, ...symlinkRefusals)) throw error;
    return false;
  } finally {
    await rm(path, { force: true });
  }
}

function nearestExisting(folder: string): string {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined || dirname(folder) === folder) return folder;
  return nearestExisting(dirname(folder));
}
