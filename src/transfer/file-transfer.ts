import { setMaxListeners } from 'node:events';
import { HubError, abortReason } from '../errors.js';
import type { Digest } from '../repo/digest.js';
import { DigestFront } from './digest-front.js';
import { DigestMismatch, firstMismatch } from './digest-mismatch.js';
import type { Concurrency } from './concurrency.js';
import type { ActiveRead } from './active-read.js';
import { FileReads } from './file-reads.js';
import { RangeLedger } from './range-ledger.js';
import type { RateLimit } from './rate-limit.js';
import { Rounds } from './rounds.js';
import { Senders } from './senders.js';
import { firstSegmentBytes, lengthOf, mostConnections, runBytes, segmentBytes, totalBytes } from './segments.js';
import { type Run, type Sink, bytesOf, cutRun } from './source.js';
import type { FileTransferOptions, TransferFile, TransferOutcome } from './transfer-file.js';
import { wait } from './wait.js';

/** One flipped bit heals by fetching once more; a server that is wrong twice is not asked a third time. */
const mismatchesAllowed = 1;
/** At most this much time of received bytes is lost when the process is killed. */
const runAgeMs = 250;

/**
 * One file under way. Has no connections of its own: the engine lends them, one for each call of `fetchNext`.
 */
export class FileTransfer {
  readonly file: TransferFile;
  readonly #concurrency: Concurrency;
  readonly #rateLimit: RateLimit | undefined;
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  readonly #onAbort = () => this.stop(abortReason(this.#signal));
  readonly #front: DigestFront;
  readonly #changed: () => void;
  readonly #readFailed: (read: ActiveRead) => void;
  #ledger: RangeLedger;
  readonly #reads: FileReads;
  #restingReads = 0;
  readonly #rounds: Rounds;
  #mismatches = 0;
  #checkedBytes = 0;
  #failure: { readonly error: unknown } | undefined;
  #onSettled: (() => void) | undefined;
  readonly #senders = new Senders();
  #phase: 'checking' | 'fetching' | 'publishing' = 'checking';
  readonly #outcome: TransferOutcome = { bytesResumed: 0, bytesFetched: 0, bytesWasted: 0 };

  constructor(file: TransferFile, options: FileTransferOptions) {
    const { concurrency, rateLimit, hasher, signal, changed, readFailed } = options;
    this.file = file;
    this.#reads = new FileReads(file.path);
    this.#rounds = new Rounds(file.retry);
    this.#readFailed = readFailed;
    this.#concurrency = concurrency;
    this.#rateLimit = rateLimit;
    this.#changed = changed;
    this.#ledger = new RangeLedger(file.size, [{ start: 0, end: file.size }]);
    this.#signal = AbortSignal.any([signal, this.#abort.signal]);
    // Each read under way listens to it: more than Node's guess of what a leak looks like.
    setMaxListeners(0, this.#signal);
    if (this.#signal.aborted) this.#onAbort();
    else this.#signal.addEventListener('abort', this.#onAbort, { once: true });
    const algorithms = file.digests.map(({ algorithm }) => algorithm);
    this.#front = new DigestFront(algorithms, file.size, hasher);
  }

  get phase(): 'checking' | 'fetching' | 'publishing' {
    return this.#phase;
  }

  /** In place; while what is here is read back: read by now. */
  get bytesDone(): number {
    return this.#phase === 'checking' ? this.#checkedBytes : this.#ledger.acceptedBytes;
  }

  get outcome(): TransferOutcome {
    return this.#outcome;
  }

  /** Finds out what is here already. Afterwards `wantsConnection` tells the truth. */
  async open(): Promise<void> {
    this.#throwIfFailed();
    const missing = await this.file.target.missing((offset, bytes) => {
      // Of a large file this takes minutes: nobody who called it off waits for them.
      this.#throwIfFailed();
      this.#front.visit(offset, bytes);
      this.#checkedBytes += bytes.byteLength;
    });
    this.#ledger = new RangeLedger(this.file.size, missing);
    this.#senders.openedWith(missing, this.file.size, this.file.target.unproved);
    this.#outcome.bytesResumed = this.#ledger.acceptedBytes;
    this.#phase = 'fetching';
    // No request is needed for an empty file: the empty run alone makes it.
    if (this.file.size === 0) await this.file.target.write({ offset: 0, buffers: [], origin: '' });
  }

  /** There are bytes that nobody fetches. */
  get wantsConnection(): boolean {
    return this.#takesConnections && this.#ledger.unassignedBytes > 0;
  }

  /** Nothing is left to begin, but a read that takes long could be shared with one more connection. */
  get canSplit(): boolean {
    // What is slow because of the limit gets no faster by being shared, and what its connection holds would come twice.
    if (this.#rateLimit?.isReached === true) return false;
    return this.#takesConnections && this.#sendsRanges() && this.#reads.slowest !== undefined;
  }

  get isBusy(): boolean {
    return this.#reads.size > 0 || this.#phase !== 'fetching';
  }

  /** Those under way that could be replaced: another one would go on where they are. */
  get reads(): readonly ActiveRead[] {
    return this.#sendsRanges() ? [...this.#reads].filter(({ isOpen }) => isOpen) : [];
  }

  /** Takes from a read what it has not brought, since it is slower than its siblings: others bring it. */
  replace(read: ActiveRead): void {
    this.#reads.replace(read);
  }

  /** Resolves when no read is under way and either nothing is missing or the file has failed. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSettled = resolve;
      this.#settleIfDone();
    });
  }

  /**
   * Brings the next segment over one connection, or the second half of what the slowest read has before it. Never throws:
   * what went wrong comes out of `finish`.
   *
   * @returns the read, which is over; undefined where there was nothing to do
   */
  async fetchNext(): Promise<ActiveRead | undefined> {
    const read = this.#begin();
    if (read === undefined) return undefined;
    const round = this.#rounds.current;
    const couldRange = this.#sendsRanges();
    let restMs = 0;
    try {
      await this.file.source.read(read.segment, this.#sinkOf(read), AbortSignal.any([this.#signal, read.signal]));
      if (this.#ledger.lackingOf(read.segment) > 0) throw new Error(`${this.file.path}: the answer was too short`);
    } catch (error) {
      const learntNoRanges = couldRange && !this.#sendsRanges() && read.bytesFetched === 0;
      if (!read.isCalledOff && !learntNoRanges) restMs = this.#failed(error, { round, read });
    }
    void this.#end(read, restMs);
    return read;
  }

  /** After `settled`: judges the bytes and publishes them. False: they were wrong, and are being fetched once more. */
  async finish(): Promise<boolean> {
    this.#phase = 'publishing';
    await this.#front.settle();
    this.#throwIfFailed();
    const actual = await this.#front.finish(this.file.target.descriptor, this.#signal);
    const wrong = firstMismatch(this.file.digests, actual);
    if (wrong === undefined) {
      this.file.source.suspects?.confirm();
      await this.file.target.publish();
      return true;
    }
    await this.#startAnew(wrong.expected, wrong.actual);
    return false;
  }

  /** Ends what is under way; `settled` tells when it has ended. Idempotent. */
  stop(reason: unknown): void {
    this.#failure ??= { error: reason };
    this.#abort.abort(reason);
    this.#settleIfDone();
  }

  /** Ends what is under way and lets go of the target. Never throws. */
  async close(): Promise<void> {
    if (this.#reads.size > 0) {
      this.stop(new Error('closed'));
      await this.settled();
    }
    // Node keeps a signal that is listened to, and all that it knows, for as long as those live that it follows.
    this.#signal.removeEventListener('abort', this.#onAbort);
    await this.#front.settle();
    await this.file.target.close();
  }

  /** Not while a failure is waited out: a read of other bytes would only meet it too. */
  get #takesConnections(): boolean {
    if (this.#phase !== 'fetching' || this.#failure !== undefined || this.#restingReads > 0) return false;
    if (this.#reads.size >= mostConnections(this.file.size)) return false;
    return this.#sendsRanges() || this.#reads.size === 0;
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #sendsRanges(): boolean {
    return !this.file.source.ignoresRanges;
  }

  #begin(): ActiveRead | undefined {
    const segment = this.#ledger.take(this.#nextSegmentBytes()) ?? this.#reads.slowest?.shareOut();
    return segment === undefined ? undefined : this.#reads.begin(segment);
  }

  #nextSegmentBytes(): number {
    if (!this.#sendsRanges()) return this.file.size;
    const isFirst = this.#outcome.bytesFetched === 0 && this.#reads.size === 0;
    return isFirst ? firstSegmentBytes : segmentBytes(this.#ledger.unassignedBytes, this.#concurrency.limit);
  }

  #sinkOf(read: ActiveRead): Sink {
    const isFirst = this.#outcome.bytesFetched === 0;
    return {
      runBytes: Math.min(runBytes(this.file.size, this.#concurrency.limit), this.#rateLimit?.smoothBytes ?? Infinity),
      runAgeMs,
      arrived: (bytes) => {
        this.#outcome.bytesFetched += bytes;
        const latencyMs = read.arrived(bytes);
        // The first read of a file also finds out where the bytes are, and connects: some three round trips.
        if (latencyMs !== undefined) this.#concurrency.answered(isFirst ? latencyMs / 3 : latencyMs);
      },
      held: (wait) => read.held(wait),
      write: (run) => read.held(() => this.#write(run, read)),
    };
  }

  /** Writes the parts of a run that are not here yet: a late or repeated byte is thrown away, never written again. */
  async #write(run: Run, read: ActiveRead): Promise<void> {
    const bytes = bytesOf(run);
    await this.#rateLimit?.pass(bytes, this.#signal);
    const fresh = this.#ledger.accept(read.clip({ start: run.offset, end: run.offset + bytes }));
    const freshBytes = fresh.reduce((sum, part) => sum + lengthOf(part), 0);
    this.#outcome.bytesWasted += bytes - freshBytes;
    this.file.retry.progressed(freshBytes);
    // A small file that comes in one piece is digested while it is at hand.
    if (freshBytes === this.file.size) this.#front.visitRun(run);
    for (const part of fresh) {
      await this.file.target.write(lengthOf(part) === bytes ? run : cutRun(run, part));
      this.#ledger.wrote(part);
      this.#senders.sent(run.origin, part);
    }
    const { descriptor } = this.file.target;
    if (descriptor !== undefined) this.#front.follow(descriptor, this.#ledger.contiguousEnd);
  }

  /** @returns ms to rest */
  #failed(error: unknown, { round, read }: { round: number; read: ActiveRead }): number {
    if (this.#failure !== undefined) return 0;
    if (this.#signal.aborted) error = abortReason(this.#signal);
    if (this.#signal.aborted || !(error instanceof HubError) || !error.retryable) {
      this.stop(error);
      return 0;
    }
    if (round < this.#rounds.current) return this.#rounds.restMs;
    // A link that breaks now and then is no server that has enough of us.
    if (read.bytesFetched === 0) this.#concurrency.failed();
    this.#readFailed(read);
    try {
      return this.#rounds.failed(error);
    } catch (final) {
      this.stop(final);
      return 0;
    }
  }

  /** What is left of a segment waits out the backoff without a connection, then anyone may take it. */
  async #end(read: ActiveRead, restMs: number): Promise<void> {
    read.end();
    this.#restingReads += 1;
    if (restMs > 0) await wait(restMs, this.#signal);
    this.#restingReads -= 1;
    this.#reads.end(read);
    this.#ledger.giveBack(read.segment);
    this.#settleIfDone();
    this.#changed();
  }

  #settleIfDone(): void {
    if (this.#reads.size > 0) return;
    if (this.#failure !== undefined || this.#ledger.isComplete) this.#onSettled?.();
  }

  /** Fetches once more what is wrong, as far as that can be told: the digest, which is of all, begins at the first byte. */
  async #startAnew(expected: Digest, actual: Digest): Promise<void> {
    const { path, size, source, target } = this.file;
    const { origins } = this.#senders;
    const { ranges, isForgiven } = this.#senders.forgetWrong(source.suspects, size);
    await target.drop(ranges);
    const resumedBytes = this.#senders.earlierBytes;
    this.#outcome.bytesWasted += totalBytes(ranges) - (this.#outcome.bytesResumed - resumedBytes);
    this.#outcome.bytesResumed = resumedBytes;
    if (!isForgiven) this.#mismatches += 1;
    if (this.#mismatches > mismatchesAllowed) throw new DigestMismatch({ path, expected, actual, origins });
    this.#front.restart();
    this.#ledger = new RangeLedger(size, ranges);
    this.#phase = 'fetching';
  }
}
