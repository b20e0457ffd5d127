import { ActiveRead } from './active-read.js';
import type { Segment } from './segments.js';

/** The reads of one file that are under way, and what was taken from some of them. */
export class FileReads implements Iterable<ActiveRead> {
  readonly #path: string;
  readonly #reads = new Set<ActiveRead>();
  /** What reads that were replaced had not brought, and how often it was taken from one. */
  readonly #taken: { readonly rest: Segment; readonly times: number }[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  [Symbol.iterator](): Iterator<ActiveRead> {
    return this.#reads[Symbol.iterator]();
  }

  get size(): number {
    return this.#reads.size;
  }

  /** The one that is worth sharing and will take longest. */
  get slowest(): ActiveRead | undefined {
    let slowest: ActiveRead | undefined;
    for (const read of this.#reads) {
      if (read.isWorthSharing && read.restMs > (slowest?.restMs ?? 0)) slowest = read;
    }
    return slowest;
  }

  begin(segment: Segment): ActiveRead {
    const replacements = this.#taken
      .filter(({ rest }) => rest.start < segment.end && segment.start < rest.end)
      .reduce((most, { times }) => Math.max(most, times), 0);
    const read = new ActiveRead(segment, { path: this.#path, replacements });
    this.#reads.add(read);
    return read;
  }

  end(read: ActiveRead): void {
    this.#reads.delete(read);
  }

  /** Calls a read off that is slower than its siblings. Whoever brings the rest will be given more time. */
  replace(read: ActiveRead): void {
    const { start, end } = read.segment;
    this.#taken.push({ rest: { start: start + read.bytesFetched, end }, times: read.replacements + 1 });
    read.callOff();
  }
}
