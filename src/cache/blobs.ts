import { statSync } from 'node:fs';
import type { Digest } from '../repo/digest.js';
import { type RepoLayout, blobPath } from './layout.js';

/** A blob of at most this size, in bytes, is fetched without a lease: fetching it twice costs less than asking who does. */
export const smallBlobBytes = 1024 * 1024;

/** Does the cache have this blob? By existence and size, as Python has it; `verify` judges the bytes. */
export type BlobState = 'whole' | 'absent' | 'wrong-size';

/**
 * Looks a blob up. A link into Python's shared store counts as the blob, a dangling one as absent. Synchronous: a
 * thousand look-ups of a warm run cost a few ms this way, and ten times that through the thread pool.
 */
export function blobState(layout: RepoLayout, digest: Digest, size: number): BlobState {
  const stats = statSync(blobPath(layout, digest), { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return 'absent';
  return stats.size === size ? 'whole' : 'wrong-size';
}
