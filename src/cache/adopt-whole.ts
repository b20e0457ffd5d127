import { createHash } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import type { Digest } from '../repo/digest.js';
import { openAlone, readFully } from './descriptor.js';
import { isSystemError } from './disk-errors.js';
import type { FoundPartial } from './partials.js';

/** A small file that is wanted, and how it gets to its place. */
interface Wanted {
  readonly digest: Digest;
  /** In bytes: it is read into memory. */
  readonly size: number;
  readonly put: (from: string) => Promise<void>;
}

/**
 * Publishes a small file that somebody had written when he was killed, if it is right: many wait for their fsync at any
 * moment, and who is killed again and again would fetch them again and again.
 *
 * @param abandoned  what the dead have left of it
 * @param options.ownPath  where this process puts it first: of two that try, one wins
 * @returns was one there
 */
export async function adoptWhole(
  wanted: Wanted,
  abandoned: readonly FoundPartial[],
  { ownPath, inTurn }: { ownPath: string; inTurn: <T>(action: () => Promise<T>) => Promise<T> },
): Promise<boolean> {
  for (const { path } of abandoned) {
    if (!path.endsWith('.whole')) continue;
    try {
      await rename(path, ownPath);
      if (await isRightAndDurable(ownPath, wanted, inTurn)) {
        await wanted.put(ownPath);
        return true;
      }
      await rm(ownPath, { force: true });
    } catch (error) {
      // Somebody else was faster, or it is another user's: then it is fetched.
      if (!isSystemError(error, 'ENOENT', 'EACCES', 'EPERM')) throw error;
    }
  }
  return false;
}

async function isRightAndDurable(
  path: string,
  { digest, size }: Wanted,
  inTurn: <T>(action: () => Promise<T>) => Promise<T>,
): Promise<boolean> {
  const handle = await openAlone(path);
  if (handle === undefined) return false;
  try {
    const content = Buffer.allocUnsafe(size);
    if ((await handle.stat()).size !== size || !(await readFully(handle.fd, content, 0))) return false;
    if (digestOf(content, digest) !== digest.hex) return false;
    await inTurn(() => handle.sync());
    return true;
  } finally {
    await handle.close();
  }
}

function digestOf(content: Buffer, { algorithm }: Digest): string {
  const hash = algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${content.length}\0`);
  return hash.update(content).digest('hex');
}
