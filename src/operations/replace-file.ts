import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Gives a file that people edit a new text: its mode stays, and a link is followed, since people keep such files elsewhere.
 *
 * @param newFileMode  of a file that is not there yet
 */
export async function rewriteFile(
  path: string,
  text: string,
  { newFileMode }: { newFileMode: FileMode },
): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const mode = await stat(target).then(
    (its) => its.mode & 0o777,
    () => newFileMode,
  );
  await replaceFile(target, text, { mode });
}

/** `umask`: as any program's new file. */
export type FileMode = number | 'umask';

/** Gives a file a new text, at once and whole: a kill leaves the old one or the new one. Makes its folders. */
export async function replaceFile(path: string, text: string, { mode }: { mode: FileMode }): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.${randomUUID()}`;
  try {
    // Never readable for others that it is not for, not for a moment either.
    const file = await open(beside, 'wx', mode === 'umask' ? 0o666 : mode & 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (mode !== 'umask') await chmod(beside, mode);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
