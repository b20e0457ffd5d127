import type { RepoId } from '../repo/reference.js';
import type { WeightsChoice } from '../repo/weights-choice.js';
import type { CommitHash, ListedFile } from '../repo/listing.js';

/** Of a dataset, which of its parts: as `--subset`, `--split` and `--parquet` say it. */
interface WantedParts {
  readonly subsets: readonly string[];
  readonly splits: readonly string[];
  readonly parquet: boolean;
}

/**
 * What one `[[repo]]` of a hub.toml asks for, in normal form: two texts that ask for the same give the same entry, defaults
 * included. Lists whose order says nothing are sorted, and name nothing twice.
 */
export interface Entry {
  readonly repo: RepoId;
  /** Branch, tag, commit, `refs/…`; `main` where the text has none. */
  readonly revision: string;
  /** Files, or folders. */
  readonly paths: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Of a model alone. */
  readonly weights?: WeightsChoice;
  /** Of a dataset alone, where it is not all of it. */
  readonly dataset?: WantedParts;
  /** Real files there, relative to the folder of hub.toml, `/`-separated, never climbing out of it; else the cache. */
  readonly localDir?: string;
}

/** What hub.toml says. */
export interface Manifest {
  /** Base addresses; empty: the user's own. They never get a token from here. */
  readonly endpoints: readonly string[];
  readonly entries: readonly Entry[];
}

/** A file of a commit as hub.lock pins it: what a listing says of it, and the sha-256 of its bytes whatever they are. */
export interface LockedFile extends ListedFile {
  /** Of the content, hex. The same as `digest` for an LFS file. */
  readonly sha256: string;
}

/** An entry, the commit that its revision was when it was locked, and every file that it selects there. */
export interface LockedEntry extends Entry {
  readonly commit: CommitHash;
  /** By path, ascending by code units. */
  readonly files: readonly LockedFile[];
}

/** What hub.lock says. */
export interface Lock {
  readonly entries: readonly LockedEntry[];
}
