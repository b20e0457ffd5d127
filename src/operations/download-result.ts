import type { FileState } from '../events.js';
import type { RepoType } from '../repo/reference.js';
import type { WeightFormat } from '../selection/weights/rules.js';

/** What a download did: the document of `hub download --json`, but for its `schema`. Sizes in bytes. */
export interface DownloadResult {
  repo: string;
  type: RepoType;
  revision: string;
  commit: string;
  /** The snapshot's folder, or the file where exactly one file was named; the local folder where there is one. */
  path: string;
  /** False: files failed, or the user's own were kept. Null: offline, and nobody knows what the commit holds. */
  complete: boolean | null;
  files: DownloadedFile[];
  totals: DownloadTotals;
  /** Weights that were not wanted; absent where there are none. */
  skipped?: { files: number; bytes: number };
  /** Bytes received by origin (scheme, host, port). */
  sources: Record<string, number>;
  /** Of parts of a dataset: the Python expression that loads just these, offline, with `datasets`. */
  load?: string;
  /** Endpoints that lied and were not asked any more; absent where there were none. */
  droppedEndpoints?: { endpoint: string; why: string }[];
}

export interface DownloadedFile {
  path: string;
  size: number;
  /** `sha256:<hex>` or `git-sha1:<hex>`; null for a file that was found offline without a listing. */
  digest: string | null;
  state: FileState;
  bytesFetched: number;
  error?: { code: string; exitCode: number; message: string };
}

export interface DownloadTotals {
  files: number;
  bytes: number;
  bytesFetched: number;
  bytesCached: number;
  bytesWasted: number;
  retries: number;
  seconds: number;
}

/** What a download would do: the document of `hub download --dry-run --json`, but for its `schema`. */
export interface DownloadPlanResult {
  repo: string;
  type: RepoType;
  revision: string;
  commit: string;
  path: string;
  complete: boolean | null;
  files: PlannedFileResult[];
  totals: {
    files: number;
    bytes: number;
    bytesToFetch: number;
    bytesCached: number;
    bytesResumed: number;
    bytesLinked: number;
  };
  /** Weights that are not wanted; absent where there are none. */
  skipped?: { files: number; bytes: number };
  /** Where the weights are there more than once and no framework is chosen: what `auto` would take, and save. */
  auto?: { formats: WeightFormat[]; bytesSaved: number };
  /** A run would ask first: it is more than `--size-guard`. */
  needsYes?: true;
  /** Where there are several and none is chosen. */
  quantisations?: { name: string; framework: 'gguf' | 'onnx'; bytes: number; files: number }[];
  /** `free` on the cache's file system; `needed` on top of what is here. */
  disk: { free: number; needed: number };
}

export interface PlannedFileResult {
  path: string;
  size: number;
  digest: string | null;
  state: 'cached' | 'link' | 'resume' | 'fetch' | 'keep';
  /** Bytes that would move. */
  bytesToFetch: number;
  /** Of weights: what they are stored as. */
  format?: WeightFormat;
  /** Loading it can run code: a pickle, a Python file. */
  runsCode?: true;
  /** With `link`: another file of the repo, or an absolute path on this disk. */
  from?: string;
}
