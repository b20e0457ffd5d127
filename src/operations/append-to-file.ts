import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { onDisk } from '../cache/disk-errors.js';

/** Adds text at the end of a file, which is made where it is missing. @throws DiskError */
export async function appendToFile(path: string, text: string): Promise<void> {
  await onDisk(path, async () => {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, text);
  });
}
