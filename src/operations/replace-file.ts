import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Gives a file a new text, at once and whole: a kill leaves the old one or the new one. Makes its folders. */
export async function replaceFile(path: string, text: string, { mode }: { mode: number }): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.${randomUUID()}`;
  try {
    // Never readable for others, not for a moment either.
    const file = await open(beside, 'wx', mode & 0o600);
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
