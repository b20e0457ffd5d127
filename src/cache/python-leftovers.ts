import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ListedFile } from '../repo/listing.js';
import { smallBlobBytes } from './blobs.js';
import { isSystemError } from './disk-errors.js';
import type { RepoLayout } from './layout.js';
import type { Seed } from './partial-seed.js';

/** Until then somebody may be writing it. */
const leftAfterMs = 60 * 60 * 1000;

/**
 * What Python's tools left of files that are wanted: `<etag>.incomplete`, or `<etag>.<8 hex>.incomplete`, of which the
 * fullest counts. They are read and never changed: to clear them away is prune's part.
 *
 * @returns by the hex of the digest
 */
export function pythonLeftovers(layout: RepoLayout, wanted: readonly ListedFile[], nowMs: number): Map<string, Seed> {
  const sizes = new Map(
    wanted.filter(({ size }) => size > smallBlobBytes).map(({ digest, size }) => [digest.hex, size]),
  );
  const found = new Map<string, Seed>();
  if (sizes.size === 0) return found;
  for (const name of namesIn(layout.blobs)) {
    const hex = /^([0-9a-f]{40,64})(?:\.[0-9a-f]{8})?\.incomplete$/.exec(name)?.[1] ?? '';
    const size = sizes.get(hex);
    if (size === undefined) continue;
    const path = join(layout.blobs, name);
    const bytes = bytesLeft(path, nowMs);
    // One of the full size may be made of nothing but room for what was to come.
    if (bytes < size && bytes > (found.get(hex)?.bytes ?? 0)) found.set(hex, { path, bytes });
  }
  return found;
}

function bytesLeft(path: string, nowMs: number): number {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && nowMs - stats.mtimeMs >= leftAfterMs ? stats.size : 0;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
