import { basename } from 'node:path';
import { type CommitHash, asCommitHash } from '../../repo/listing.js';
import type { Blob, PartialFile, UnfinishedRequest } from '../../retention/inventory.js';
import type { RepoLayout } from '../layout.js';
import { readListing, readRequests } from '../records.js';
import { filesIn } from './content.js';

/** What our own record says of a commit. */
export interface CommitRecord {
  readonly lastUsedMs: number;
}

/** Our records of what was asked for, and the blobs of what is not finished. */
export async function takeRequests(
  layout: RepoLayout,
  { blobs, partials }: { blobs: ReadonlyMap<string, Blob>; partials: readonly PartialFile[] },
): Promise<{ requests: UnfinishedRequest[]; records: Map<CommitHash, CommitRecord> }> {
  const requests: UnfinishedRequest[] = [];
  const records = new Map<CommitHash, CommitRecord>();
  for (const item of filesIn(layout.requests, [], 'may be missing')) {
    const commit = asCommitHash(basename(item.name, '.json'));
    const record = commit === undefined ? undefined : await readRequests(layout, commit);
    if (commit === undefined || record === undefined) continue;
    records.set(commit, { lastUsedMs: Date.parse(record.lastUsed) });
    for (const request of record.requests) {
      if (request.completed !== null) continue;
      const names = await blobsAskedFor(layout, commit, request.files);
      const arrived = [...names].flatMap((name) => blobs.get(name) ?? []);
      const arriving = partials.filter(({ blob, tool }) => tool === 'hub' && blob !== undefined && names.has(blob));
      const begunMs = Date.parse(request.begun);
      requests.push({
        commit,
        revision: request.revision,
        begunMs,
        blobs: arrived.map(({ name }) => name),
        partials: arriving.map(({ path }) => path),
        touchedMs: [...arrived, ...arriving].reduce((latest, it) => Math.max(latest, it.modifiedMs), begunMs),
      });
    }
  }
  return { requests, records };
}

async function blobsAskedFor(
  layout: RepoLayout,
  commit: CommitHash,
  asked: 'all' | readonly string[],
): Promise<Set<string>> {
  const listing = await readListing(layout, commit);
  const paths = asked === 'all' ? undefined : new Set(asked);
  const files = listing?.files.filter(({ path }) => paths?.has(path) ?? true) ?? [];
  return new Set(files.map(({ digest }) => digest.hex));
}
