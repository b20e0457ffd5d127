import { readFile } from 'node:fs/promises';
import { onDisk } from '../cache/disk-errors.js';
import { isMissing } from '../settings/config-file.js';
import { rewriteFile } from './replace-file.js';

/** Only its owner's: a config file may name a token, or a proxy with its password. */
const newFileMode = 0o600;

/**
 * Gives a config file a new text. A file that is not there is an empty one.
 *
 * @param edit  of the file's text; what it throws leaves the file as it was
 * @returns whether anything changed
 * @throws DiskError
 */
export async function editConfig(path: string, edit: (text: string) => string): Promise<boolean> {
  return onDisk(path, async () => {
    const before = await textOf(path);
    const after = edit(before);
    if (after === before) return false;
    await rewriteFile(path, after, { newFileMode });
    return true;
  });
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}
