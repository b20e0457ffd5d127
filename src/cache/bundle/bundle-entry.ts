import type { Digest } from '../../repo/digest.js';
import { type CommitHash, asCommitHash } from '../../repo/listing.js';
import { faultOfName } from '../../repo/names.js';
import type { RepoId } from '../../repo/reference.js';
import { checkRevision } from '../../repo/revision.js';
import { parseRepoFolder } from '../inventory/take-inventory.js';
import { entryTarget } from '../layout.js';

/** An entry of a tar, as its header tells it. */
export interface TarHead {
  readonly name: string;
  readonly type: string;
  /** Of a symbolic or a hard link. */
  readonly target: string;
}

/** What an entry of a bundle is of the cache's layout. Nothing is taken from it but these values, which were judged. */
export type BundleEntry =
  | { readonly is: 'blob'; readonly repo: RepoId; readonly digest: Digest }
  /** A file of a commit that is a link to its blob. */
  | {
      readonly is: 'link';
      readonly repo: RepoId;
      readonly commit: CommitHash;
      readonly path: string;
      readonly digest: Digest;
    }
  /** A file of a commit with its own bytes. */
  | { readonly is: 'file'; readonly repo: RepoId; readonly commit: CommitHash; readonly path: string }
  | { readonly is: 'ref'; readonly repo: RepoId; readonly revision: string }
  | {
      readonly is: 'listing';
      readonly repo: RepoId;
      readonly commit: CommitHash;
      readonly format: 'hub' | 'python';
    }
  /** Part of a cache, and not needed elsewhere: folders, leases, partial files. */
  | { readonly is: 'left-out' }
  /** Reads on from the entry's name. */
  | { readonly is: 'refused'; readonly why: string };

/**
 * Understands an entry of a tar as a part of a cache. Strict: a name or a link that this layout doesn't have is refused,
 * and no path of the tar is ever written to or followed.
 */
export function understand(head: TarHead): BundleEntry {
  const name = head.name.replace(/^(?:\.\/)+/, '').replace(/\/$/, '');
  if (head.type === 'directory') return { is: 'left-out' };
  const fault = faultOfName(name);
  if (fault !== undefined) return { is: 'refused', why: fault };
  if (!['file', 'symlink', 'link'].includes(head.type)) return { is: 'refused', why: `is a ${head.type}` };
  const place = placeOf(name);
  if (place === undefined) return asIfOutside(name);
  const { repo, part, rest } = place;
  if (part === 'blobs') return blobEntry(head, repo, rest);
  if (part === 'snapshots') return snapshotEntry(head, repo, rest);
  if (head.type !== 'file') return { is: 'refused', why: 'is a link where none belongs' };
  if (part === 'refs') return refEntry(repo, rest);
  if (part === '.hub' || part === 'trees') return listingEntry(repo, part, rest);
  return { is: 'left-out' };
}

interface Place {
  readonly repo: RepoId;
  /** `blobs`, `snapshots` … */
  readonly part: string;
  readonly rest: readonly string[];
}

/** Below the first folder that bears a repo's name: people pack `hub/models--…` as well as `models--…`. */
function placeOf(name: string): Place | undefined {
  const parts = name.split('/');
  const index = parts.findIndex((part) => parseRepoFolder(part) !== undefined);
  const repo = parseRepoFolder(parts[index] ?? '');
  const part = parts[index + 1];
  return repo === undefined || part === undefined ? undefined : { repo, part, rest: parts.slice(index + 2) };
}

/** Beside the repos: the tag of a cache folder, locks, Python's shared store. */
function asIfOutside(name: string): BundleEntry {
  const isTag = /(?:^|\/)(?:CACHEDIR\.TAG|version\.txt|\.DS_Store)$/.test(name);
  const isOfCache = isTag || /^(?:(?![a-z]+s--)[^/]+\/)*(?:\.locks|blobs)\//.test(name);
  return isOfCache ? { is: 'left-out' } : { is: 'refused', why: 'is no part of a cache' };
}

function blobEntry({ type }: TarHead, repo: RepoId, rest: readonly string[]): BundleEntry {
  const [name = ''] = rest;
  const digest = rest.length === 1 ? digestNamed(name) : undefined;
  if (digest !== undefined) {
    return type === 'file' ? { is: 'blob', repo, digest } : { is: 'refused', why: 'is a link where a blob belongs' };
  }
  const isLeftover = /\.(?:incomplete|shared|new|old|tmp)$|^tmp_/.test(name);
  return isLeftover ? { is: 'left-out' } : { is: 'refused', why: 'has no digest as its name' };
}

function snapshotEntry({ type, target }: TarHead, repo: RepoId, [name = '', ...rest]: readonly string[]): BundleEntry {
  const commit = asCommitHash(name);
  if (commit === undefined || rest.length === 0) return { is: 'refused', why: 'is of no commit' };
  const path = rest.join('/');
  if (type === 'file') return { is: 'file', repo, commit, path };
  const digest = type === 'symlink' ? linkedDigest(path, target) : hardLinkedDigest(repo, target);
  if (digest === undefined) return { is: 'refused', why: "is a link to something else than its repo's blob" };
  return { is: 'link', repo, commit, path, digest };
}

function linkedDigest(path: string, target: string): Digest | undefined {
  const digest = digestNamed(target.slice(target.lastIndexOf('/') + 1));
  return digest !== undefined && entryTarget(path, digest) === target ? digest : undefined;
}

/** A cache without symbolic links has hard links, whose targets tar names by their whole path. */
function hardLinkedDigest(repo: RepoId, target: string): Digest | undefined {
  const entry = understand({ name: target, type: 'file', target: '' });
  const isOwn = entry.is === 'blob' && entry.repo.type === repo.type && entry.repo.name === repo.name;
  return isOwn ? entry.digest : undefined;
}

function refEntry(repo: RepoId, rest: readonly string[]): BundleEntry {
  const revision = rest.join('/');
  try {
    return { is: 'ref', repo, revision: checkRevision(revision) };
  } catch {
    return { is: 'refused', why: 'is no name of a branch or a tag' };
  }
}

function listingEntry(repo: RepoId, part: '.hub' | 'trees', rest: readonly string[]): BundleEntry {
  if (part === '.hub' && rest[0] !== 'listings') return { is: 'left-out' };
  const name = rest.slice(part === 'trees' ? 0 : 1).join('/');
  const commit = asCommitHash(name.replace(/\.json$/, ''));
  if (commit === undefined || name !== `${commit}.json`) return { is: 'left-out' };
  return { is: 'listing', repo, commit, format: part === 'trees' ? 'python' : 'hub' };
}

/** The digest that a blob's name promises. */
export function digestNamed(name: string): Digest | undefined {
  if (/^[0-9a-f]{64}$/.test(name)) return { algorithm: 'sha256', hex: name };
  return /^[0-9a-f]{40}$/.test(name) ? { algorithm: 'git-sha1', hex: name } : undefined;
}
