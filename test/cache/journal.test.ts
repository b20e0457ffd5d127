import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type HaveRecord,
  type JournalHeader,
  decodeJournal,
  encodeDrop,
  encodeHave,
  encodeHeader,
  originHash,
} from '../../src/cache/journal.js';
import type { Segment } from '../../src/transfer/segments.js';

const size = 1000;
const header: JournalHeader = { size, digests: [`sha256:${'0'.repeat(64)}`] };
const headerBytes = encodeHeader(header);
const recordBytes = encodeDrop({ start: 0, end: 1 }).length;

const segment = fc
  .tuple(fc.nat(size - 1), fc.integer({ min: 1, max: 200 }))
  .map(([start, length]): Segment => ({ start, end: Math.min(size, start + length) }));

type Step = { kind: 'have'; record: HaveRecord } | { kind: 'drop'; segment: Segment };

const have = fc
  .record({ segment, crc32: fc.nat(0xffff_ffff), origin: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) })
  .map(({ segment: range, ...rest }): Step => ({ kind: 'have', record: { ...range, ...rest } }));
const drop = segment.map((range): Step => ({ kind: 'drop', segment: range }));
const steps = fc.array(fc.oneof({ weight: 3, arbitrary: have }, { weight: 1, arbitrary: drop }), { maxLength: 30 });

function encode(history: readonly Step[]): Buffer {
  const records = history.map((step) => (step.kind === 'have' ? encodeHave(step.record) : encodeDrop(step.segment)));
  return Buffer.concat([headerBytes, ...records]);
}

function rangeOf(step: Step): Segment {
  return step.kind === 'have' ? step.record : step.segment;
}

function touches(a: Segment, b: Segment): boolean {
  return a.start < b.end && b.start < a.end;
}

/** A record counts if nothing that came later touches it. */
function model(history: readonly Step[]): HaveRecord[] {
  const haves = history.flatMap((step, index) => {
    const isOverridden = history.slice(index + 1).some((later) => touches(rangeOf(later), rangeOf(step)));
    return step.kind === 'have' && !isOverridden ? [step.record] : [];
  });
  return haves.sort((a, b) => a.start - b.start);
}

function havesOf(bytes: Buffer): HaveRecord[] {
  const journal = decodeJournal(bytes);
  return journal.kind === 'known' ? journal.haves : [];
}

describe('a journal', () => {
  it('gives back what was written, later records before earlier ones', () => {
    fc.assert(
      fc.property(steps, (history) => {
        expect(decodeJournal(encode(history))).toEqual({ kind: 'known', header, haves: model(history) });
      }),
      { numRuns: 500 },
    );
  });

  it('loses only what was torn off its end', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (history, cut) => {
        const bytes = encode(history);
        const kept = headerBytes.length + (cut % (bytes.length - headerBytes.length + 1));
        const whole = Math.floor((kept - headerBytes.length) / recordBytes);
        expect(havesOf(bytes.subarray(0, kept))).toEqual(model(history.slice(0, whole)));
      }),
    );
  });

  it('loses only what was zeroed', () => {
    fc.assert(
      fc.property(steps, fc.nat(), fc.nat(200), (history, cut, zeros) => {
        const bytes = encode(history);
        const kept = headerBytes.length + (cut % (bytes.length - headerBytes.length + 1));
        const whole = Math.floor((kept - headerBytes.length) / recordBytes);
        const zeroed = Buffer.concat([bytes.subarray(0, kept), Buffer.alloc(bytes.length - kept + zeros)]);
        // A record whose end is zero anyway is still whole.
        const expected = [whole, whole + 1].map((count) => model(history.slice(0, count)));
        expect(expected).toContainEqual(havesOf(zeroed));
      }),
    );
  });

  it('never gives a range that was not recorded, whichever byte is flipped', () => {
    fc.assert(
      fc.property(steps, fc.nat(), fc.integer({ min: 1, max: 255 }), (history, place, mask) => {
        const bytes = encode(history);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        const spoilt = Math.floor((at - headerBytes.length) / recordBytes);
        const expected = at < headerBytes.length ? [] : model(history.filter((_, index) => index !== spoilt));
        expect(havesOf(bytes)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('is of an unknown kind when another version wrote it, or its header has other fields', () => {
    for (const json of ['{"format":2,"size":1,"digests":["x"]}', '{"format":1,"pieces":[]}', '[]', 'no JSON']) {
      const line = `${json} ${crc32(json).toString(16).padStart(8, '0')}\n`;
      expect(decodeJournal(Buffer.from(line)), json).toEqual({ kind: 'unknown' });
    }
  });

  it('is broken when it has no whole header', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeJournal(Buffer.from(bytes))).toEqual({ kind: 'broken' });
      }),
    );
    for (let bytes = 0; bytes < headerBytes.length; bytes += 1) {
      expect(decodeJournal(headerBytes.subarray(0, bytes))).toEqual({ kind: 'broken' });
    }
  });

  it('has no range beyond the size in its header', () => {
    const beyond = encodeHave({ start: size - 1, end: size + 1, crc32: 0, origin: 0n });
    const empty = encodeHave({ start: 5, end: 5, crc32: 0, origin: 0n });
    expect(havesOf(Buffer.concat([headerBytes, beyond, empty]))).toEqual([]);
  });

  it('takes sizes and places of many terabytes', () => {
    const large = { size: 2 ** 50, digests: header.digests };
    const record = { start: 2 ** 49, end: 2 ** 49 + 7, crc32: 0xffff_ffff, origin: 2n ** 64n - 1n };
    const bytes = Buffer.concat([encodeHeader(large), encodeHave(record)]);
    expect(decodeJournal(bytes)).toEqual({ kind: 'known', header: large, haves: [record] });
  });

  it('of a hundred gigabytes, all of which was dropped and fetched anew, is read in a moment', () => {
    const count = 100_000;
    const records = Array.from({ length: count }, (_, index) =>
      encodeHave({ start: index, end: index + 1, crc32: 0, origin: 0n }),
    );
    const dropped = encodeDrop({ start: 0, end: count });
    const bytes = Buffer.concat([encodeHeader({ ...header, size: count }), ...records, dropped, ...records]);
    const begun = performance.now();
    expect(havesOf(bytes)).toHaveLength(count);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

describe('originHash', () => {
  it('is one number of 64 bits for one origin', () => {
    expect(originHash('https://hub.test')).toBe(originHash('https://hub.test'));
    expect(originHash('https://hub.test')).not.toBe(originHash('http://hub.test'));
    expect(originHash('')).toBeLessThan(2n ** 64n);
  });
});
