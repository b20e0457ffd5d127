import type { Tell } from '../events.js';
import type { ListedFile } from '../repo/listing.js';
import type { Engine } from '../transfer/engine.js';
import { Speed } from '../transfer/speed.js';

const sampleMs = 100;

/** Samples the whole state of a transfer a few times a second, instead of counting each chunk. */
export class ProgressMeter {
  readonly #engine: Engine;
  readonly #tell: Tell;
  readonly #bytesTotal: number;
  readonly #filesTotal: number;
  readonly #speed = new Speed();
  #bytesOfDone = 0;
  #filesDone = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ files, engine, tell }: { files: readonly ListedFile[]; engine: Engine; tell: Tell }) {
    this.#engine = engine;
    this.#tell = tell;
    this.#filesTotal = files.length;
    this.#bytesTotal = files.reduce((sum, { size }) => sum + size, 0);
  }

  start(): void {
    this.#timer = setInterval(() => this.#sample(), sampleMs);
  }

  fileDone({ size }: ListedFile): void {
    this.#filesDone += 1;
    this.#bytesOfDone += size;
  }

  /** Tells the last state and ends the sampling. */
  stop(): void {
    clearInterval(this.#timer);
    this.#sample();
  }

  #sample(): void {
    const bytesPerSecond = this.#speed.sample(performance.now(), this.#engine.bytesFetched);
    this.#tell({
      type: 'progress',
      progress: {
        bytesDone: this.#bytesOfDone + this.#engine.bytesInPlace,
        bytesTotal: this.#bytesTotal,
        filesDone: this.#filesDone,
        filesTotal: this.#filesTotal,
        bytesPerSecond,
        active: this.#engine.active(),
      },
    });
  }
}
