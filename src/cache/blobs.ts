import { statSync } from 'node:fs';
import type { Digest } from '../repo/digest.js';
import { isReadable } from './disk-errors.js';
import { type RepoLayout, blobPath } from './layout.js';

/** A blob of at most this size, in bytes, is fetched without a lease: fetching it twice costs less than asking who does. */
export const smallBlobBytes = 1024 * 1024;

/**
 * Does the cache have this blob? By existence and size, as Python has it; `verify` judges the bytes. `unreadable` is a
 * whole one that another user keeps to himself.
 */
export type BlobState = 'whole' | 'absent' | 'wrong-size' | 'unreadable';

/**
 * Looks a blob up. A link into Python's shared store counts as the blob, a dangling one as absent. Synchronous: a
 * thousand look-ups of a warm run cost a few ms this way, and ten times that through the thread pool.
 */
export function blobState(layout: RepoLayout, digest: Digest, size: number): BlobState {
  const path = blobPath(layout, digest);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return 'absent';
  if (stats.size !== size) return 'wrong-size';
  // What everybody may read, as nearly all blobs are, need not be tried.
  return (stats.mode & 0o004) !== 0 || isReadable(path) ? 'whole' : 'unreadable';
}
