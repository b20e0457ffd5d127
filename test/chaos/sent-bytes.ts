import { type Segment, SegmentSet, lengthOf, totalBytes } from '../../src/transfer/segments.js';

/** Which bytes of which files a hub has sent, and how many of them more than once. */
export class SentBytes {
  /** Bytes that had not been sent before, by whatever answer. */
  first = 0;
  readonly #sent = new SegmentSets();
  readonly #counted = new SegmentSets();
  readonly #twice = new Map<string, number>();

  /**
   * Notes that a part of a file was sent.
   *
   * @param counts  false: nobody had asked for it, so that it is neither the first nor the second time
   * @returns how many of these bytes had not been sent before
   */
  add(path: string, part: Segment, { counts }: { counts: boolean }): number {
    if (counts) {
      const repeated = lengthOf(part) - this.#counted.add(path, part);
      this.#twice.set(path, this.twiceOf(path) + repeated);
    }
    const fresh = this.#sent.add(path, part);
    this.first += fresh;
    return fresh;
  }

  /** Bytes of that file that were sent although they had been sent before. */
  twiceOf(path: string): number {
    return this.#twice.get(path) ?? 0;
  }
}

class SegmentSets {
  readonly #sets = new Map<string, SegmentSet>();

  /** @returns how many of these bytes were not in the set */
  add(path: string, part: Segment): number {
    const set = this.#sets.get(path) ?? new SegmentSet();
    const fresh = totalBytes(set.missingFrom(part));
    set.add(part);
    this.#sets.set(path, set);
    return fresh;
  }
}
