import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Segment, SegmentSet, lengthOf, runBytes, segmentBytes, totalBytes } from '../../src/transfer/segments.js';

const MiB = 1024 * 1024;
const places = 60;

const segment = fc
  .tuple(fc.nat(places), fc.nat(places))
  .map(([a, b]): Segment => ({ start: Math.min(a, b), end: Math.max(a, b) }));

const steps = fc.array(fc.record({ kind: fc.constantFrom('add', 'remove'), segment }), { maxLength: 40 });

/** The same set, one boolean for each byte. */
class Bits {
  readonly #bits = Array.from({ length: places }, () => false);

  set({ start, end }: Segment, value: boolean): void {
    this.#bits.fill(value, start, end);
  }

  /** The runs of bytes that are (not) in the set, as they must come: ascending, neither overlapping nor touching. */
  runs(value: boolean, { start, end }: Segment): Segment[] {
    const runs: Segment[] = [];
    for (let place = start; place < end; place += 1) {
      if (this.#bits[place] !== value) continue;
      const last = runs.at(-1);
      if (last?.end === place) runs[runs.length - 1] = { start: last.start, end: place + 1 };
      else runs.push({ start: place, end: place + 1 });
    }
    return runs;
  }
}

const whole = { start: 0, end: places };

describe('SegmentSet', () => {
  it('is the set of bytes that was built, whatever was added and removed', () => {
    fc.assert(
      fc.property(steps, segment, (built, asked) => {
        const set = new SegmentSet();
        const bits = new Bits();
        for (const step of built) {
          if (step.kind === 'add') set.add(step.segment);
          else set.remove(step.segment);
          bits.set(step.segment, step.kind === 'add');
        }
        const runs = bits.runs(true, whole);
        expect([...set]).toEqual(runs);
        expect(set.bytes).toBe(totalBytes(runs));
        expect(set.first).toEqual(runs[0]);
        expect(set.contiguousEnd).toBe(runs[0]?.start === 0 ? runs[0].end : 0);
        expect(set.within(asked)).toEqual(bits.runs(true, asked));
        expect(set.missingFrom(asked)).toEqual(bits.runs(false, asked));
      }),
      { numRuns: 500 },
    );
  });

  it('is not changed by asking, nor through the set that it was made from', () => {
    const set = new SegmentSet([{ start: 0, end: 10 }]);
    const copy = new SegmentSet(set);
    copy.remove({ start: 2, end: 4 });
    set.within({ start: 0, end: 5 });
    set.missingFrom({ start: 0, end: 20 });
    expect([...set]).toEqual([{ start: 0, end: 10 }]);
  });
});

describe('segmentBytes', () => {
  it('shares the rest out, within 1 and 16 MiB', () => {
    expect(segmentBytes(10 * MiB, 8)).toBe(MiB);
    expect(segmentBytes(320 * MiB, 8)).toBe(10 * MiB);
    expect(segmentBytes(100_000 * MiB, 8)).toBe(16 * MiB);
    fc.assert(
      fc.property(fc.nat(1e12), fc.integer({ min: 1, max: 256 }), (rest, connections) => {
        const bytes = segmentBytes(rest, connections);
        expect(bytes).toBeGreaterThanOrEqual(MiB);
        expect(bytes).toBeLessThanOrEqual(16 * MiB);
        expect(Number.isInteger(bytes)).toBe(true);
        if (bytes > MiB && bytes < 16 * MiB) expect(bytes).toBe(Math.ceil(rest / (4 * connections)));
      }),
    );
  });
});

describe('runBytes', () => {
  const anyFile = fc.nat(2e12);
  const anyConnections = fc.integer({ min: 1, max: 256 });

  it('never holds more than 64 MiB in all, nor more than 1 MiB each', () => {
    fc.assert(
      fc.property(anyFile, anyConnections, (fileBytes, connections) => {
        const bytes = runBytes(fileBytes, connections);
        expect(Number.isInteger(bytes)).toBe(true);
        expect(bytes).toBeGreaterThanOrEqual(16 * 1024);
        expect(bytes).toBeLessThanOrEqual(MiB);
        expect(3 * bytes * connections).toBeLessThanOrEqual(64 * MiB);
      }),
    );
  });

  it('lets a kill cost at most 1 % of a file above 100 MB, with a run gathered and one in the write', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100_000_001, max: 2e12 }), anyConnections, (fileBytes, connections) => {
        const lost = 2 * connections * runBytes(fileBytes, connections);
        expect(lost).toBeLessThanOrEqual(Math.max(fileBytes / 100, 2 * connections * 16 * 1024));
      }),
    );
  });
});

describe('lengthOf and totalBytes', () => {
  it('count bytes', () => {
    expect(lengthOf({ start: 3, end: 10 })).toBe(7);
    expect(totalBytes([])).toBe(0);
    expect(totalBytes([whole, { start: 1, end: 2 }])).toBe(places + 1);
  });
});
