/** What an operation tells while it works. Sizes in bytes, times in ms. Nobody need listen. */
export type HubEvent = ToldEvent & {
  /** Of which repo, where an operation works on several: `org/name`, `datasets/org/name`. */
  repo?: string;
};

type ToldEvent =
  | { type: 'resolving'; repo: string; revision: string }
  | { type: 'resolved'; repo: string; revision: string; commit: string }
  | { type: 'listing'; repo: string; commit: string; files: number }
  /** The plan is made; bytes begin to move. */
  | { type: 'planned'; repo: string; files: number; bytes: number; bytesCached: number; bytesToFetch: number }
  /** Bytes of an unfinished download are read back before it goes on. */
  | { type: 'checking'; path: string; bytes: number }
  /** Another process has what this one needs, or a server asked for patience. `waitMs` is absent where nobody knows. */
  | { type: 'waiting'; reason: 'lease' | 'rate-limit' | 'outage'; on: string; waitMs?: number }
  | { type: 'waited'; reason: 'lease' | 'rate-limit' | 'outage'; on: string }
  | { type: 'file-started'; path: string; bytes: number; bytesHere: number }
  | { type: 'progress'; progress: Progress }
  | { type: 'file-done'; path: string; bytes: number; bytesFetched: number; state: FileState }
  | { type: 'file-failed'; path: string; message: string }
  | { type: 'retrying'; what: string; host: string; why: string; attempt: number; attempts: number; delayMs: number }
  /** Of a mirror: the whole state, sampled. */
  | { type: 'mirror-progress'; progress: MirrorProgress }
  /** Of a mirror: it is settled what became of this repo. `commit` is null where nobody knows. */
  | {
      type: 'repo-done';
      repo: string;
      revision: string;
      commit: string | null;
      state: 'unchanged' | 'updated' | 'skipped' | 'failed';
      reason?: string;
      files: number;
      bytes: number;
      bytesFetched: number;
    }
  /** Of a mirror. `again`: it will be tried once more, after the others. */
  | { type: 'repo-failed'; repo: string; message: string; again: boolean }
  /** Something that a person should know although the run goes on. */
  | { type: 'warning'; code: string; message: string; hint?: string }
  /** For the curious (`--verbose`): requests, choices. */
  | { type: 'detail'; message: string };

/** How a file of the result came to be where it is. */
export type FileState = 'cached' | 'linked' | 'resumed' | 'fetched' | 'kept' | 'failed';

/** The whole state of the transfer, sampled a few times a second. */
export interface Progress {
  /** Bytes of the plan's fetched files that are in place, those that were here before this run included. */
  bytesDone: number;
  bytesTotal: number;
  filesDone: number;
  filesTotal: number;
  /** Of the last seconds; 0 while nothing comes. */
  bytesPerSecond: number;
  /** Files with a request under way or being checked, in the order in which they began. */
  active: readonly ActiveFile[];
}

export interface ActiveFile {
  path: string;
  bytesDone: number;
  bytesTotal: number;
  phase: 'checking' | 'fetching' | 'publishing';
}

/** The whole state of a mirror. */
export interface MirrorProgress {
  repos: number;
  unchanged: number;
  updated: number;
  skipped: number;
  /** So far: those that will be tried again too. */
  failed: number;
  bytesFetched: number;
  /** Of the last seconds. */
  bytesPerSecond: number;
  /** Files that move, of whatever repos: their paths begin with the repo's name. */
  active: readonly ActiveFile[];
}

export type Tell = (event: HubEvent) => void;
