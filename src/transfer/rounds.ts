import type { RetryBudget } from './transfer-file.js';

/** The tries of a file: reads that were under way together fail together when a link dies, and that is one try. */
export class Rounds {
  readonly #retry: RetryBudget;
  #current = 0;
  #restingUntil = 0;

  constructor(retry: RetryBudget) {
    this.#retry = retry;
  }

  /** A read that begins now belongs to it. */
  get current(): number {
    return this.#current;
  }

  /** What is left of the wait before the next round, ms. */
  get restMs(): number {
    return Math.max(0, this.#restingUntil - Date.now());
  }

  /**
   * The current round has failed.
   *
   * @returns ms to rest
   * @throws the error that ends the file
   */
  failed(error: unknown): number {
    const restMs = this.#retry.failed(error);
    this.#current += 1;
    this.#restingUntil = Date.now() + restMs;
    return restMs;
  }
}
