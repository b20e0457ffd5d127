import type { ActiveFile, Tell } from '../events.js';
import { Speed } from '../transfer/speed.js';

const sampleMs = 100;

/** What moves or reads bytes: the engine, for one. */
export interface MeteredWork {
  /** That it has moved so far, for the speed. */
  readonly bytesFetched: number;
  /** Of files that are under way. */
  readonly bytesInPlace: number;
  active(): readonly ActiveFile[];
}

/** Samples the whole state of a transfer a few times a second, instead of counting each chunk. */
export class ProgressMeter {
  readonly #work: MeteredWork;
  readonly #tell: Tell;
  readonly #bytesTotal: number;
  readonly #filesTotal: number;
  readonly #speed = new Speed();
  #bytesOfDone = 0;
  #filesDone = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ files, work, tell }: { files: readonly { size: number }[]; work: MeteredWork; tell: Tell }) {
    this.#work = work;
    this.#tell = tell;
    this.#filesTotal = files.length;
    this.#bytesTotal = files.reduce((sum, { size }) => sum + size, 0);
  }

  start(): void {
    this.#timer = setInterval(() => this.#sample(), sampleMs);
  }

  fileDone({ size }: { size: number }): void {
    this.#filesDone += 1;
    this.#bytesOfDone += size;
  }

  /** Tells the last state and ends the sampling. */
  stop(): void {
    clearInterval(this.#timer);
    this.#sample();
  }

  #sample(): void {
    const bytesPerSecond = this.#speed.sample(performance.now(), this.#work.bytesFetched);
    this.#tell({
      type: 'progress',
      progress: {
        bytesDone: this.#bytesOfDone + this.#work.bytesInPlace,
        bytesTotal: this.#bytesTotal,
        filesDone: this.#filesDone,
        filesTotal: this.#filesTotal,
        bytesPerSecond,
        active: this.#work.active(),
      },
    });
  }
}
