import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FileSystemTraits } from '../repo/names.js';

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

function nearestExisting(folder: string): string {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined || dirname(folder) === folder) return folder;
  return nearestExisting(dirname(folder));
}
