import { readFile, readdir } from 'node:fs/promises';
import { type CommitHash, asCommitHash } from '../repo/listing.js';
import { isSystemError, unreadableFile } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import { type RepoLayout, refPath } from './layout.js';

/** The commit that a branch or tag pointed at when it was last asked for; undefined where the cache does not know. */
export async function readRef(layout: RepoLayout, revision: string): Promise<CommitHash | undefined> {
  try {
    // Other tools have left blanks and newlines behind the hash.
    return asCommitHash((await readFile(refPath(layout, revision), 'utf8')).trim());
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG')) return undefined;
    throw isSystemError(error, 'EACCES') ? unreadableFile(refPath(layout, revision), error) : error;
  }
}

/** Points a ref at a commit: exactly 40 bytes, since Python takes a newline for a part of the hash. */
export async function writeRef(
  layout: RepoLayout,
  files: CacheFiles,
  { revision, commit }: { revision: string; commit: CommitHash },
): Promise<void> {
  if ((await readRefExactly(layout, revision)) === commit) return;
  await files.replace(refPath(layout, revision), commit, layout.partials);
}

/** The cached commit that a shortened hash means, if it means just one. */
export async function cachedCommitFor(layout: RepoLayout, shortHash: string): Promise<CommitHash | undefined> {
  if (!/^[0-9a-f]{7,40}$/.test(shortHash)) return undefined;
  const names = await readdir(layout.snapshots).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });
  const commits = names.flatMap((name) => (name.startsWith(shortHash) ? (asCommitHash(name) ?? []) : []));
  return commits.length === 1 ? commits[0] : undefined;
}

async function readRefExactly(layout: RepoLayout, revision: string): Promise<string | undefined> {
  return readFile(refPath(layout, revision), 'utf8').catch(() => undefined);
}
