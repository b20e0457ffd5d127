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

/**
 * Samples the whole state of a transfer a few times a second, instead of counting each chunk. Several who bring files may
 * share one: it goes on until the last of them has stopped.
 */
export class ProgressMeter {
  readonly #work: MeteredWork;
  readonly #tell: Tell;
  readonly #speed = new Speed();
  #bytesTotal = 0;
  #filesTotal = 0;
  #bytesOfDone = 0;
  #filesDone = 0;
  #users = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ work, tell }: { work: MeteredWork; tell: Tell }) {
    this.#work = work;
    this.#tell = tell;
  }

  /** @param files  that are to come, besides those that others have begun with */
  start(files: readonly { size: number }[]): void {
    this.#filesTotal += files.length;
    this.#bytesTotal += files.reduce((sum, { size }) => sum + size, 0);
    this.#users += 1;
    this.#timer ??= setInterval(() => this.#sample(), sampleMs);
  }

  fileDone({ size }: { size: number }): void {
    this.#filesDone += 1;
    this.#bytesOfDone += size;
  }

  /** Tells the state, and ends the sampling where nobody else is at it. */
  stop(): void {
    this.#users -= 1;
    if (this.#users === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
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
