import type { CacheFiles } from '../cache/files.js';
import { openUnused } from '../cache/one-file.js';
import { abortReason } from '../errors.js';

const copyBytes = 1024 * 1024;

/** Copies the bytes of a file into a new one. @throws HubError  the signal's reason */
export async function copyBytesOf(
  source: string,
  target: string,
  { files, signal }: { files: CacheFiles; signal: AbortSignal },
): Promise<void> {
  const from = await openUnused(source);
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
