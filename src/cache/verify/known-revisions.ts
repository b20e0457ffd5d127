import type { CommitHash } from '../../repo/listing.js';
import { judgeListing } from '../../repo/names.js';
import type { CachedRepo } from '../../retention/inventory.js';
import type { KnownRevision } from '../../retention/verification.js';
import type { RepoLayout } from '../layout.js';
import { type Requests, readListing, readRequests } from '../records.js';

/** What the cache's own records, and Python's, say of each commit that is here or that a ref names. */
export async function knownRevisions(layout: RepoLayout, { revisions, refs }: CachedRepo): Promise<KnownRevision[]> {
  const commits = new Set([...revisions, ...refs].map(({ commit }) => commit));
  return Promise.all(Array.from(commits, (commit) => knownRevision(layout, commit)));
}

async function knownRevision(layout: RepoLayout, commit: CommitHash): Promise<KnownRevision> {
  const listing = (await readListing(layout, commit))?.files;
  const requests = await readRequests(layout, commit);
  return {
    commit,
    listing: listing !== undefined && isSound(listing) ? listing : undefined,
    wanted: wantedBy(requests),
  };
}

/** A listing with names that lead out of the folder is none: it is a file that anyone may have put there. */
function isSound(files: Parameters<typeof judgeListing>[0]): boolean {
  try {
    judgeListing(files);
    return true;
  } catch {
    return false;
  }
}

/** What the requests that were completed asked for; undefined where there were none. */
function wantedBy(record: Requests | undefined): KnownRevision['wanted'] {
  const completed = record?.requests.filter((request) => request.completed !== null) ?? [];
  if (completed.length === 0) return record === undefined ? undefined : new Set();
  if (completed.some(({ files }) => files === 'all')) return 'all';
  return new Set(completed.flatMap(({ files }) => files));
}
