const windowMs = 5_000;

/** Bytes a second over the last seconds, from samples of a growing count. */
export class Speed {
  #samples: { timeMs: number; bytes: number }[] = [];

  /** @param bytes  the count so far, in bytes */
  sample(timeMs: number, bytes: number): number {
    this.#samples.push({ timeMs, bytes });
    while (this.#samples.length > 2 && timeMs - (this.#samples[1]?.timeMs ?? timeMs) >= windowMs) this.#samples.shift();
    const oldest = this.#samples[0];
    if (oldest === undefined || timeMs <= oldest.timeMs) return 0;
    return Math.max(0, ((bytes - oldest.bytes) * 1000) / (timeMs - oldest.timeMs));
  }
}
