import { randomBytes } from 'node:crypto';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSystemError } from './disk-errors.js';

/**
 * Puts a file that is whole and durable in its place at one stroke, instead of whatever stands there. Where a link of the
 * user's leads to another file system, it is copied there first, under a name of its own.
 */
export async function moveInto(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isSystemError(error, 'EXDEV')) throw error;
    const beside = join(dirname(to), `.tmp-${randomBytes(8).toString('hex')}`);
    try {
      await copyFile(from, beside);
      const copy = await open(beside, 'r+');
      await copy.sync().finally(() => copy.close());
      await rename(beside, to);
    } finally {
      await rm(beside, { force: true });
    }
    await rm(from, { force: true });
  }
}
