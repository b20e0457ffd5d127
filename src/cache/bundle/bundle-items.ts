import type { CommitHash, Listing } from '../../repo/listing.js';
import type { CachedRepo, Entry, Ref, Revision } from '../../retention/inventory.js';
import { entryTarget } from '../layout.js';
import { encodeListing } from '../records.js';
import { cacheDirTag } from '../repo-folder.js';
import { digestNamed } from './bundle-entry.js';
import type { BundleItem } from './write-bundle.js';

/** What of a repo goes into a bundle. */
export interface BundledRepo {
  readonly repo: CachedRepo;
  readonly revisions: readonly Revision[];
  readonly refs: readonly Ref[];
  readonly listings: ReadonlyMap<CommitHash, Listing>;
}

/**
 * The items of a bundle, in the order in which they stand there: a commit's links behind the blobs that they lead to, the
 * refs last, so that whoever unpacks a part of it has no half-made revision that a ref names.
 */
export function bundleItems(repos: readonly BundledRepo[]): BundleItem[] {
  return [{ kind: 'text', name: 'CACHEDIR.TAG', text: cacheDirTag }, ...repos.flatMap(itemsOfRepo)];
}

function itemsOfRepo({ repo, revisions, refs, listings }: BundledRepo): BundleItem[] {
  const blobs = new Map<string, BundleItem>();
  const entries: BundleItem[] = [];
  for (const revision of sorted(revisions, ({ commit }) => commit)) {
    const digests = digestsByPath(listings.get(revision.commit));
    for (const entry of sorted(revision.entries, ({ path }) => path)) {
      const name = `${repo.folder}/snapshots/${revision.commit}/${entry.path}`;
      const path = `${revision.path}/${entry.path}`;
      const { size } = entry.content;
      const digest = entry.blob === undefined ? digestIfListed(entry, digests) : digestNamed(entry.blob);
      if (digest === undefined) {
        entries.push({ kind: 'file', name, path, size, digest });
        continue;
      }
      const blobName = `${repo.folder}/blobs/${digest.hex}`;
      blobs.set(blobName, { kind: 'file', name: blobName, path, size, digest });
      entries.push({ kind: 'link', name, target: entryTarget(entry.path, digest) });
    }
  }
  return [
    ...sorted([...listings.values()], ({ commit }) => commit).map((listing): BundleItem => ({
      kind: 'text',
      name: `${repo.folder}/.hub/listings/${listing.commit}.json`,
      text: encodeListing(listing),
    })),
    ...sorted([...blobs.values()], ({ name }) => name),
    ...entries,
    ...sorted(refs, ({ name }) => name).map(({ name, commit }): BundleItem => ({
      kind: 'text',
      name: `${repo.folder}/refs/${name}`,
      text: commit,
    })),
  ];
}

type ListedDigests = ReadonlyMap<string, Listing['files'][number]>;

function digestsByPath(listing: Listing | undefined): ListedDigests {
  return new Map(listing?.files.map((file) => [file.path, file]));
}

/** Of a regular file, as caches without links have them. */
function digestIfListed(
  { path, content }: Entry,
  listed: ListedDigests,
): Listing['files'][number]['digest'] | undefined {
  const file = listed.get(path);
  return file?.size === content.size ? file.digest : undefined;
}

function sorted<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
