import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { digestNamed } from '../../cache/bundle/bundle-entry.js';
import { takeInventory } from '../../cache/inventory/take-inventory.js';
import { repoLayout } from '../../cache/layout.js';
import { readListing } from '../../cache/records.js';
import { UsageError } from '../../errors.js';
import type { Listing } from '../../repo/listing.js';
import { type RepoId, repoPath } from '../../repo/reference.js';
import type { Entry, Revision } from '../../retention/inventory.js';
import type { OperationContext } from '../context.js';
import type { Offer, OfferedFile } from './offer.js';

/**
 * What another cache has: all its revisions, or those of one repo. Unfinished downloads stay there.
 *
 * @throws UsageError  it is the cache that all is to go to
 */
export async function offersOfCache(
  cacheDir: string,
  wanted: RepoId | undefined,
  { settings, tell, signal }: OperationContext,
): Promise<Offer[]> {
  if (realPathOf(cacheDir) === realPathOf(settings.cacheDir)) {
    throw new UsageError(`${cacheDir} is the cache itself`, {
      hint: '--cache-dir names the one that is to be filled.',
    });
  }
  const isWanted = (repo: RepoId) => wanted === undefined || repoPath(repo) === repoPath(wanted);
  const { repos } = await takeInventory(cacheDir, { wanted: isWanted, signal });
  const offers: Offer[] = [];
  for (const { repo, revisions } of repos) {
    for (const revision of revisions) {
      const listing = await readListing(repoLayout(cacheDir, repo), revision.commit);
      const { offer, unknown } = offerOf(repo, revision, listing);
      offers.push(offer);
      const [first] = unknown;
      if (first !== undefined) tell({ type: 'warning', ...unknownDigests(repo, revision, unknown.length) });
    }
  }
  return offers;
}

function offerOf(
  repo: RepoId,
  { commit, path: folder, entries, refs }: Revision,
  listing: Listing | undefined,
): { offer: Offer; unknown: Entry[] } {
  const listed = new Map(listing?.files.map((file) => [file.path, file]));
  const digestOf = ({ path, blob, content }: Entry) => {
    if (blob !== undefined) return digestNamed(blob);
    const file = listed.get(path);
    return file?.size === content.size ? file.digest : undefined;
  };
  const places = new Map<string, string>();
  const files: OfferedFile[] = [];
  const unknown: Entry[] = [];
  for (const entry of entries) {
    const digest = digestOf(entry);
    if (digest === undefined) {
      unknown.push(entry);
      continue;
    }
    files.push({ path: entry.path, size: entry.content.size, digest });
    places.set(digest.hex, join(folder, entry.path));
  }
  const placesOf: Offer['placesOf'] = ({ digest }) => {
    const path = places.get(digest.hex);
    return path === undefined ? [] : [{ kind: 'file', path, isNamed: true }];
  };
  return { offer: { repo, commit, refs, listing, files, placesOf }, unknown };
}

function unknownDigests(
  repo: RepoId,
  { commit, path }: Revision,
  count: number,
): { code: string; message: string; hint: string } {
  const name = repoPath(repo);
  return {
    code: 'unknown-digest',
    message: `${name}@${commit.slice(0, 10)}: ${String(count)} files left out, since nothing there tells their digest`,
    hint: `Where the hub can be asked: hub cache import ${path} --repo ${name} --revision ${commit}`,
  };
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
