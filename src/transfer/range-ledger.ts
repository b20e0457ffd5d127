import { type Segment, SegmentSet, lengthOf } from './segments.js';

/**
 * Which bytes of a file are here, which are being fetched, and which nobody fetches yet. Every byte is accepted once:
 * that is what keeps a range from being written twice.
 */
export class RangeLedger {
  readonly #size: number;
  /** Nobody fetches these yet. */
  readonly #unassigned: SegmentSet;
  /** Given to the target; never to be written again. */
  readonly #accepted: SegmentSet;
  /** Taken by the target. */
  readonly #written: SegmentSet;

  /** @param missing  what the target lacks */
  constructor(size: number, missing: readonly Segment[]) {
    this.#size = size;
    this.#unassigned = new SegmentSet(missing);
    this.#written = new SegmentSet([{ start: 0, end: size }]);
    for (const gap of missing) this.#written.remove(gap);
    this.#accepted = new SegmentSet(this.#written);
  }

  get isComplete(): boolean {
    return this.#written.bytes === this.#size;
  }

  get acceptedBytes(): number {
    return this.#accepted.bytes;
  }

  get unassignedBytes(): number {
    return this.#unassigned.bytes;
  }

  /** Where the run of written bytes that begins at 0 ends. */
  get contiguousEnd(): number {
    return this.#written.contiguousEnd;
  }

  /** Takes the first bytes that nobody fetches, at most so many; undefined where there are none. */
  take(bytes: number): Segment | undefined {
    const gap = this.#unassigned.first;
    if (gap === undefined) return undefined;
    const segment = { start: gap.start, end: Math.min(gap.end, gap.start + bytes) };
    this.#unassigned.remove(segment);
    return segment;
  }

  /** Accepts those bytes of a run that have not been accepted before, and gives them. */
  accept(run: Segment): Segment[] {
    const fresh = this.#accepted.missingFrom({ start: run.start, end: Math.min(run.end, this.#size) });
    for (const part of fresh) {
      this.#accepted.add(part);
      this.#unassigned.remove(part);
    }
    return fresh;
  }

  /** The target has them. */
  wrote(part: Segment): void {
    this.#written.add(part);
  }

  /** What of a segment has not been accepted, in bytes. */
  lackingOf(segment: Segment): number {
    return this.#accepted.missingFrom(segment).reduce((sum, part) => sum + lengthOf(part), 0);
  }

  /** A read of a segment has ended: whoever comes next takes what is left of it. */
  giveBack(segment: Segment): void {
    for (const rest of this.#accepted.missingFrom(segment)) this.#unassigned.add(rest);
  }
}
