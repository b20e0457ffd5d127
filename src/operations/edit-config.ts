import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { onDisk } from '../cache/disk-errors.js';
import { isMissing } from '../settings/config-file.js';

/** Only its owner's: a config file may name a token, or a proxy with its password. */
const newFileMode = 0o600;

/**
 * Gives a config file a new text: at once and whole, so that a kill leaves the old one or the new one. A link is followed,
 * since people keep such files elsewhere. A file that is not there is an empty one.
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
    await mkdir(dirname(target), { recursive: true });
    await replace(target, after);
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

async function replace(path: string, text: string): Promise<void> {
  const mode = await stat(path).then(
    ({ mode: its }) => its & 0o777,
    () => newFileMode,
  );
  const beside = `${path}.${randomUUID()}`;
  try {
    const file = await open(beside, 'wx', newFileMode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(beside, mode);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
