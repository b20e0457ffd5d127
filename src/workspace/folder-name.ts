import { posix } from 'node:path';
import { UsageError } from '../errors.js';
import { faultOfName, isGitFolder } from '../repo/names.js';

/**
 * A `local-dir` in normal form: relative to hub.toml's folder, `/`-separated, below it.
 *
 * @throws UsageError  a path that means something else elsewhere, climbs out, or leads into git's own folder
 */
export function folderName(text: string): string {
  const name = posix.normalize(text.replaceAll('\\', '/')).replace(/\/+$/, '');
  const fault = faultOfFolder(name);
  if (fault === undefined) return name;
  throw new UsageError(`local-dir: ${JSON.stringify(text)} ${fault}`);
}

function faultOfFolder(name: string): string | undefined {
  if (name === '') return 'is absolute';
  if (name === '.') return "is hub.toml's own folder: name one below it";
  if (/^~(\/|$)/.test(name)) return 'is in a home folder, which is another for everyone';
  if (name.split('/').some(isGitFolder)) return "leads into git's own folder";
  return faultOfName(name);
}

/** The same for all names that some file system takes for one folder. */
export function folderKey(name: string): string {
  return name.normalize('NFC').toLowerCase().toUpperCase();
}
