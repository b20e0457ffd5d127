import type { Clock } from '../net/clock.js';

const windowMs = 1000;
/** Fewer tell nothing about a connection that had just begun. */
const leastBytes = 256 * 1024;

/** Measures how fast one read's bytes come once they do: each second, and what is left at its end. */
export class ReadMeter {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #report: (measured: { bytes: number; ms: number }) => void;
  #sinceMs: number | undefined;
  #bytes = 0;

  constructor(clock: Pick<Clock, 'now'>, report: (measured: { bytes: number; ms: number }) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  arrived(bytes: number): void {
    // When the first ones were sent nobody knows.
    if (this.#sinceMs === undefined) {
      this.#sinceMs = this.#clock.now();
      return;
    }
    this.#bytes += bytes;
    if (this.#clock.now() - this.#sinceMs >= windowMs) this.#tell(this.#sinceMs);
  }

  ended(): void {
    if (this.#sinceMs !== undefined && this.#bytes >= leastBytes) this.#tell(this.#sinceMs);
  }

  #tell(sinceMs: number): void {
    const bytes = this.#bytes;
    const nowMs = this.#clock.now();
    this.#sinceMs = nowMs;
    this.#bytes = 0;
    this.#report({ bytes, ms: Math.max(1, nowMs - sinceMs) });
  }
}
