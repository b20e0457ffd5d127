import { constants, read, writev } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Segment } from '../transfer/segments.js';

const readAt = promisify(read);
const writeAt = promisify(writev);

/** Writes buffers one after the other at an offset, in bytes, also where the system takes only a part at a time. */
export async function writeFully(descriptor: number, buffers: readonly Uint8Array[], offset: number): Promise<void> {
  let rest: readonly Uint8Array[] = buffers;
  let position = offset;
  while (rest.length > 0) {
    const { bytesWritten } = await writeAt(descriptor, rest, position);
    position += bytesWritten;
    rest = withoutFirst(rest, bytesWritten);
  }
}

function withoutFirst(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = bytes;
  for (const buffer of buffers) {
    if (skip < buffer.byteLength) rest.push(buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.byteLength);
  }
  return rest;
}

/** Fills a buffer from an offset on. False where the file ends too early. */
export async function readFully(descriptor: number, buffer: Buffer, offset: number): Promise<boolean> {
  for (let filled = 0; filled < buffer.length;) {
    const { bytesRead } = await readAt(descriptor, buffer, filled, buffer.length - filled, offset + filled);
    if (bytesRead === 0) return false;
    filled += bytesRead;
  }
  return true;
}

/**
 * Opens a file for reading and writing that nothing else is: undefined for a link, and for a file that has another name,
 * perhaps one outside of the cache, where somebody who may write here would have us write.
 */
export async function openAlone(path: string): Promise<FileHandle | undefined> {
  const stats = await lstat(path);
  if (!stats.isFile() || stats.nlink > 1) return undefined;
  // The system refuses a link that was put there since (on Windows the flag is undefined, and adds nothing).
  return open(path, constants.O_RDWR | constants.O_NOFOLLOW);
}

/** The bytes of a range; undefined where the file is too short, or the range is none that this program records. */
export async function readInto(
  buffer: Buffer,
  descriptor: number,
  { start, end }: Segment,
): Promise<Buffer | undefined> {
  if (end - start > buffer.length) return undefined;
  const bytes = buffer.subarray(0, end - start);
  return (await readFully(descriptor, bytes, start)) ? bytes : undefined;
}
