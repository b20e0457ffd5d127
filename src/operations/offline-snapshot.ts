import { type Dirent, readlinkSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { isSystemError } from '../cache/disk-errors.js';
import { type RepoLayout, snapshotPath } from '../cache/layout.js';
import { HubError } from '../errors.js';
import type { CommitHash } from '../repo/listing.js';
import { hasGlobCharacters } from '../selection/glob.js';
import { select } from '../selection/selection.js';
import type { DownloadedFile } from './download-result.js';
import { NotCached } from './lookup.js';
import type { DownloadRequest } from './prepare.js';
import { wantWeights } from './wanted-weights.js';

/** What a snapshot has of what is asked for, when nobody knows what its commit holds. */
export interface SnapshotFiles {
  readonly files: DownloadedFile[];
  /** True where only files were named, and all are there; null for a pattern, a folder or the whole repo. */
  readonly complete: true | null;
}

/**
 * Answers from the snapshot's folder alone.
 *
 * @throws NotCached  a named file, or everything, is missing
 */
export async function findInSnapshot(
  layout: RepoLayout,
  commit: CommitHash,
  request: DownloadRequest,
): Promise<SnapshotFiles> {
  const listing = await filesBelow(snapshotPath(layout, commit));
  const paths = new Set(listing.map(({ path }) => path));
  const namesFilesOnly =
    request.paths.length > 0 &&
    request.include.length === 0 &&
    request.paths.every((path) => paths.has(path) || !(hasGlobCharacters(path) || path.endsWith('/')));
  try {
    const selection = select(listing, request, `${commit.slice(0, 10)} in the cache`);
    const { files } = wantWeights(request, { ...selection, listing });
    return { files: [...files], complete: namesFilesOnly ? true : null };
  } catch (error) {
    if (error instanceof HubError) throw new NotCached(error.message);
    throw error;
  }
}

async function filesBelow(folder: string): Promise<DownloadedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });
  return entries.flatMap((entry) => cachedFile(folder, entry) ?? []);
}

function cachedFile(folder: string, entry: Dirent): DownloadedFile | undefined {
  const path = join(entry.parentPath, entry.name);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return undefined;
  return {
    path: relative(folder, path).split(sep).join('/'),
    size: stats.size,
    digest: entry.isSymbolicLink() ? digestNamed(basename(readlinkSync(path))) : null,
    state: 'cached',
    bytesFetched: 0,
  };
}

/** A blob's name is the digest that it was checked against when it came. */
function digestNamed(blob: string): string | null {
  if (/^[0-9a-f]{64}$/.test(blob)) return `sha256:${blob}`;
  return /^[0-9a-f]{40}$/.test(blob) ? `git-sha1:${blob}` : null;
}
