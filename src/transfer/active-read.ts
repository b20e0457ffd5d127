import type { Segment } from './segments.js';

/** Two connections for less than this cost more than they save: what is on its way to the first one is thrown away. */
const leastSharedBytes = 256 * 1024;
const leastSharedMs = 1_500;
/** A new connection first pays some round trips. */
const latenciesToPay = 6;

/** One request under way: what it shall bring, and how fast it does. */
export class ActiveRead {
  readonly #begunMs = performance.now();
  readonly #callOff = new AbortController();
  #segment: Segment;
  #firstByteMs: number | undefined;
  #isShared = false;
  #bytesFetched = 0;
  #isCalledOff = false;

  constructor(segment: Segment) {
    this.#segment = segment;
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
    // Once the bytes at hand have been taken.
    if (this.#isShared && this.#restBytes === 0) queueMicrotask(() => this.#callOffNow());
    if (this.#firstByteMs !== undefined) return undefined;
    this.#firstByteMs = performance.now();
    return this.#firstByteMs - this.#begunMs;
  }

  /** How long it will still take at the speed that it had, in ms; 0 while that is not known. */
  get restMs(): number {
    if (this.#firstByteMs === undefined) return 0;
    const bytesPerMs = this.#bytesFetched / Math.max(1, performance.now() - this.#firstByteMs);
    return this.#restBytes / bytesPerMs;
  }

  get isWorthSharing(): boolean {
    const latencyMs = (this.#firstByteMs ?? this.#begunMs) - this.#begunMs;
    return this.#restBytes >= leastSharedBytes && this.restMs > Math.max(leastSharedMs, latenciesToPay * latencyMs);
  }

  /** Gives the second half of what is still to come to another read. */
  shareOut(): Segment {
    const { start, end } = this.#segment;
    const middle = end - Math.floor(this.#restBytes / 2);
    this.#segment = { start, end: middle };
    this.#isShared = true;
    return { start: middle, end };
  }

  /** What this read may still bring of a run: its end may have become another's. */
  clip(run: Segment): Segment {
    return this.#isShared ? { start: run.start, end: Math.min(run.end, Math.max(run.start, this.#segment.end)) } : run;
  }

  /** It has brought its part: what its server goes on to send is another read's. */
  #callOffNow(): void {
    this.#isCalledOff = true;
    this.#callOff.abort();
  }

  get #restBytes(): number {
    return Math.max(0, this.#segment.end - this.#segment.start - this.#bytesFetched);
  }
}
