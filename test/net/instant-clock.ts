import { abortReason } from '../../src/errors.js';
import type { Clock } from '../../src/net/clock.js';

/** Time that passes only where somebody sleeps: waits of minutes take none. */
export class InstantClock implements Clock {
  ms = 0;
  /** Every wait that was not 0, in ms. */
  readonly slept: number[] = [];

  now(): number {
    return this.ms;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(abortReason(signal));
    this.ms += ms;
    if (ms > 0) this.slept.push(ms);
    return Promise.resolve();
  }
}
