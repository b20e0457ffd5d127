import type { ActiveFile } from '../events.js';
import type { ActiveRead } from './active-read.js';
import type { Concurrency } from './concurrency.js';
import { DigestThread } from './digest-thread.js';
import { FileTransfer } from './file-transfer.js';
import { InlineHasher, type PrefixHasher } from './prefix-hasher.js';
import type { RateLimit } from './rate-limit.js';
import { Stragglers } from './stragglers.js';
import type { TransferFile, TransferOutcome } from './transfer-file.js';

/** A file that one short request brings: it must not wait behind a large one, nor hold a large one up. */
const smallFileBytes = 1024 * 1024;

const sampleMs = 50;
/** The digest of a file up to this size is ready before another thread would have begun. */
const inlineBytes = 8 * 1024 * 1024;

export interface EngineOptions {
  /** Decides how many reads there are at a time. */
  readonly concurrency: Concurrency;
  readonly rateLimit?: RateLimit | undefined;
  /** After which the sources give a silent connection up; one that is slower than its siblings is replaced before. */
  readonly stallTimeoutMs?: number;
  /** Told each replacement and why, for the curious. */
  readonly tell?: (message: string) => void;
  readonly signal: AbortSignal;
}

/** What became of a file. */
export interface TransferResult extends TransferOutcome {
  /** Undefined: it is published. A HubError, or `TargetLost` where another process goes on with it. */
  readonly failure: unknown;
}

/**
 * Moves the bytes of many files over one budget of connections. Work is handed out front to back, so that the digests
 * can follow; small and large files share the connections, so that neither waits for the other's end.
 *
 * Knows no URL, no path on disk and no screen.
 */
export class Engine {
  readonly #concurrency: Concurrency;
  readonly #rateLimit: RateLimit | undefined;
  readonly #signal: AbortSignal;
  readonly #transfers = new Set<FileTransfer>();
  readonly #thread = new DigestThread();
  readonly #stragglers: Stragglers<ActiveRead>;
  readonly #tell: (message: string) => void;
  #reads = 0;
  #bytesOfEnded = 0;
  #readsOfSmall = 0;
  #answers = 0;
  #sampler: NodeJS.Timeout | undefined;

  constructor({ concurrency, rateLimit, stallTimeoutMs = 30_000, tell = () => undefined, signal }: EngineOptions) {
    this.#concurrency = concurrency;
    this.#stragglers = new Stragglers(stallTimeoutMs);
    this.#tell = tell;
    this.#rateLimit = rateLimit;
    this.#signal = signal;
  }

  /**
   * Brings one file; resolves when it is published or has failed, and never rejects. May be called at any time, for as
   * many files as one likes. The target is closed in any case, and keeps what it has.
   *
   * @param opened  told how many bytes were here already, before the first request
   */
  async transfer(file: TransferFile, opened?: (bytesHere: number) => void): Promise<TransferResult> {
    const hasher = this.#hasherOf(file);
    const transfer = new FileTransfer(file, {
      concurrency: this.#concurrency,
      rateLimit: this.#rateLimit,
      hasher,
      signal: file.signal === undefined ? this.#signal : AbortSignal.any([this.#signal, file.signal]),
      changed: () => this.#lendConnections(),
      readFailed: (read) => this.#endAsDark(read),
    });
    this.#transfers.add(transfer);
    this.#sampler ??= setInterval(() => this.#sample(), sampleMs);
    try {
      await transfer.open();
      opened?.(transfer.outcome.bytesResumed);
      do {
        this.#lendConnections();
        await transfer.settled();
      } while (!(await transfer.finish()));
      return { ...transfer.outcome, failure: undefined };
    } catch (failure) {
      return { ...transfer.outcome, failure };
    } finally {
      await transfer.close();
      hasher.forget();
      this.#transfers.delete(transfer);
      if (this.#transfers.size === 0) {
        clearInterval(this.#sampler);
        this.#sampler = undefined;
      }
      this.#bytesOfEnded += transfer.outcome.bytesFetched;
    }
  }

  /** Ends what the engine keeps for its files. Once none is under way; never throws. */
  async close(): Promise<void> {
    await this.#thread.close();
  }

  /** All that was received so far. */
  get bytesFetched(): number {
    return [...this.#transfers].reduce((sum, { outcome }) => sum + outcome.bytesFetched, this.#bytesOfEnded);
  }

  /** In place of all files that have been begun and have not ended. */
  get bytesInPlace(): number {
    return [...this.#transfers].reduce((sum, { bytesDone }) => sum + bytesDone, 0);
  }

  /** What is under way, in the order in which it began, and the bytes that are in place of it. */
  active(): ActiveFile[] {
    return [...this.#transfers]
      .filter((transfer) => transfer.isBusy)
      .map(({ file, bytesDone, phase }) => ({ path: file.path, bytesDone, bytesTotal: file.size, phase }));
  }

  #hasherOf({ digests, size: fileBytes }: TransferFile): PrefixHasher {
    const file = { algorithms: digests.map(({ algorithm }) => algorithm), fileBytes };
    return fileBytes > inlineBytes ? this.#thread.hasher(file) : new InlineHasher(file);
  }

  #lendConnections(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) void this.#fetch(next);
  }

  /** Asked from time to time: the limit may have grown, and a read may have become worth sharing. */
  #sample(): void {
    this.#replaceStragglers();
    this.#lendConnections();
    const isSaturated = this.#reads >= this.#concurrency.limit && this.#waiting() !== undefined;
    const { bytesFetched: bytes } = this;
    this.#concurrency.sample({ timeMs: performance.now(), bytes, answers: this.#answers, isSaturated });
  }

  #replaceStragglers(): void {
    for (const { read, why } of this.#stragglers.find(performance.now(), this.#openReads(), this.bytesFetched)) {
      this.#tell(`${read.path}: a connection is replaced: ${why}`);
      [...this.#transfers].find(({ reads }) => reads.includes(read))?.replace(read);
    }
  }

  /** When a link dies, its connections go dark together: the first one that is given up speaks for all. */
  #endAsDark(failed: ActiveRead): void {
    const dark = this.#stragglers.asDarkAs(failed, performance.now(), this.#openReads());
    for (const read of dark) read.callOff();
    if (dark.length > 0) this.#tell(`${dark.length} more connections are replaced: as dark as the one given up`);
  }

  #openReads(): ActiveRead[] {
    return [...this.#transfers].flatMap(({ reads }) => reads);
  }

  #next(): FileTransfer | undefined {
    if (this.#reads >= this.#concurrency.limit || this.#signal.aborted) return undefined;
    return this.#waiting() ?? [...this.#transfers].find((transfer) => transfer.canSplit);
  }

  /** The file that comes next, of those that want a connection. */
  #waiting(): FileTransfer | undefined {
    let small: FileTransfer | undefined;
    let large: FileTransfer | undefined;
    for (const transfer of this.#transfers) {
      if (!transfer.wantsConnection) continue;
      if (isSmall(transfer)) small ??= transfer;
      else large ??= transfer;
      if (small !== undefined && large !== undefined) break;
    }
    return this.#readsOfSmall < this.#concurrency.limit / 2 ? (small ?? large) : (large ?? small);
  }

  async #fetch(transfer: FileTransfer): Promise<void> {
    const smallReads = isSmall(transfer) ? 1 : 0;
    this.#reads += 1;
    this.#readsOfSmall += smallReads;
    const read = await transfer.fetchNext();
    if (read !== undefined) this.#stragglers.ended(read);
    this.#reads -= 1;
    this.#readsOfSmall -= smallReads;
    this.#answers += 1;
    this.#lendConnections();
  }
}

function isSmall({ file }: FileTransfer): boolean {
  return file.size <= smallFileBytes;
}
