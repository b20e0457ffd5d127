import { type Segment, SegmentSet } from './segments.js';
import type { Suspects } from './source.js';

/** Bytes that were here before this run. */
const earlierRun = '';

/** Who sent which bytes of one file, until its digest is judged. */
export class Senders {
  readonly #ranges = new Map<string, SegmentSet>();

  /** Who sent something in this run. */
  get origins(): string[] {
    return [...this.#ranges.keys()].filter((origin) => origin !== earlierRun);
  }

  get earlierBytes(): number {
    return this.#ranges.get(earlierRun)?.bytes ?? 0;
  }

  /** @param missing  what is not here yet */
  openedWith(missing: readonly Segment[], size: number): void {
    const here = new SegmentSet([{ start: 0, end: size }]);
    for (const gap of missing) here.remove(gap);
    this.#ranges.clear();
    if (here.bytes > 0) this.#ranges.set(earlierRun, here);
  }

  sent(origin: string, part: Segment): void {
    const ranges = this.#ranges.get(origin) ?? new SegmentSet();
    this.#ranges.set(origin, ranges);
    ranges.add(part);
  }

  /**
   * The file is wrong: forgets what is to be fetched anew, and gives it. Of several senders that is what the one to doubt
   * first has sent; else all.
   *
   * @returns `isForgiven` where it will be fetched from others than before, so that it may well be right then
   */
  forgetWrong(suspects: Suspects | undefined, size: number): { ranges: Segment[]; isForgiven: boolean } {
    const all = [...this.#ranges.keys()];
    const suspect = all.length > 1 ? suspects?.doubt(all) : undefined;
    if (suspect !== undefined) {
      const ranges = [...(this.#ranges.get(suspect) ?? [])];
      this.#ranges.delete(suspect);
      return { ranges, isForgiven: true };
    }
    const [only] = all;
    const isForgiven = all.length === 1 && only !== undefined && suspects?.convict(only) === true;
    this.#ranges.clear();
    return { ranges: [{ start: 0, end: size }], isForgiven };
  }
}
