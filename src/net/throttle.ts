import type { Tell } from '../events.js';
import type { Clock } from './clock.js';
import { RateLimited } from './errors.js';

/** A server that asks for more patience than this is not waited for. The contract's number. */
export const longestHintMs = 15 * 60 * 1000;

/** Holds back all requests to an origin that asked for patience. Shared by a run. */
export class Throttle {
  readonly #clock: Clock;
  readonly #tell: Tell;
  readonly #holds = new Map<string, { until: number; toldUntil: number }>();

  constructor({ clock, tell }: { clock: Clock; tell: Tell }) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Notes that the server at `url` wants to be left alone for `waitMs`. */
  hold(url: URL, waitMs: number): void {
    const until = this.#clock.now() + waitMs;
    const hold = this.#holds.get(url.origin) ?? { until: 0, toldUntil: 0 };
    hold.until = Math.max(hold.until, until);
    this.#holds.set(url.origin, hold);
  }

  /**
   * Resolves when the server at `url` may be asked.
   *
   * @throws RateLimited  it would take too long; or the signal's `abortReason`
   */
  async pass(url: URL, signal: AbortSignal): Promise<void> {
    for (;;) {
      const hold = this.#holds.get(url.origin);
      if (hold === undefined) return;
      const leftMs = hold.until - this.#clock.now();
      if (leftMs > longestHintMs) throw new RateLimited({ host: url.host, retryAfterMs: leftMs });
      if (leftMs <= 0) {
        this.#holds.delete(url.origin);
        if (hold.toldUntil > 0) this.#tell({ type: 'waited', reason: 'rate-limit', on: url.host });
        return;
      }
      // Only now: another endpoint may have been asked instead. Several wait together; once is enough for a person.
      if (hold.until >= hold.toldUntil + 1000) {
        hold.toldUntil = hold.until;
        this.#tell({ type: 'waiting', reason: 'rate-limit', on: url.host, waitMs: leftMs });
      }
      await this.#clock.sleep(leftMs, signal);
    }
  }
}
