import type { Segment } from './segments.js';
import type { WatchedRead } from './stragglers.js';

/** Two connections for less than this cost more than they save: what is on its way to the first one is thrown away. */
const leastSharedBytes = 256 * 1024;
const leastSharedMs = 1_500;
/** A new connection first pays some round trips. */
const latenciesToPay = 6;

/** One request under way: what it shall bring, and how fast it does. */
export class ActiveRead implements WatchedRead {
  readonly path: string;
  readonly replacements: number;
  readonly begunMs = performance.now();
  readonly #callOff = new AbortController();
  #segment: Segment;
  #firstByteMs: number | undefined;
  #isShared = false;
  #bytesFetched = 0;
  #isCalledOff = false;
  #isOver = false;
  #quietSinceMs = this.begunMs;
  #heldSinceMs: number | undefined;
  #heldMs = 0;

  constructor(segment: Segment, { path, replacements }: Pick<WatchedRead, 'path' | 'replacements'>) {
    this.#segment = segment;
    this.path = path;
    this.replacements = replacements;
  }

  /** What it shall bring: less than at first, when another read has taken over its end. */
  get segment(): Segment {
    return this.#segment;
  }

  get signal(): AbortSignal {
    return this.#callOff.signal;
  }

  get bytesFetched(): number {
    return this.#bytesFetched;
  }

  get isCalledOff(): boolean {
    return this.#isCalledOff;
  }

  /** @returns ms to the first byte, when this was it */
  arrived(bytes: number): number | undefined {
    this.#bytesFetched += bytes;
    this.#quietSinceMs = performance.now();
    // Once the bytes at hand have been taken: what its server goes on to send is another read's.
    if (this.#isShared && this.restBytes === 0) queueMicrotask(() => this.callOff());
    if (this.#firstByteMs !== undefined) return undefined;
    this.#firstByteMs = this.#quietSinceMs;
    return this.#firstByteMs - this.begunMs;
  }

  /** How long it will still take at the speed that it had, in ms; 0 while that is not known. */
  get restMs(): number {
    if (this.#firstByteMs === undefined) return 0;
    const bytesPerMs = this.#bytesFetched / Math.max(1, performance.now() - this.#firstByteMs);
    return this.restBytes / bytesPerMs;
  }

  get isWorthSharing(): boolean {
    const latencyMs = (this.#firstByteMs ?? this.begunMs) - this.begunMs;
    return this.restBytes >= leastSharedBytes && this.restMs > Math.max(leastSharedMs, latenciesToPay * latencyMs);
  }

  /** Gives the second half of what is still to come to another read. */
  shareOut(): Segment {
    const { start, end } = this.#segment;
    const middle = end - Math.floor(this.restBytes / 2);
    this.#segment = { start, end: middle };
    this.#isShared = true;
    return { start: middle, end };
  }

  /** What this read may still bring of a run: its end may have become another's. */
  clip(run: Segment): Segment {
    return this.#isShared ? { start: run.start, end: Math.min(run.end, Math.max(run.start, this.#segment.end)) } : run;
  }

  /** Nothing more comes. */
  end(): void {
    this.#isOver = true;
  }

  /** Something may still come. */
  get isOpen(): boolean {
    return !this.#isOver && !this.#isCalledOff;
  }

  /** Ends it. That is no failure, and what has arrived stays. */
  callOff(): void {
    this.#isCalledOff = true;
    this.#callOff.abort();
  }

  /** Runs what keeps the read from going on, be the link fast or slow. */
  async held<T>(work: () => Promise<T>): Promise<T> {
    this.#heldSinceMs = performance.now();
    try {
      return await work();
    } finally {
      this.#quietSinceMs = performance.now();
      this.#heldMs += this.#quietSinceMs - this.#heldSinceMs;
      this.#heldSinceMs = undefined;
    }
  }

  get heldMs(): number {
    return this.#heldMs + (this.#heldSinceMs === undefined ? 0 : performance.now() - this.#heldSinceMs);
  }

  get quietSinceMs(): number {
    return this.#heldSinceMs === undefined ? this.#quietSinceMs : performance.now();
  }

  get restBytes(): number {
    return Math.max(0, this.#segment.end - this.#segment.start - this.#bytesFetched);
  }
}
