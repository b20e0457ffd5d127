import { statSync } from 'node:fs';
import { entryPath, repoLayout, snapshotPath } from '../cache/layout.js';
import { cachedCommitFor, readRef } from '../cache/refs.js';
import { asCommitHash } from '../repo/listing.js';
import { type RepoId, repoPath } from '../repo/reference.js';
import type { OperationContext } from './context.js';
import { nearestCachedRepos } from './cached-names.js';
import { NotCached } from './lookup.js';

/** The document of `hub cache path --json`, but for its `schema`. */
export interface CachePath {
  repo: string;
  type: RepoId['type'];
  revision: string;
  commit: string;
  path: string;
}

/**
 * Where a snapshot, or a file of it, stands in the cache. Asks nobody.
 *
 * @throws NotCached
 */
export async function cachePath(
  { repo, revision = 'main', path }: { repo: RepoId; revision?: string; path?: string },
  { settings: { cacheDir } }: OperationContext,
): Promise<CachePath> {
  const layout = repoLayout(cacheDir, repo);
  const commit =
    asCommitHash(revision) ?? (await readRef(layout, revision)) ?? (await cachedCommitFor(layout, revision));
  const place = commit === undefined ? undefined : placeOf(commit);
  if (commit === undefined || place === undefined || statSync(place, { throwIfNoEntry: false }) === undefined) {
    const what = path === undefined ? '' : `/${path}`;
    throw new NotCached(`${repoPath(repo)}@${revision}${what} is not in the cache ${cacheDir}`, {
      hint: `To have it: hub download ${repoPath(repo)}${revision === 'main' ? '' : `@${revision}`}.`,
      similar: nearestCachedRepos(cacheDir, repo),
    });
  }
  return { repo: repo.name, type: repo.type, revision, commit, path: place };

  function placeOf(hash: NonNullable<typeof commit>): string {
    return path === undefined ? snapshotPath(layout, hash) : entryPath(layout, hash, path.replace(/\/$/, ''));
  }
}
