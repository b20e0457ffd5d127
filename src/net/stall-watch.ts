const leastBytes = 1024;

/**
 * Calls `stalled` once, when fewer than 1 KiB came in `stallTimeoutMs`. Any gap counts, however a server drips.
 */
export class StallWatch {
  readonly #stallTimeoutMs: number;
  readonly #stalled: () => void;
  #timer: NodeJS.Timeout | undefined;
  #windowStart = performance.now();
  #windowBytes = 0;

  constructor(stallTimeoutMs: number, stalled: () => void) {
    this.#stallTimeoutMs = stallTimeoutMs;
    this.#stalled = stalled;
    this.#look();
  }

  arrived(bytes: number): void {
    this.#windowBytes += bytes;
    if (this.#windowBytes >= leastBytes) this.#openWindow();
  }

  /** From here on nothing is expected, until `resume`. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  resume(): void {
    if (this.#timer !== undefined) return;
    this.#openWindow();
    this.#look();
  }

  stop(): void {
    this.pause();
  }

  #openWindow(): void {
    this.#windowStart = performance.now();
    this.#windowBytes = 0;
  }

  /** One timer for many windows: setting one for each chunk would cost more than reading it. */
  #look(): void {
    const leftMs = this.#windowStart + this.#stallTimeoutMs - performance.now();
    if (leftMs <= 0) {
      this.#timer = undefined;
      this.#stalled();
    } else {
      this.#timer = setTimeout(() => this.#look(), Math.ceil(leftMs));
    }
  }
}
