import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeJournal } from '../../src/cache/journal.js';
import { blobPath, partialPath } from '../../src/cache/layout.js';
import { moveInto } from '../../src/cache/move.js';
import { Partial } from '../../src/cache/partial.js';
import { turns } from '../../src/cache/turns.js';
import { type Segment, SegmentSet } from '../../src/transfer/segments.js';
import { TargetLost } from '../../src/transfer/target.js';
import { MiB, bytesOf, sha256Of } from '../transfer/fakes.js';
import { makeRepoFolder } from '../../src/cache/repo-folder.js';
import { below, workplace, writerA, writerB } from './support.js';

const place = workplace();
const open: Partial[] = [];
beforeEach(() => makeRepoFolder(place.layout, place.files));
afterEach(async () => {
  vi.useRealTimers();
  for (const partial of open.splice(0)) await partial.close();
});

const origin = 'https://hub.test';
const content = bytesOf(3 * MiB);
const digest = sha256Of(content);

function partialOf(bytes = content, { writer = writerA, inTurn = turns(2) } = {}): Partial {
  const partial = new Partial({
    folder: partialPath(place.layout, sha256Of(bytes), writer),
    put: (from) => moveInto(from, blobPath(place.layout, sha256Of(bytes))),
    size: bytes.length,
    digests: [sha256Of(bytes)],
    mayBeBegun: true,
    files: place.files,
    inTurn,
  });
  open.push(partial);
  return partial;
}

function folderOf(bytes = content, writer = writerA): string {
  return partialPath(place.layout, sha256Of(bytes), writer);
}

async function put(partial: Partial, start: number, end: number, from = origin): Promise<void> {
  const middle = Math.floor((start + end) / 2);
  const buffers = [content.subarray(start, middle), content.subarray(middle, end)];
  await partial.write({ offset: start, buffers, origin: from });
}

/** What another process finds: the gaps, and the bytes that it was shown. */
async function reopened(bytes = content): Promise<{ partial: Partial; gaps: Segment[]; seen: SegmentSet }> {
  const partial = partialOf(bytes);
  const seen = new SegmentSet();
  let last = 0;
  const gaps = await partial.missing((offset, piece) => {
    expect(offset).toBeGreaterThanOrEqual(last);
    expect(bytes.subarray(offset, offset + piece.length).equals(piece)).toBe(true);
    last = offset;
    seen.add({ start: offset, end: offset + piece.length });
  });
  expect(seen.missingFrom({ start: 0, end: bytes.length })).toEqual(gaps);
  return { partial, gaps, seen };
}

function flipByteAt(path: string, offset: number): void {
  const descriptor = openSync(path, 'r+');
  const byte = readFileSync(path)[offset] ?? 0;
  writeSync(descriptor, Buffer.from([byte ^ 1]), 0, 1, offset);
  closeSync(descriptor);
}

/** What is open of a folder in this process. Linux tells. */
function openBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}

describe('Partial: from one process to the next', () => {
  it('lacks everything at first, and makes nothing by asking', async () => {
    const before = below(place.folder);
    const { gaps, partial } = await reopened();
    expect(gaps).toEqual([{ start: 0, end: content.length }]);
    expect(partial.descriptor).toBeUndefined();
    expect(below(place.folder)).toEqual(before);
  });

  it('remembers every write without being closed, merges, and goes on', async () => {
    const first = partialOf();
    await Promise.all([put(first, 0, 1000), put(first, MiB, MiB + 500_000), put(first, 2 * MiB, 2 * MiB + 1)]);
    await put(first, 1000, 2000);
    const { partial, gaps } = await reopened();
    expect(gaps).toEqual([
      { start: 2000, end: MiB },
      { start: MiB + 500_000, end: 2 * MiB },
      { start: 2 * MiB + 1, end: 3 * MiB },
    ]);
    const merged = decodeJournal(readFileSync(join(folderOf(), 'journal')));
    expect(merged).toMatchObject({ kind: 'known', haves: [{ start: 0, end: 2000 }, {}, {}] });
    for (const { start, end } of gaps) {
      for (let from = start; from < end; from += MiB) await put(partial, from, Math.min(end, from + MiB));
    }
    expect((await reopened()).gaps).toEqual([]);
    expect(readFileSync(join(folderOf(), 'bytes')).equals(content)).toBe(true);
  });

  it.each([
    { planted: 'a link in place of the bytes', plant: (bytes: string, outside: string) => symlinkSync(outside, bytes) },
    { planted: 'a second name of the bytes', plant: (bytes: string, outside: string) => linkSync(outside, bytes) },
  ])('writes to no file outside of the cache: $planted', async ({ plant }) => {
    await put(partialOf(), 0, 1000);
    const outside = join(place.folder, 'outside');
    renameSync(join(folderOf(), 'bytes'), outside);
    plant(join(folderOf(), 'bytes'), outside);
    const before = readFileSync(outside);
    const { partial, gaps } = await reopened();
    expect(gaps).toEqual([{ start: 0, end: content.length }]);
    await put(partial, 0, 2000);
    expect(readFileSync(outside).equals(before)).toBe(true);
  });

  it('writes into no folder outside of the cache, where a link stands in place of its own', async () => {
    await put(partialOf(), 0, 1000);
    const outside = join(place.folder, 'outside');
    renameSync(folderOf(), outside);
    symlinkSync(outside, folderOf());
    const before = below(outside).map((name) => readFileSync(join(outside, name)));
    const { partial, gaps } = await reopened();
    expect(gaps).toEqual([{ start: 0, end: content.length }]);
    await put(partial, 0, 2000);
    expect(below(outside).map((name) => readFileSync(join(outside, name)))).toEqual(before);
  });

  it('merges neither what came from two origins nor beyond 1 MiB', async () => {
    const first = partialOf();
    await put(first, 0, 1000);
    await put(first, 1000, 2000, 'https://other.test');
    await put(first, MiB, 2 * MiB);
    await put(first, 2 * MiB, 2 * MiB + 5);
    await reopened();
    const merged = decodeJournal(readFileSync(join(folderOf(), 'journal')));
    expect(merged.kind === 'known' && merged.haves.map(({ start, end }) => [start, end])).toEqual([
      [0, 1000],
      [1000, 2000],
      [MiB, 2 * MiB],
      [2 * MiB, 2 * MiB + 5],
    ]);
  });

  it('grows for those who wait while it is read back', async () => {
    const first = partialOf();
    for (let start = 0; start < 5000; start += 1000) await put(first, start, start + 500);
    const sizes: number[] = [];
    await partialOf().missing(() => sizes.push(statSync(join(folderOf(), 'journal.new')).size));
    expect(sizes).toHaveLength(5);
    expect(sizes.at(-1)).toBeGreaterThan((sizes[0] ?? 0) + 100);
    expect(below(folderOf())).toEqual(['bytes', 'journal']);
  });

  it('has what any order of writes of any process left', async () => {
    const edges = fc.uniqueArray(fc.integer({ min: 1, max: content.length - 1 }), { minLength: 1, maxLength: 10 });
    const rank = fc.array(fc.nat(), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(edges, rank, fc.nat(11), async (places, ranks, leftOut) => {
        const cuts = [0, ...places.sort((a, b) => a - b), content.length];
        const pieces = cuts.slice(1).map((end, index) => ({ start: cuts[index] ?? 0, end }));
        const small = pieces.filter(({ start, end }) => end - start <= MiB && end > start);
        const order = small.map((piece, index) => ({ piece, rank: ranks[index] ?? 0 })).sort((a, b) => a.rank - b.rank);
        const written = new SegmentSet();
        const partial = partialOf();
        await partial.missing(() => undefined);
        for (const { piece } of order.slice(leftOut % (order.length + 1))) {
          await put(partial, piece.start, piece.end);
          written.add(piece);
        }
        const { partial: next, gaps } = await reopened();
        expect(gaps).toEqual(written.missingFrom({ start: 0, end: content.length }));
        await next.drop([{ start: 0, end: content.length }]);
        expect((await reopened()).gaps).toEqual([{ start: 0, end: content.length }]);
      }),
      { numRuns: 20 },
    );
  });

  it('drops just the record of which a byte is wrong on disk', async () => {
    const first = partialOf();
    await put(first, 0, 1000);
    await put(first, 5000, 6000);
    await put(first, 9000, 9500);
    flipByteAt(join(folderOf(), 'bytes'), 5500);
    expect((await reopened()).gaps).toEqual([
      { start: 1000, end: 9000 },
      { start: 9500, end: content.length },
    ]);
  });

  it('drops a record whose bytes never reached the disk', async () => {
    const first = partialOf();
    await put(first, 0, 1000);
    await put(first, 1000, 2000);
    writeFileSync(join(folderOf(), 'bytes'), content.subarray(0, 1500));
    expect((await reopened()).gaps).toEqual([{ start: 1000, end: content.length }]);
  });

  it('begins anew where the journal is gone, broken, of another size, or the bytes are gone', async () => {
    const spoil = [
      () => writeFileSync(join(folderOf(), 'journal'), ''),
      () => writeFileSync(join(folderOf(), 'journal'), Buffer.alloc(500)),
      () => renameSync(join(folderOf(), 'journal'), join(place.folder, 'elsewhere')),
      () => renameSync(join(folderOf(), 'bytes'), join(place.folder, 'elsewhere')),
    ];
    for (const [index, spoilIt] of spoil.entries()) {
      await put(partialOf(), 0, 1000);
      spoilIt();
      const { partial, gaps } = await reopened();
      expect(gaps, `case ${index}`).toEqual([{ start: 0, end: content.length }]);
      await put(partial, 7, 8);
      expect((await reopened()).gaps).toHaveLength(2);
      rmSync(folderOf(), { recursive: true });
    }
  });

  it('forgets what was dropped, and keeps the rest of a record that is dropped in part', async () => {
    const first = partialOf();
    await put(first, 0, 1000);
    await put(first, 1000, 2000);
    await put(first, 2000, 3000);
    await first.drop([
      { start: 400, end: 500 },
      { start: 1000, end: 2000 },
    ]);
    expect((await reopened()).gaps).toEqual([
      { start: 400, end: 500 },
      { start: 1000, end: 2000 },
      { start: 3000, end: content.length },
    ]);
    const { partial } = await reopened();
    await put(partial, 400, 500);
    expect((await reopened()).gaps[0]).toEqual({ start: 1000, end: 2000 });
  });

  it('is given up half-way when who reads it back says so, and loses nothing', async () => {
    await put(partialOf(), 0, 1000);
    const enough = new Error('enough');
    const second = partialOf();
    await expect(
      second.missing(() => {
        throw enough;
      }),
    ).rejects.toBe(enough);
    await second.close();
    expect((await reopened()).gaps).toEqual([{ start: 1000, end: content.length }]);
  });
});

describe('Partial: a small file in one piece', () => {
  const small = content.subarray(0, MiB);

  it('needs neither folder nor journal', async () => {
    const partial = partialOf(small);
    await partial.missing(() => undefined);
    await partial.write({ offset: 0, buffers: [small], origin });
    expect(below(place.layout.partials)).toEqual([`${sha256Of(small).hex}.${writerA}.whole`]);
    await partial.publish();
    await partial.close();
    expect(readFileSync(blobPath(place.layout, sha256Of(small))).equals(small)).toBe(true);
    expect(below(place.layout.partials)).toEqual([]);
  });

  it('may be empty', async () => {
    const partial = partialOf(Buffer.alloc(0));
    expect(await partial.missing(() => undefined)).toEqual([]);
    await partial.write({ offset: 0, buffers: [], origin: '' });
    await partial.publish();
    expect(statSync(blobPath(place.layout, sha256Of(Buffer.alloc(0)))).size).toBe(0);
  });

  it('is gone when it was dropped or never published, and can come again', async () => {
    const partial = partialOf(small);
    await partial.write({ offset: 0, buffers: [bytesOf(MiB, 7)], origin });
    await partial.drop([{ start: 0, end: MiB }]);
    expect(below(place.layout.partials)).toEqual([]);
    await partial.write({ offset: 0, buffers: [small], origin });
    await partial.close();
    expect(below(place.layout.partials)).toEqual([]);
    expect(existsSync(blobPath(place.layout, sha256Of(small)))).toBe(false);
  });

  it('that comes in two pieces has a journal', async () => {
    const partial = partialOf(small);
    await partial.write({ offset: 0, buffers: [small.subarray(0, 10)], origin });
    await partial.write({ offset: 10, buffers: [small.subarray(10)], origin });
    expect(below(folderOf(small))).toEqual(['bytes', 'journal']);
    expect((await reopened(small)).gaps).toEqual([]);
  });
});

describe('Partial: publishing', () => {
  it('makes the file durable in its turn, renames it, and clears its folder away', async () => {
    let syncs = 0;
    const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
      syncs += 1;
      expect(existsSync(blobPath(place.layout, digest))).toBe(false);
      return action();
    };
    const partial = partialOf(content, { inTurn });
    for (let start = 0; start < 3 * MiB; start += MiB) await put(partial, start, start + MiB);
    const { ino } = statSync(join(folderOf(), 'bytes'));
    await partial.publish();
    expect(syncs).toBe(1);
    expect(statSync(blobPath(place.layout, digest)).ino).toBe(ino);
    expect(readFileSync(blobPath(place.layout, digest)).equals(content)).toBe(true);
    expect(below(place.layout.partials)).toEqual([]);
  });

  it('replaces a blob that is there, as a whole', async () => {
    mkdirSync(place.layout.blobs, { recursive: true });
    writeFileSync(blobPath(place.layout, digest), 'too short');
    const partial = partialOf();
    for (let start = 0; start < 3 * MiB; start += MiB) await put(partial, start, start + MiB);
    await partial.publish();
    expect(readFileSync(blobPath(place.layout, digest)).equals(content)).toBe(true);
  });
});

describe('Partial: taken over by another process', () => {
  const lost = () => folderOf(content, writerB);

  it('is not published, although all is here', async () => {
    const partial = partialOf();
    for (let start = 0; start < 3 * MiB; start += MiB) await put(partial, start, start + MiB);
    renameSync(folderOf(), lost());
    await expect(partial.publish()).rejects.toBeInstanceOf(TargetLost);
    expect(existsSync(blobPath(place.layout, digest))).toBe(false);
    expect(below(lost())).toEqual(['bytes', 'journal']);
  });

  it.each([
    ['a second has passed', 1000],
    ['the clock was set back', -60_000],
  ])('is not written any more once %s', async (_, ms) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const partial = partialOf();
    await put(partial, 0, 1000);
    renameSync(folderOf(), lost());
    vi.setSystemTime(Date.now() + ms);
    const before = readFileSync(join(lost(), 'journal'));
    await expect(put(partial, 2000, 3000)).rejects.toBeInstanceOf(TargetLost);
    await expect(put(partial, 2000, 3000)).rejects.toBeInstanceOf(TargetLost);
    await expect(partial.drop([{ start: 0, end: 10 }])).rejects.toBeInstanceOf(TargetLost);
    expect(readFileSync(join(lost(), 'journal')).equals(before)).toBe(true);
    expect(statSync(join(lost(), 'bytes')).size).toBe(1000);
  });

  it.each([
    ['a second has passed', 1000],
    ['the clock was set back', -60_000],
  ])('is not published when another folder has its name, once %s', async (_, ms) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const partial = partialOf();
    for (let start = 0; start < 3 * MiB; start += MiB) await put(partial, start, start + MiB);
    renameSync(folderOf(), lost());
    mkdirSync(folderOf());
    writeFileSync(join(folderOf(), 'bytes'), 'of somebody else');
    vi.setSystemTime(Date.now() + ms);
    await expect(partial.publish()).rejects.toBeInstanceOf(TargetLost);
    expect(existsSync(blobPath(place.layout, digest))).toBe(false);
  });

  it('is lost too when somebody removed its folder by hand', async () => {
    const partial = partialOf();
    await put(partial, 0, 1000);
    renameSync(dirname(folderOf()), join(place.folder, 'elsewhere'));
    await expect(partial.publish()).rejects.toBeInstanceOf(TargetLost);
  });
});

describe('Partial: closing', () => {
  it('may be asked for twice, and leaves no descriptor open', async () => {
    const partial = partialOf();
    await put(partial, 0, 1000);
    expect(openBelow(folderOf())).toHaveLength(2);
    await partial.close();
    await partial.close();
    const resumed = partialOf();
    await resumed.missing(() => undefined);
    await put(resumed, 1000, 2000);
    await resumed.drop([{ start: 0, end: 10 }]);
    await resumed.close();
    const small = partialOf(content.subarray(0, 10));
    await small.write({ offset: 0, buffers: [content.subarray(0, 10)], origin });
    await small.publish();
    await small.close();
    expect(openBelow(place.folder)).toEqual([]);
    expect(partial.descriptor).toBeUndefined();
  });

  it('leaves no descriptor open where the beginning failed', async () => {
    const partial = partialOf();
    mkdirSync(join(folderOf(), 'bytes'), { recursive: true });
    await expect(put(partial, 0, 1000)).rejects.toThrow();
    await partial.close();
    expect(openBelow(place.folder)).toEqual([]);
  });

  it('keeps what a failed beginning of another process left', async () => {
    const partial = partialOf();
    await partial.close();
    await expect(put(partial, 0, 1000).then(() => partial.close())).resolves.toBeUndefined();
    expect((await reopened()).gaps).toEqual([{ start: 1000, end: content.length }]);
  });
});
