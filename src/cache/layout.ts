import { join, sep } from 'node:path';
import type { Digest } from '../repo/digest.js';
import type { CommitHash } from '../repo/listing.js';
import type { RepoId } from '../repo/reference.js';

/**
 * Every path of one repo in the cache: Python's layout (docs/cache.md) and, below `.hub`, our own state, where Python's
 * tools neither look nor trip.
 */
export interface RepoLayout {
  readonly cacheDir: string;
  readonly root: string;
  readonly blobs: string;
  readonly refs: string;
  readonly snapshots: string;
  /** Python's own listings, which we read and never write. */
  readonly trees: string;
  readonly listings: string;
  readonly requests: string;
  readonly partials: string;
  readonly leases: string;
  readonly verified: string;
  /** What is being removed, and what a removal that was killed has left: out of everybody's sight. */
  readonly trash: string;
}

export function repoLayout(cacheDir: string, repo: RepoId): RepoLayout {
  const root = join(cacheDir, repoFolderName(repo));
  return {
    cacheDir,
    root,
    blobs: join(root, 'blobs'),
    refs: join(root, 'refs'),
    snapshots: join(root, 'snapshots'),
    trees: join(root, 'trees'),
    listings: join(root, '.hub', 'listings'),
    requests: join(root, '.hub', 'snapshots'),
    partials: join(root, '.hub', 'partial'),
    leases: join(root, '.hub', 'leases'),
    verified: join(root, '.hub', 'verified.json'),
    trash: join(root, '.hub', 'trash'),
  };
}

/** `models--org--name`, `datasets--glue`. */
export function repoFolderName({ type, name }: RepoId): string {
  return `${type}s--${name.replaceAll('/', '--')}`;
}

export function blobPath(layout: RepoLayout, digest: Digest): string {
  return `${layout.blobs}${sep}${digest.hex}`;
}

/** Refs nest as folders: `refs/pr/1` is the file `refs/refs/pr/1`. */
export function refPath(layout: RepoLayout, revision: string): string {
  return join(layout.refs, ...revision.split('/'));
}

export function snapshotPath(layout: RepoLayout, commit: CommitHash): string {
  return join(layout.snapshots, commit);
}

/** @param path  one that was judged, so that there is nothing in it to resolve: `join` would take a third of a warm run */
export function entryPath(layout: RepoLayout, commit: CommitHash, path: string): string {
  return `${layout.snapshots}${sep}${commit}${sep}${path.replaceAll('/', sep)}`;
}

/** What the link at `entryPath` holds: relative to its own folder, so that the cache may be moved. */
export function entryTarget(path: string, digest: Digest): string {
  return `${'../'.repeat(path.split('/').length + 1)}blobs/${digest.hex}`;
}

export function listingPath(layout: RepoLayout, commit: CommitHash): string {
  return join(layout.listings, `${commit}.json`);
}

/** Python's own listing of a commit, which we read and never write. */
export function treePath(layout: RepoLayout, commit: CommitHash): string {
  return join(layout.trees, `${commit}.json`);
}

/** Where Python notes which files a commit lacks. */
export function noExistPath(layout: RepoLayout, commit: CommitHash): string {
  return join(layout.root, '.no_exist', commit);
}

export function requestsPath(layout: RepoLayout, commit: CommitHash): string {
  return join(layout.requests, `${commit}.json`);
}

/** The partial of one digest that one writer alone may write in. */
export function partialPath(layout: RepoLayout, digest: Digest, writer: string): string {
  return join(layout.partials, `${digest.hex}.${writer}`);
}

/** The one file, beside where that folder would be, of a blob that came in one piece. */
export function wholePath(partial: string): string {
  return `${partial}.whole`;
}

/** The digest and the writer of a name in `partials`; undefined for anything that is not ours. */
export function parsePartialName(name: string): { hex: string; writer: string } | undefined {
  const match = /^([0-9a-f]{40}|[0-9a-f]{64})\.([0-9a-f]{16})(?:\.whole)?$/.exec(name);
  return match === null ? undefined : { hex: match[1] ?? '', writer: match[2] ?? '' };
}
