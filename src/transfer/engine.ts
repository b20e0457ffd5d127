import type { ActiveFile } from '../events.js';
import { FileTransfer, type TransferFile, type TransferOutcome } from './file-transfer.js';

/** A file that one short request brings: it must not wait behind a large one, nor hold a large one up. */
const smallFileBytes = 1024 * 1024;

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
  readonly #connections: number;
  readonly #signal: AbortSignal;
  readonly #transfers = new Set<FileTransfer>();
  #reads = 0;
  #bytesOfEnded = 0;
  #readsOfSmall = 0;

  /** @param connections  at most this many reads at a time */
  constructor({ connections, signal }: { connections: number; signal: AbortSignal }) {
    this.#connections = connections;
    this.#signal = signal;
  }

  /**
   * Brings one file; resolves when it is published or has failed, and never rejects. May be called at any time, for as
   * many files as one likes. The target is closed in any case, and keeps what it has.
   *
   * @param opened  told how many bytes were here already, before the first request
   */
  async transfer(file: TransferFile, opened?: (bytesHere: number) => void): Promise<TransferResult> {
    const transfer = new FileTransfer(file, {
      connections: this.#connections,
      signal: this.#signal,
      changed: () => this.#lendConnections(),
    });
    this.#transfers.add(transfer);
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
      this.#transfers.delete(transfer);
      this.#bytesOfEnded += transfer.outcome.bytesFetched;
    }
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

  #lendConnections(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) void this.#fetch(next);
  }

  #next(): FileTransfer | undefined {
    if (this.#reads >= this.#connections || this.#signal.aborted) return undefined;
    let small: FileTransfer | undefined;
    let large: FileTransfer | undefined;
    for (const transfer of this.#transfers) {
      if (!transfer.wantsConnection) continue;
      if (isSmall(transfer)) small ??= transfer;
      else large ??= transfer;
      if (small !== undefined && large !== undefined) break;
    }
    return this.#readsOfSmall < this.#connections / 2 ? (small ?? large) : (large ?? small);
  }

  async #fetch(transfer: FileTransfer): Promise<void> {
    const smallReads = isSmall(transfer) ? 1 : 0;
    this.#reads += 1;
    this.#readsOfSmall += smallReads;
    await transfer.fetchNext();
    this.#reads -= 1;
    this.#readsOfSmall -= smallReads;
    this.#lendConnections();
  }
}

function isSmall({ file }: FileTransfer): boolean {
  return file.size <= smallFileBytes;
}
