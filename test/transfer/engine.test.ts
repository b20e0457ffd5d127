import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Interrupted, abortReason } from '../../src/errors.js';
import { fixedConcurrency } from '../../src/transfer/concurrency.js';
import { Engine } from '../../src/transfer/engine.js';
import type { Source } from '../../src/transfer/source.js';
import { TargetLost } from '../../src/transfer/target.js';
import {
  FakeTarget,
  ManualSource,
  MiB,
  Refused,
  ScriptedSource,
  bytesOf,
  fileFrom,
  gitSha1Of,
  sha256Of,
  turnsPass,
} from './fakes.js';

let controller: AbortController;
beforeEach(() => {
  controller = new AbortController();
});
afterEach(() => {
  vi.useRealTimers();
});

function engineWith(connections: number): Engine {
  return new Engine({ concurrency: fixedConcurrency(connections), signal: controller.signal });
}

/** A source whose bytes are never the point. */
function blankSource(bytes: number): ManualSource {
  return new ManualSource(Buffer.alloc(bytes));
}

const spent = { bytesResumed: 0, bytesFetched: 0, bytesWasted: 0 };

describe('Engine: one file', () => {
  it('brings it, checks each of its digests, publishes it and lets go of the target', async () => {
    const content = bytesOf(3 * MiB + 7);
    const file = fileFrom(new ScriptedSource(content), { digests: [sha256Of(content), gitSha1Of(content)] });
    const result = await engineWith(2).transfer(file);
    expect(result).toEqual({ ...spent, bytesFetched: content.length, failure: undefined });
    expect(file.target.bytes.equals(content)).toBe(true);
    expect(file.target).toMatchObject({ isPublished: true, isClosed: true, drops: [] });
    expect(file.retry.newBytes).toBe(content.length);
  });

  it('asks for a little first, then from front to back, in segments that share out what nobody fetches yet', async () => {
    const source = blankSource(40 * MiB);
    const transfer = engineWith(2).transfer(fileFrom(source));
    await turnsPass();
    expect(source.ranges).toEqual([
      { start: 0, end: MiB },
      { start: MiB, end: MiB + (39 * MiB) / 8 },
    ]);
    while (source.open.length > 0) await source.open[0]?.finish();
    expect((await transfer).failure).toBeUndefined();
    const starts = source.ranges.map(({ start }) => start);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(source.ranges.every(({ start }, index) => start === (source.ranges[index - 1]?.end ?? 0))).toBe(true);
  });

  it('needs no read for an empty file', async () => {
    const source = new ManualSource(Buffer.alloc(0));
    const file = fileFrom(source, { digests: [gitSha1Of(source.content)] });
    expect(await engineWith(1).transfer(file)).toEqual({ ...spent, failure: undefined });
    expect(source.reads).toEqual([]);
    expect(file.target.isPublished).toBe(true);
  });

  it('asks only for what is missing, and tells what was here', async () => {
    const content = bytesOf(4 * MiB);
    const target = new FakeTarget(content.length, {
      content,
      ranges: [
        { start: 0, end: MiB },
        { start: 2 * MiB, end: 3 * MiB },
      ],
    });
    const source = new ScriptedSource(content);
    const opened = vi.fn();
    const result = await engineWith(1).transfer(fileFrom(source, { target }), opened);
    expect(opened).toHaveBeenCalledExactlyOnceWith(2 * MiB);
    expect(result).toEqual({ bytesResumed: 2 * MiB, bytesFetched: 2 * MiB, bytesWasted: 0, failure: undefined });
    expect(source.ranges).toEqual([
      { start: MiB, end: 2 * MiB },
      { start: 3 * MiB, end: 4 * MiB },
    ]);
    expect(target.isPublished).toBe(true);
  });

  it('publishes what is here already without a read', async () => {
    const content = bytesOf(MiB);
    const target = new FakeTarget(MiB, { content, ranges: [{ start: 0, end: MiB }] });
    const source = new ScriptedSource(content);
    expect((await engineWith(1).transfer(fileFrom(source, { target }))).failure).toBeUndefined();
    expect(source.ranges).toEqual([]);
    expect(target.isPublished).toBe(true);
  });

  it('throws away bytes that are here, that another read brought, or that lie beyond the end', async () => {
    const content = bytesOf(3 * MiB);
    const target = new FakeTarget(content.length, { content, ranges: [{ start: MiB, end: MiB + 100 }] });
    const source = new ManualSource(content);
    const transfer = engineWith(2).transfer(fileFrom(source, { target }));
    await turnsPass();
    const [first, second] = source.open;
    await first?.sendAt(0, content.subarray(0, 2 * MiB));
    await second?.sendAt(2 * MiB - 50, Buffer.concat([content.subarray(2 * MiB - 50), Buffer.alloc(9)]));
    first?.end();
    second?.end();
    const result = await transfer;
    // The target itself refuses to be written twice at one place.
    expect(result).toMatchObject({ failure: undefined, bytesWasted: 100 + 50 + 9 });
    expect(target.bytes.equals(content)).toBe(true);
    expect(source.reads).toHaveLength(2);
  });

  it('ends with the failure of the disk, tries nothing more, and lets go', async () => {
    const full = new Refused('no space');
    const file = fileFrom(new ManualSource(bytesOf(8 * MiB)));
    file.target.failure = full;
    const transfer = engineWith(2).transfer(file);
    await turnsPass();
    await expect(file.source.open[0]?.send(MiB)).rejects.toBe(full);
    expect((await transfer).failure).toBe(full);
    expect(file.source.reads).toHaveLength(2);
    expect(file.source.open).toEqual([]);
    expect(file.retry.failures).toEqual([]);
    expect(file.target).toMatchObject({ isPublished: false, isClosed: true });
  });

  it('tells that another process took the file over, and publishes nothing', async () => {
    const file = fileFrom(new ManualSource(bytesOf(2 * MiB)));
    file.target.failure = new TargetLost();
    const transfer = engineWith(1).transfer(file);
    await turnsPass();
    await expect(file.source.open[0]?.send(1000)).rejects.toBeInstanceOf(TargetLost);
    expect((await transfer).failure).toBeInstanceOf(TargetLost);
    expect(file.target).toMatchObject({ isPublished: false, isClosed: true });
  });

  it('tells what publishing or opening threw', async () => {
    const failure = new Refused('read-only');
    const unpublished = fileFrom(new ScriptedSource(bytesOf(10)));
    unpublished.target.publish = () => Promise.reject(failure);
    const unopened = fileFrom(new ScriptedSource(bytesOf(10)));
    unopened.target.missing = () => Promise.reject(failure);
    const engine = engineWith(1);
    expect((await engine.transfer(unpublished)).failure).toBe(failure);
    expect((await engine.transfer(unopened)).failure).toBe(failure);
    expect(unpublished.target.isClosed).toBe(true);
    expect(unopened.target.isClosed).toBe(true);
  });
});

describe('Engine: many files', () => {
  /** A source that counts, over all sources, how many reads are open at a time. */
  class CountedSource extends ScriptedSource {
    static open = 0;
    static mostOpen = 0;

    constructor(content: Uint8Array) {
      super(content, async (read) => {
        CountedSource.open += 1;
        CountedSource.mostOpen = Math.max(CountedSource.mostOpen, CountedSource.open);
        await turnsPass();
        await read.finish();
        CountedSource.open -= 1;
      });
    }
  }

  it('never has more reads open than there are connections, and uses all of them', async () => {
    const engine = engineWith(3);
    const sizes = [4 * MiB, 10, 2 * MiB, 0, MiB, 500, 3 * MiB, MiB + 1];
    const files = sizes.map((size, index) => fileFrom(new CountedSource(bytesOf(size, index + 1))));
    const results = await Promise.all(files.map((file) => engine.transfer(file)));
    expect(results.map(({ failure }) => failure)).toEqual(sizes.map(() => undefined));
    expect(CountedSource.mostOpen).toBe(3);
    expect(engine.bytesFetched).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(engine.active()).toEqual([]);
  });

  it('gives the next connection to a small file that comes while a large one has them all', async () => {
    const engine = engineWith(4);
    const large = blankSource(64 * MiB);
    const small = blankSource(1000);
    const transfers = [engine.transfer(fileFrom(large))];
    await turnsPass();
    expect(large.open).toHaveLength(4);
    transfers.push(engine.transfer(fileFrom(small)));
    await turnsPass();
    expect(small.open).toHaveLength(0);
    await large.open[0]?.finish();
    expect(small.open).toHaveLength(1);
    controller.abort();
    await Promise.all(transfers);
  });

  it('gives a large file its half although small ones never end', async () => {
    const engine = engineWith(4);
    const smalls = Array.from({ length: 12 }, () => blankSource(1000));
    const large = blankSource(64 * MiB);
    const openOfSmalls = () => smalls.flatMap(({ open }) => open);
    const transfers = smalls.map((source) => engine.transfer(fileFrom(source)));
    await turnsPass();
    expect(openOfSmalls()).toHaveLength(4);
    transfers.push(engine.transfer(fileFrom(large)));
    await turnsPass();
    for (let ended = 0; ended < 4; ended += 1) await openOfSmalls()[0]?.finish();
    expect(large.open).toHaveLength(2);
    expect(openOfSmalls()).toHaveLength(2);
    controller.abort();
    await Promise.all(transfers);
  });

  it('fills the connections that a large file leaves with the next one', async () => {
    const engine = engineWith(4);
    const first = blankSource(2 * MiB);
    const second = blankSource(64 * MiB);
    const transfers = [first, second].map((source) => engine.transfer(fileFrom(source)));
    await turnsPass();
    expect(first.open).toHaveLength(2);
    expect(second.open).toHaveLength(2);
    controller.abort();
    await Promise.all(transfers);
  });

  it('goes on with the others when one fails', async () => {
    const engine = engineWith(1);
    const refused = new Refused('gated');
    const bad = fileFrom(new ScriptedSource(bytesOf(10), () => Promise.reject(refused)));
    const good = fileFrom(new ScriptedSource(bytesOf(10)));
    const [failed, done] = await Promise.all([engine.transfer(bad), engine.transfer(good)]);
    expect(failed.failure).toBe(refused);
    expect(done.failure).toBeUndefined();
  });

  it('tells what is active, in the order in which it began, and counts received bytes that never get fewer', async () => {
    const engine = engineWith(2);
    const a = blankSource(2 * MiB);
    const b = blankSource(1000);
    const waiting = blankSource(1000);
    const files = [
      fileFrom(a, { path: 'a' }),
      fileFrom(b, { path: 'b', digests: [sha256Of(b.content)] }),
      fileFrom(waiting, { path: 'waiting' }),
    ];
    const counts: number[] = [];
    const transfers = files.map((file) => engine.transfer(file));
    await turnsPass();
    await b.open[0]?.send(400);
    expect(engine.active().filter(({ path }) => path === 'b')).toEqual([
      { path: 'b', bytesDone: 400, bytesTotal: 1000, phase: 'fetching' },
    ]);
    const close = files[1]?.target.close.bind(files[1].target);
    if (files[1] !== undefined) {
      files[1].target.close = async () => {
        counts.push(engine.bytesFetched);
        await close?.();
      };
    }
    await b.open[0]?.finish();
    await transfers[1];
    expect(counts).toEqual([1000]);
    expect(engine.bytesFetched).toBe(1000);
    controller.abort();
    await Promise.all(transfers);
  });
});

describe('Engine: called off', () => {
  it('ends every read and every wait, keeps what has come, and leaves no timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const engine = engineWith(4);
    const source = blankSource(16 * MiB);
    const file = fileFrom(source);
    const transfer = engine.transfer(file);
    const waiting = engine.transfer(fileFrom(blankSource(16 * MiB)));
    await turnsPass();
    await source.open[0]?.send(1000);
    const reason = new Interrupted();
    controller.abort(reason);
    const results = await Promise.all([transfer, waiting]);
    expect(results.map(({ failure }) => failure)).toEqual([reason, reason]);
    expect(source.open).toEqual([]);
    expect([...file.target.have]).toEqual([{ start: 0, end: 1000 }]);
    expect(file.target).toMatchObject({ isPublished: false, isClosed: true });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is an interruption, whatever reason a library caller gave', async () => {
    const transfer = engineWith(1).transfer(fileFrom(blankSource(10)));
    await turnsPass();
    controller.abort();
    expect((await transfer).failure).toBeInstanceOf(Interrupted);
  });

  it('keeps the bytes that a source still had when it was called off', async () => {
    const content = bytesOf(1000);
    const source: Source & { content: Uint8Array } = {
      content,
      ignoresRanges: false,
      read: async ({ start }, sink, signal) => {
        sink.arrived(500);
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        await sink.write({ offset: start, buffers: [content.subarray(0, 500)], origin: 'http://hub.test' });
        throw abortReason(signal);
      },
    };
    const file = fileFrom(source);
    const transfer = engineWith(1).transfer(file);
    await turnsPass();
    controller.abort(new Interrupted());
    expect((await transfer).failure).toBeInstanceOf(Interrupted);
    expect([...file.target.have]).toEqual([{ start: 0, end: 500 }]);
  });

  it('ends a file that is added afterwards at once', async () => {
    controller.abort(new Interrupted());
    const file = fileFrom(blankSource(10));
    expect((await engineWith(1).transfer(file)).failure).toBeInstanceOf(Interrupted);
    expect(file.source.reads).toEqual([]);
    expect(file.target.isClosed).toBe(true);
  });

  it('ends a file of which the bytes here are still being read back', async () => {
    const file = fileFrom(blankSource(10 * MiB));
    let visited = 0;
    file.target.missing = async (visit) => {
      for (; visited < 10; visited += 1) {
        visit(visited * MiB, Buffer.alloc(MiB));
        if (visited === 2) controller.abort(new Interrupted());
        await turnsPass();
      }
      return [];
    };
    expect((await engineWith(1).transfer(file)).failure).toBeInstanceOf(Interrupted);
    expect(visited).toBe(3);
    expect(file.target).toMatchObject({ isPublished: false, isClosed: true });
  });
});
