import type { DigestPool } from '../../cache/verify/digest-pool.js';
import type { Tell } from '../../events.js';
import { Speed } from '../../transfer/speed.js';

const sampleMs = 100;

/** Samples a few times a second how far the reading is. */
export class VerifyMeter {
  readonly #speed = new Speed();
  #filesDone = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: { pool: DigestPool; tell: Tell; filesTotal: number; bytesTotal: number }) {}

  start(): void {
    this.#timer = setInterval(() => this.#sample(), sampleMs);
  }

  fileDone(): void {
    this.#filesDone += 1;
  }

  /** Tells the last state and ends the sampling. */
  stop(): void {
    clearInterval(this.#timer);
    this.#sample();
  }

  #sample(): void {
    const { pool, tell, filesTotal, bytesTotal } = this.options;
    const bytesDone = pool.bytesRead;
    tell({
      type: 'progress',
      progress: {
        bytesDone,
        bytesTotal,
        filesDone: this.#filesDone,
        filesTotal,
        bytesPerSecond: this.#speed.sample(performance.now(), bytesDone),
        active: pool.active().map((file) => ({ ...file, phase: 'checking' as const })),
      },
    });
  }
}
