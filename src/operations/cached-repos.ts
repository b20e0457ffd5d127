import type { Inventory } from '../retention/inventory.js';
import { takeInventory } from '../cache/inventory/take-inventory.js';
import { ExitCode, HubError } from '../errors.js';
import { nearest } from '../repo/nearest.js';
import { type RepoId, repoPath } from '../repo/reference.js';
import type { OperationContext } from './context.js';

/** A repo that a person named is not in this cache. */
export class RepoNotCached extends HubError {
  readonly code = 'repo-not-cached';
  readonly exitCode = ExitCode.notFound;
}

/**
 * The inventory of the repos that were named, or of all.
 *
 * @throws RepoNotCached  one of them is not there
 */
export async function inventoryOf(
  repos: readonly RepoId[],
  { settings: { cacheDir }, signal }: OperationContext,
): Promise<Inventory> {
  const wanted = new Set(repos.map(repoPath));
  const isWanted = (repo: RepoId) => wanted.has(repoPath(repo));
  const inventory = await takeInventory(cacheDir, { signal, ...(wanted.size === 0 ? {} : { wanted: isWanted }) });
  const found = new Set(inventory.repos.map(({ repo }) => repoPath(repo)));
  const missing = [...wanted].filter((name) => !found.has(name));
  if (missing.length === 0) return inventory;
  const all = await takeInventory(cacheDir, { signal });
  const names = all.repos.map(({ repo }) => repoPath(repo));
  const meant = missing.flatMap((name) => nearest(name, names, 1));
  throw new RepoNotCached(`not in the cache ${cacheDir}: ${missing.join(', ')}`, {
    hint: meant.length === 0 ? '"hub cache ls" tells what is there.' : `Did you mean ${meant.join(', ')}?`,
  });
}
