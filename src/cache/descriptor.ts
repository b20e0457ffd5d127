import { read, writev } from 'node:fs';
import { promisify } from 'node:util';

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
