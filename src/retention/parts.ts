import type { CommitHash } from '../repo/listing.js';
import type { Blob, CachedRepo, PartialFile, Revision, UnfinishedRequest, UseSource } from './inventory.js';

/** What of a repo goes or stays as one. */
export type Part = RevisionPart | UnfinishedPart | PartialPart | BlobPart;

interface RevisionPart {
  readonly kind: 'revision';
  readonly revision: Revision;
  readonly usedMs: number;
  readonly usedBy: UseSource;
}

/** The unfinished downloads of a commit: the blobs that have arrived, and what has of others. */
interface UnfinishedPart {
  readonly kind: 'unfinished';
  readonly commit: CommitHash;
  readonly requests: readonly UnfinishedRequest[];
  /** When the newest of it arrived. */
  readonly usedMs: number;
}

/** A partial file that no unfinished download asks for. */
interface PartialPart {
  readonly kind: 'partial';
  readonly partial: PartialFile;
  readonly usedMs: number;
}

/** A blob that nothing names. */
interface BlobPart {
  readonly kind: 'blob';
  readonly blob: Blob;
  readonly usedMs: number;
}

export function partsOf(repo: CachedRepo): Part[] {
  const unfinished = unfinishedOf(repo);
  const asked = new Set(unfinished.flatMap(({ requests }) => requests.flatMap(({ partials }) => partials)));
  const named = namedBlobs(repo);
  return [
    ...repo.revisions.map((revision): Part => ({
      kind: 'revision',
      revision,
      usedMs: revision.lastUsedMs,
      usedBy: revision.lastUsedBy,
    })),
    ...unfinished,
    ...repo.partials
      .filter(({ path }) => !asked.has(path))
      .map((partial): Part => ({ kind: 'partial', partial, usedMs: partial.modifiedMs })),
    ...[...repo.blobs.values()]
      .filter(({ name }) => !named.has(name))
      .map((blob): Part => ({ kind: 'blob', blob, usedMs: blob.modifiedMs })),
  ];
}

/** By commit. */
function unfinishedOf({ requests }: CachedRepo): UnfinishedPart[] {
  const byCommit = new Map<CommitHash, UnfinishedRequest[]>();
  for (const request of requests) byCommit.set(request.commit, [...(byCommit.get(request.commit) ?? []), request]);
  return Array.from(byCommit, ([commit, its]) => ({
    kind: 'unfinished',
    commit,
    requests: its,
    usedMs: Math.max(...its.map(({ touchedMs }) => touchedMs)),
  }));
}

/** What a killed removal has left goes by itself, and its blobs with it. */
function namedBlobs({ revisions, requests, discarded }: CachedRepo): Set<string | undefined> {
  const named = new Set<string | undefined>();
  for (const { entries } of [...revisions, ...discarded]) for (const { blob } of entries) named.add(blob);
  for (const { blobs } of requests) for (const name of blobs) named.add(name);
  return named;
}
