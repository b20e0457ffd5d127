import { constants } from 'node:fs';
import { chmod, copyFile, open, rm } from 'node:fs/promises';
import { isSystemError } from '../cache/disk-errors.js';
import type { CacheFiles } from '../cache/files.js';
import { abortReason } from '../errors.js';

const copyBytes = 1024 * 1024;

/**
 * Makes a file share the bytes of another until one of them is changed (a reflink). With the mode of a new file, not with
 * the other's, which may be read-only.
 *
 * @returns false where the file system can't
 */
export async function reflink(source: string, target: string, files: CacheFiles): Promise<boolean> {
  const handle = await files.create(target);
  const { mode } = await handle.stat().finally(() => handle.close());
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE);
    await chmod(target, mode & 0o777);
    return true;
  } catch (error) {
    await rm(target, { force: true });
    if (isSystemError(error, 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'ENOSYS', 'EINVAL', 'ENOTTY', 'EPERM')) return false;
    throw error;
  }
}

/** Copies the bytes of a file into a new one. @throws HubError  the signal's reason */
export async function copyBytesOf(
  source: string,
  target: string,
  { files, signal }: { files: CacheFiles; signal: AbortSignal },
): Promise<void> {
  const from = await open(source, 'r');
  try {
    const to = await files.create(target);
    try {
      const buffer = Buffer.allocUnsafe(copyBytes);
      for (let offset = 0; ;) {
        if (signal.aborted) throw abortReason(signal);
        const { bytesRead } = await from.read(buffer, 0, buffer.length, offset);
        if (bytesRead === 0) return;
        for (let written = 0; written < bytesRead;) {
          const { bytesWritten } = await to.write(buffer, written, bytesRead - written, offset + written);
          written += bytesWritten;
        }
        offset += bytesRead;
      }
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}
