import type { Digest } from '../repo/digest.js';
import type { ActiveRead } from './active-read.js';
import type { Concurrency } from './concurrency.js';
import type { PrefixHasher } from './prefix-hasher.js';
import type { RateLimit } from './rate-limit.js';
import type { Source } from './source.js';
import type { Target } from './target.js';

/** A file to bring: whence, whither, and what its bytes must be. */
export interface TransferFile {
  readonly path: string;
  readonly size: number;
  /** All of them must hold. */
  readonly digests: readonly Digest[];
  readonly source: Source;
  readonly target: Target;
  readonly retry: RetryBudget;
  /** Ends this file; the engine's own ends all. */
  readonly signal?: AbortSignal;
}

/** Decides how long a failing file is tried. */
export interface RetryBudget {
  /** New bytes came: whatever failed before is forgiven. */
  progressed(bytes: number): void;
  /** A try failed: gives the wait before the next one in ms, or throws the error that ends the file. */
  failed(error: unknown): number;
}

/** What a file cost. Bytes. */
export interface TransferOutcome {
  /** That were here before this run. */
  bytesResumed: number;
  /** All that was received, what was thrown away included. */
  bytesFetched: number;
  bytesWasted: number;
}

/** What a file's transfer needs of the run. */
export interface FileTransferOptions {
  readonly concurrency: Concurrency;
  readonly rateLimit: RateLimit | undefined;
  readonly hasher: PrefixHasher;
  readonly signal: AbortSignal;
  /** Called when a connection could be of use again or the file may be complete. */
  readonly changed: () => void;
  /** Called when a read fails that is worth another try. */
  readonly readFailed: (read: ActiveRead) => void;
}
