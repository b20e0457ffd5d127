import type { ActiveFile, Tell } from '../events.js';
import { Speed } from '../transfer/speed.js';

const sampleMs = 100;

interface MeteredFile {
  readonly path: string;
  readonly size: number;
}

/** Tells a few times a second how far the reading of files on this disk has come. */
export class CheckMeter {
  readonly #tell: Tell;
  readonly #speed = new Speed();
  readonly #active = new Map<string, ActiveFile>();
  #bytesTotal = 0;
  #filesTotal = 0;
  #filesDone = 0;
  #bytesDone = 0;
  #bytesRead = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** So much more is to be read: sizes of files, in bytes. */
  expect(sizes: readonly number[]): void {
    this.#filesTotal += sizes.length;
    this.#bytesTotal += sizes.reduce((sum, size) => sum + size, 0);
  }

  start(): void {
    this.#timer = setInterval(() => this.#sample(), sampleMs);
  }

  /** So much more of a file has been read. */
  advance({ path, size }: MeteredFile, bytes: number): void {
    this.#bytesRead += bytes;
    const before = this.#active.get(path)?.bytesDone ?? 0;
    const bytesDone = Math.min(size, before + bytes);
    // Of several places that are tried for one file, none counts twice.
    this.#active.set(path, { path, bytesDone, bytesTotal: size, phase: 'checking' });
  }

  /** A file that was expected has been read, or need not be. */
  done({ path, size }: MeteredFile): void {
    this.#active.delete(path);
    this.#filesDone += 1;
    this.#bytesDone += size;
  }

  /** Tells the last state and ends the sampling. */
  stop(): void {
    clearInterval(this.#timer);
    this.#sample();
  }

  #sample(): void {
    const bytesPerSecond = this.#speed.sample(performance.now(), this.#bytesRead);
    const active = [...this.#active.values()];
    const bytesDone = this.#bytesDone + active.reduce((sum, file) => sum + file.bytesDone, 0);
    this.#tell({
      type: 'progress',
      progress: {
        bytesDone,
        bytesTotal: this.#bytesTotal,
        filesDone: this.#filesDone,
        filesTotal: this.#filesTotal,
        bytesPerSecond,
        active,
      },
    });
  }
}
