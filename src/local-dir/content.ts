import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { abortReason } from '../errors.js';
import type { Digest } from '../repo/digest.js';
import { parsePointer, pointerBytes } from '../repo/lfs-pointer.js';
import type { ContentFacts } from './judge.js';

const readBytes = 1024 * 1024;

/**
 * Reads a file from its first byte to its last.
 *
 * @throws HubError  the signal's reason
 */
export async function readContent(
  path: string,
  algorithms: readonly Digest['algorithm'][],
  signal: AbortSignal,
): Promise<ContentFacts> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const hashes = algorithms.map((algorithm) => ({
      algorithm,
      hash: algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${String(size)}\0`),
    }));
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(readBytes, size)));
    let text = '';
    for (let offset = 0; ;) {
      if (signal.aborted) throw abortReason(signal);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) break;
      for (const { hash } of hashes) hash.update(buffer.subarray(0, bytesRead));
      if (size <= pointerBytes.most) text += buffer.toString('latin1', 0, bytesRead);
      offset += bytesRead;
    }
    const digests = hashes.map(({ algorithm, hash }): Digest => ({ algorithm, hex: hash.digest('hex') }));
    return { digests, pointerTo: parsePointer(text)?.hex };
  } finally {
    await handle.close();
  }
}
