import type { Digest } from './digest.js';

/** 40 lower-case hex digits: a git commit. Made by `asCommitHash` alone. */
export type CommitHash = string & { readonly brand: 'CommitHash' };

/** The commit that `text` is in full; undefined for anything else (a branch, a tag, a shortened commit). */
export function asCommitHash(text: string): CommitHash | undefined {
  return /^[0-9a-f]{40}$/.test(text) ? (text as CommitHash) : undefined;
}

/** A file of a commit, as the hub lists it. */
export interface ListedFile {
  /** `/`-separated, as listed: judged by `judgeNames` before anything is written. */
  readonly path: string;
  /** Of the content, in bytes. */
  readonly size: number;
  /** sha-256 of the content for LFS files, git's blob sha-1 for the others. Its hex is the hub's etag. */
  readonly digest: Digest;
  /** Git's id of the entry: for an LFS file that of its pointer. */
  readonly gitOid: string;
  /** Where the listing names a valid one. */
  readonly xetHash?: string;
  /** What a lock promises of the content besides: both digests must hold. */
  readonly lockedDigest?: Digest;
}

/** All files of a commit. Never a part of them. */
export interface Listing {
  readonly commit: CommitHash;
  readonly files: readonly ListedFile[];
}
