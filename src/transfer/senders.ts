import { type Segment, SegmentSet } from './segments.js';
import { type Suspects, unprovedOrigin } from './source.js';

/** Bytes that were here before this run. */
const earlierRun = '';

/** Who sent which bytes of one file, until its digest is judged. */
export class Senders {
  readonly #ranges = new Map<string, SegmentSet>();

  /** Who sent something in this run. */
  get origins(): string[] {
    return [...this.#ranges.keys()].filter((origin) => origin !== earlierRun && origin !== unprovedOrigin);
  }

  get earlierBytes(): number {
    return [earlierRun, unprovedOrigin].reduce((sum, origin) => sum + (this.#ranges.get(origin)?.bytes ?? 0), 0);
  }

  /**
   * @param missing  what is not here yet
   * @param unproved  what is here and came from no server
   */
  openedWith(missing: readonly Segment[], size: number, unproved: readonly Segment[] = []): void {
    const here = new SegmentSet([{ start: 0, end: size }]);
    for (const gap of [...missing, ...unproved]) here.remove(gap);
    this.#ranges.clear();
    if (here.bytes > 0) this.#ranges.set(earlierRun, here);
    if (unproved.length > 0) this.#ranges.set(unprovedOrigin, new SegmentSet(unproved));
  }

  sent(origin: string, part: Segment): void {
    const ranges = this.#ranges.get(origin) ?? new SegmentSet();
    this.#ranges.set(origin, ranges);
    ranges.add(part);
  }

  /**
   * The file is wrong: forgets what is to be fetched anew, and gives it. That is what came from no server, where there is
   * such; of several senders what the one to doubt first has sent; else all.
   *
   * @returns `isForgiven` where it will be fetched from others than before, so that it may well be right then
   */
  forgetWrong(suspects: Suspects | undefined, size: number): { ranges: Segment[]; isForgiven: boolean } {
    const unproved = this.#ranges.get(unprovedOrigin);
    if (unproved !== undefined) {
      this.#ranges.delete(unprovedOrigin);
      return { ranges: [...unproved], isForgiven: true };
    }
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
