import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Segment } from '../transfer/segments.js';
import { type Run, unprovedOrigin } from '../transfer/source.js';
import { readInto } from './descriptor.js';
import { isSystemError } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import { mostRecordedBytes } from './journal.js';

/**
 * A file that may hold a blob's first bytes: what another program left of it. Nobody vouches for them, so the digest of
 * the whole judges, and when that is wrong they go first. The file itself is read only.
 */
export interface Seed {
  readonly path: string;
  /** How many of its first bytes count. */
  readonly bytes: number;
}

/**
 * Gives the bytes of a seed that lie in `gaps`, ascending, in runs that can be recorded. One that can't be read any more,
 * or has become shorter, gives less.
 */
export async function* runsOf({ path, bytes }: Seed, gaps: readonly Segment[]): AsyncGenerator<Run> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP')) return undefined;
    throw error;
  });
  if (handle === undefined) return;
  const buffer = Buffer.allocUnsafe(mostRecordedBytes);
  try {
    for (const gap of gaps) {
      for (let start = gap.start; start < Math.min(gap.end, bytes); start += mostRecordedBytes) {
        const end = Math.min(gap.end, bytes, start + mostRecordedBytes);
        const piece = await readInto(buffer, handle.fd, { start, end });
        if (piece === undefined) return;
        yield { offset: start, buffers: [piece], origin: unprovedOrigin };
      }
    }
  } finally {
    await handle.close();
  }
}

/** In a partial's folder: its seed was wrong, and is not to be taken again by a later run. */
const unfitName = 'unfit';

export function isUnfit(partialFolder: string): boolean {
  return existsSync(join(partialFolder, unfitName));
}

export async function setUnfit({ folder, files }: { folder: string; files: CacheFiles }): Promise<void> {
  await files.replace(join(folder, unfitName), '');
}
