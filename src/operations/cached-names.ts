import { readdirSync } from 'node:fs';
import { takeRefs } from '../cache/inventory/refs.js';
import { parseRepoFolder } from '../cache/inventory/take-inventory.js';
import { type RepoLayout, repoLayout } from '../cache/layout.js';
import { nearest } from '../repo/nearest.js';
import { type RepoId, repoPath } from '../repo/reference.js';

/** The repos of a cache by their folders' names alone, as they are typed, sorted. Empty where there is no cache. */
export function cachedRepoNames(cacheDir: string): string[] {
  return namesIn(cacheDir)
    .flatMap((folder) => parseRepoFolder(folder) ?? [])
    .map(repoPath)
    .sort();
}

/** The repos of a cache that may have been meant by one that it does not have, the likest first; at most five. */
export function nearestCachedRepos(cacheDir: string, repo: RepoId): string[] {
  const names = cachedRepoNames(cacheDir);
  return names.includes(repoPath(repo)) ? [] : nearest(repoPath(repo), names, 5);
}

/** Branches and tags that a cache knows of a repo, then the commits that it has of it. */
export function cachedRevisionNames(cacheDir: string, repo: RepoId): string[] {
  const layout: RepoLayout = repoLayout(cacheDir, repo);
  return [...takeRefs(layout, []).map(({ name }) => name), ...namesIn(layout.snapshots)];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
