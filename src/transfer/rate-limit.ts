import { wait } from './wait.js';

/** So much may be taken ahead after a pause, in ms of the rate: enough to make up for a timer that fires late. */
const burstMs = 50;
/** A pause of the servers is no sign that they can't give more. */
const reachedForMs = 1000;

/**
 * Holds the bytes of all connections together to a rate. Whoever has bytes waits for its turn before it goes on reading,
 * so that the sockets fill and the servers slow down.
 */
export class RateLimit {
  readonly #bytesPerMs: number;
  readonly #now: () => number;
  /** When all that was granted so far will have been paid for. */
  #paidUntilMs: number;
  #waitedAtMs = -Infinity;

  /** @param bytesPerSecond  of all connections together */
  constructor(bytesPerSecond: number, now: () => number = () => performance.now()) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#now = now;
    this.#paidUntilMs = now();
  }

  /** The size of runs that keeps the rate smooth: a tenth of a second's worth, in bytes. */
  get smoothBytes(): number {
    return Math.max(1, Math.floor(this.#bytesPerMs * 100));
  }

  /** Somebody had to wait for a turn just now: one more connection would only make the others slower. */
  get isReached(): boolean {
    return this.#now() - this.#waitedAtMs < reachedForMs;
  }

  /** Resolves when so many bytes may pass. Those who wait are served in the order in which they came. */
  async pass(bytes: number, signal: AbortSignal): Promise<void> {
    const nowMs = this.#now();
    this.#paidUntilMs = Math.max(this.#paidUntilMs, nowMs - burstMs) + bytes / this.#bytesPerMs;
    const waitMs = this.#paidUntilMs - nowMs;
    if (waitMs > 0) this.#waitedAtMs = nowMs + waitMs;
    // Called off: what has arrived is written at once.
    if (waitMs > 0 && !signal.aborted) await wait(waitMs, signal);
  }
}
