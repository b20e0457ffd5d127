import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RangeLedger } from '../../src/transfer/range-ledger.js';
import { type Segment, SegmentSet, lengthOf, totalBytes } from '../../src/transfer/segments.js';

const size = 60;
const whole = { start: 0, end: size };

const segment = fc
  .tuple(fc.nat(size), fc.nat(size))
  .map(([a, b]): Segment => ({ start: Math.min(a, b), end: Math.max(a, b) }));

/** What connections do, in any order: begin, bring bytes (asked for or not), end. */
const step = fc.oneof(
  fc.record({ does: fc.constant('take' as const), bytes: fc.integer({ min: 1, max: size }) }),
  fc.record({ does: fc.constant('bring' as const), run: segment }),
  fc.record({ does: fc.constant('end' as const), which: fc.nat() }),
);
const missing = fc.array(segment, { maxLength: 5 }).map((parts) => [...new SegmentSet(parts)]);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function ledgerAfter(lacking: readonly Segment[], steps: readonly Step[]) {
  const ledger = new RangeLedger(size, lacking);
  const accepted: Segment[] = [];
  const taken: Segment[] = [];
  for (const each of steps) {
    if (each.does === 'take') {
      const segmentTaken = ledger.take(each.bytes);
      if (segmentTaken !== undefined) taken.push(segmentTaken);
    } else if (each.does === 'bring') {
      for (const part of ledger.accept(each.run)) {
        accepted.push(part);
        ledger.wrote(part);
      }
    } else if (taken.length > 0) {
      const [ended] = taken.splice(each.which % taken.length, 1);
      if (ended !== undefined) ledger.giveBack(ended);
    }
  }
  return { ledger, accepted, taken };
}

describe('RangeLedger', () => {
  it('accepts every byte that was missing once, and no other, whatever comes in which order', () => {
    fc.assert(
      fc.property(missing, fc.array(step, { maxLength: 30 }), (lacking, steps) => {
        const { ledger, accepted } = ledgerAfter(lacking, steps);
        accepted.push(...ledger.accept(whole));
        expect([...new SegmentSet(accepted)]).toEqual(lacking);
        expect(totalBytes(accepted)).toBe(totalBytes(lacking));
      }),
    );
  });

  it('forgets no byte: when all reads have ended, whoever comes next gets all that is missing', () => {
    fc.assert(
      fc.property(missing, fc.array(step, { maxLength: 30 }), (lacking, steps) => {
        const { ledger, accepted, taken } = ledgerAfter(lacking, steps);
        for (const ended of taken) ledger.giveBack(ended);
        const rest = new SegmentSet(lacking);
        for (const part of accepted) rest.remove(part);
        expect(ledger.unassignedBytes).toBe(rest.bytes);
        for (let next = ledger.take(7); next !== undefined; next = ledger.take(7)) {
          expect(lengthOf(next)).toBeLessThanOrEqual(7);
          for (const part of ledger.accept(next)) ledger.wrote(part);
        }
        expect(ledger.isComplete).toBe(true);
        expect(ledger.contiguousEnd).toBe(size);
      }),
    );
  });

  it('never lends the same byte to two reads at a time', () => {
    fc.assert(
      fc.property(missing, fc.array(step, { maxLength: 30 }), (lacking, steps) => {
        const { taken } = ledgerAfter(lacking, steps);
        expect(new SegmentSet(taken).bytes).toBe(totalBytes(taken));
      }),
    );
  });
});
