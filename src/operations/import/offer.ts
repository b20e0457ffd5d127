import type { OfferedBlob } from '../../cache/intake.js';
import type { CommitHash, ListedFile, Listing } from '../../repo/listing.js';
import type { RepoId } from '../../repo/reference.js';

/** Where the bytes of a file may be. */
export type Place =
  /** `isNamed`: it says itself that it is this file, so that other bytes are damage and not just another file. */
  | { readonly kind: 'file'; readonly path: string; readonly isNamed: boolean }
  /** In a store that gives them one after the other. */
  | { readonly kind: 'stream'; readonly what: string; readonly open: () => AsyncIterable<Uint8Array> };

/** The first bytes of a file, perhaps: what an unfinished download of another tool left. */
export interface UnprovedPrefix {
  readonly path: string;
  readonly bytes: number;
}

/** What somebody has of a commit, outside of this cache. */
export interface Offer {
  readonly repo: RepoId;
  readonly commit: CommitHash;
  /** The branches and tags that name it, as far as those who offer it know. */
  readonly refs: readonly string[];
  /** All files of the commit, where that is known. Its names were judged. */
  readonly listing: Listing | undefined;
  /** Those that may be here: all, or those that the snapshot has. */
  readonly files: readonly OfferedFile[];
  /** The likeliest first. Empty for a file that is not there. */
  readonly placesOf: (file: OfferedFile) => readonly Place[];
  /** Why a file is not there, where that can be told. */
  readonly whyMissing?: (file: OfferedFile) => string | undefined;
  readonly prefixOf?: (file: OfferedFile) => UnprovedPrefix | undefined;
}

export interface OfferedFile extends OfferedBlob {
  readonly path: string;
}

/** For what takes a file as a listing has it: nobody knows git's id here, and nobody asks for it. */
export function asListed({ path, size, digest }: OfferedFile): ListedFile {
  return { path, size, digest, gitOid: digest.algorithm === 'git-sha1' ? digest.hex : '' };
}
