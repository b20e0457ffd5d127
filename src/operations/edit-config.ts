import { readFile, realpath, stat } from 'node:fs/promises';
import { onDisk } from '../cache/disk-errors.js';
import { isMissing } from '../settings/config-file.js';
import { replaceFile } from './replace-file.js';

/** Only its owner's: a config file may name a token, or a proxy with its password. */
const newFileMode = 0o600;

/**
 * Gives a config file a new text. A link is followed, since people keep such files elsewhere. A file that is not there is
 * an empty one.
 *
 * @param edit  of the file's text; what it throws leaves the file as it was
 * @returns whether anything changed
 * @throws DiskError
 */
export async function editConfig(path: string, edit: (text: string) => string): Promise<boolean> {
  return onDisk(path, async () => {
    const target = await realpath(path).catch(() => path);
    const before = await textOf(target);
    const after = edit(before);
    if (after === before) return false;
    const mode = await stat(target).then(
      ({ mode: its }) => its & 0o777,
      () => newFileMode,
    );
    await replaceFile(target, after, { mode });
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
