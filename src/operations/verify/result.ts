import type { HubError } from '../../errors.js';
import type { RepoType } from '../../repo/reference.js';
import type { BadState, ToldState } from '../../retention/verification.js';

/** What a verification found: the document of `hub cache verify --json`, but for its `schema`. Sizes in bytes. */
export interface VerifyResult {
  cacheDir: string;
  /** Nothing is bad, or all that was is repaired. */
  ok: boolean;
  /** False where it was ended before all was read. */
  complete: boolean;
  repos: VerifiedRepo[];
  /** In the cache's top folder. */
  files: VerifiedFile[];
  totals: VerifyTotals;
}

/** What a verification of a local folder found: the document of `hub cache verify --local-dir --json`, but for its `schema`. */
export interface LocalVerifyResult {
  localDir: string;
  ok: boolean;
  complete: boolean;
  /** Files that were found right, those that `quick` skipped included. */
  filesRight: number;
  files: VerifiedFile[];
  totals: Omit<VerifyTotals, 'repos'>;
}

export interface VerifiedRepo {
  repo: string;
  type: RepoType;
  path: string;
  ok: boolean;
  /** Contents that were found right, those that `quick` skipped included. */
  filesRight: number;
  /** All that is not as it should be; nothing of what is right. */
  files: VerifiedFile[];
}

/** A file that is not as it should be, as one path of the repo names it. */
export interface VerifiedFile {
  state: BadState | ToldState;
  /** False for what is told and no fault. */
  bad: boolean;
  /** In the repo; null for a file that no revision names. */
  path: string | null;
  /** The commits that have it by this path. */
  revisions: string[];
  /** On the disk. */
  location: string;
  /** What the content should be, and how large; null where nobody knows. */
  digest: string | null;
  size: number | null;
  reason: string;
  /** With `repair` alone: it is right now, or was cleared away. */
  repaired?: boolean;
  /** Why it could not be repaired. */
  error?: { code: string; exitCode: number; message: string };
}

export interface VerifyTotals {
  repos: number;
  /** Contents, each once whatever names it has. */
  files: number;
  bytes: number;
  /** Of these, what `quick` did not read. */
  filesSkipped: number;
  bytesRead: number;
  bad: number;
  warnings: number;
  repaired: number;
  bytesToFetch: number;
  bytesFetched: number;
  seconds: number;
}

/** What became of a problem when it was to be repaired. */
export type RepairOutcome = 'repaired' | HubError;
