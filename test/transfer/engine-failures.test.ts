import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { fixedConcurrency } from '../../src/transfer/concurrency.js';
import { Engine } from '../../src/transfer/engine.js';
import { DigestMismatch } from '../../src/transfer/digest-mismatch.js';
import {
  FakeBudget,
  FakeTarget,
  LinkDown,
  type ManualRead,
  ManualSource,
  MiB,
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

const down = new LinkDown('reset');

describe('Engine: reads that fail', () => {
  it('goes on after a failure without fetching a byte twice', async () => {
    const content = bytesOf(3 * MiB);
    const source = new ScriptedSource(content, async (read, index) => {
      if (index > 2) return read.finish();
      await read.send(300_000);
      throw down;
    });
    const file = fileFrom(source);
    const result = await engineWith(1).transfer(file);
    expect(result).toEqual({ bytesResumed: 0, bytesFetched: content.length, bytesWasted: 0, failure: undefined });
    expect(file.target.bytes.equals(content)).toBe(true);
    expect(file.retry.failures).toEqual([down, down, down]);
  });

  it('waits as long as the budget says, without a connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const engine = engineWith(1);
    const failing = new ManualSource(bytesOf(1000));
    const other = new ManualSource(bytesOf(1000));
    const transfers = [
      engine.transfer(fileFrom(failing, { retry: new FakeBudget(5000) })),
      engine.transfer(fileFrom(other)),
    ];
    await turnsPass();
    failing.open[0]?.fail(down);
    await turnsPass();
    expect(other.open).toHaveLength(1);
    await other.open[0]?.finish();
    vi.advanceTimersByTime(4999);
    await turnsPass();
    expect(failing.reads).toHaveLength(1);
    vi.advanceTimersByTime(1);
    await turnsPass();
    expect(failing.reads).toHaveLength(2);
    await failing.open[0]?.finish();
    expect((await Promise.all(transfers)).map(({ failure }) => failure)).toEqual([undefined, undefined]);
  });

  it('starts no other read of that file while it waits', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const source = new ManualSource(Buffer.alloc(64 * MiB));
    const retry = new FakeBudget(5000);
    const transfer = engineWith(2).transfer(fileFrom(source, { retry }));
    await turnsPass();
    for (const read of source.open) read.fail(down);
    await turnsPass();
    expect(source.reads).toHaveLength(2);
    vi.advanceTimersByTime(5000);
    await turnsPass();
    expect(source.reads.slice(2).map(({ range }) => range.start)).toEqual([0, expect.any(Number)]);
    controller.abort();
    await transfer;
  });

  it('spends one try when reads that were under way together fail together', async () => {
    const source = new ManualSource(Buffer.alloc(64 * MiB));
    const file = fileFrom(source);
    const transfer = engineWith(8).transfer(file);
    await turnsPass();
    for (const read of source.open) read.fail(down);
    await turnsPass();
    expect(file.retry.failures).toEqual([down]);
    expect(source.open).toHaveLength(8);
    controller.abort();
    await transfer;
  });

  it('spends another when the next ones fail too, and ends with what the budget throws', async () => {
    const source = new ManualSource(Buffer.alloc(64 * MiB));
    const retry = new FakeBudget(0, 3);
    const transfer = engineWith(4).transfer(fileFrom(source, { retry }));
    for (let round = 0; round < 3; round += 1) {
      await turnsPass();
      for (const read of source.open) read.fail(down);
    }
    expect((await transfer).failure).toBe(down);
    expect(retry.failures).toHaveLength(3);
    expect(source.open).toEqual([]);
  });

  it('ends what is under way when one read shows that no try helps', async () => {
    const source = new ManualSource(Buffer.alloc(64 * MiB));
    const file = fileFrom(source);
    const transfer = engineWith(4).transfer(file);
    await turnsPass();
    const defect = new Error('a defect');
    source.open[2]?.fail(defect);
    expect((await transfer).failure).toBe(defect);
    expect(source.reads.every(({ signal }) => signal.aborted)).toBe(true);
    expect(file.retry.failures).toEqual([]);
  });

  it('tells the budget of new bytes only', async () => {
    const content = bytesOf(MiB);
    const target = new FakeTarget(MiB, { content, ranges: [{ start: 100, end: MiB }] });
    const source = new ScriptedSource(content, async (read, index) => {
      await read.sendAt(0, content.subarray(0, 1000));
      if (index === 0) throw down;
    });
    const file = fileFrom(source, { target });
    await engineWith(1).transfer(file);
    expect(file.retry.newBytes).toBe(100);
  });
});

describe('Engine: reads that go dark or crawl', () => {
  /** Reads of a large file, and time that passes while some of them flow. */
  async function fourReads(source: ManualSource) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] });
    const told: string[] = [];
    const engine = new Engine({
      concurrency: fixedConcurrency(4),
      stallTimeoutMs: 30_000,
      tell: (message) => told.push(message),
      signal: controller.signal,
    });
    const file = fileFrom(source);
    const transfer = engine.transfer(file);
    await turnsPass();
    const pass = async (ms: number, flowing: () => readonly ManualRead[], bytes = 10_000): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 100) {
        for (const read of flowing()) await read.send(bytes);
        vi.advanceTimersByTime(100);
        await turnsPass();
      }
    };
    return { file, transfer, told, pass };
  }

  it('takes what is left from a dark one while the others flow, for no try and for no byte', async () => {
    const source = new ManualSource(bytesOf(64 * MiB));
    const { file, transfer, told, pass } = await fourReads(source);
    await pass(1_000, () => source.open);
    const [, dark] = source.open;
    const others = source.open.filter((read) => read !== dark);
    await pass(4_500, () => others);
    expect(source.reads).toHaveLength(4);
    await pass(1_000, () => others);
    expect(dark?.isOpen).toBe(false);
    expect(source.ranges[4]).toMatchObject({ start: (dark?.range.start ?? 0) + (dark?.sentBytes ?? 0) });
    expect(told).toEqual([expect.stringMatching(/^model\.bin: a connection is replaced: /)]);
    expect(file.retry.failures).toEqual([]);
    controller.abort();
    expect(await transfer).toMatchObject({ bytesWasted: 0 });
  });

  it('has all of them replaced at once when they all went dark and one is given up', async () => {
    const source = new ManualSource(Buffer.alloc(64 * MiB));
    const { file, transfer, told, pass } = await fourReads(source);
    const first = source.open;
    await pass(1_000, () => first);
    await pass(29_000, () => []);
    expect(source.open).toEqual(first);
    first[2]?.fail(down);
    await turnsPass();
    expect(first.map(({ isOpen }) => isOpen)).toEqual([false, false, false, false]);
    expect(source.open).toHaveLength(4);
    expect(file.retry.failures).toEqual([down]);
    expect(told).toEqual(['3 more connections are replaced: as dark as the one given up']);
    controller.abort();
    await transfer;
  });

  it('does not replace the only read of a server that ignores ranges: it would begin anew', async () => {
    const source = new ManualSource(Buffer.alloc(64 * MiB));
    const { transfer, pass } = await fourReads(source);
    await pass(1_000, () => source.open);
    source.ignoresRanges = true;
    const [whole, ...others] = source.open;
    await pass(20_000, () => others);
    expect(whole?.isOpen).toBe(true);
    controller.abort();
    await transfer;
  });
});

describe('Engine: a server that ignores ranges', () => {
  it('brings a file once, from its first byte, over one read at a time, and keeps what is here', async () => {
    const content = bytesOf(4 * MiB);
    const target = new FakeTarget(content.length, { content, ranges: [{ start: 0, end: MiB }] });
    const source = new ManualSource(content);
    source.ignoresRanges = true;
    const transfer = engineWith(4).transfer(fileFrom(source, { target }));
    await turnsPass();
    expect(source.ranges).toEqual([{ start: MiB, end: 4 * MiB }]);
    await source.open[0]?.send(4 * MiB);
    source.open[0]?.end();
    expect(await transfer).toEqual({
      bytesResumed: MiB,
      bytesFetched: 4 * MiB,
      bytesWasted: MiB,
      failure: undefined,
    });
    expect(source.mostOpen).toBe(1);
    expect(target.bytes.equals(content)).toBe(true);
  });

  it('is noticed on the way: the reads that learn it spend no try, and the one with the whole body goes on', async () => {
    const content = bytesOf(8 * MiB);
    const source = new ManualSource(content);
    const file = fileFrom(source);
    const transfer = engineWith(4).transfer(file);
    await turnsPass();
    const [first, ...others] = source.open;
    await first?.send(100_000);
    source.ignoresRanges = true;
    await first?.send(100_000);
    for (const read of others) read.fail(down);
    await turnsPass();
    expect(source.open).toEqual([first]);
    await first?.send(8 * MiB);
    first?.end();
    expect(await transfer).toMatchObject({ failure: undefined, bytesFetched: content.length, bytesWasted: 0 });
    expect(file.retry.failures).toEqual([]);
    expect(source.reads).toHaveLength(4);
    expect(file.target.bytes.equals(content)).toBe(true);
  });

  it('spends a try when the whole body breaks off', async () => {
    const content = bytesOf(2 * MiB);
    const source = new ScriptedSource(content, async (read, index) => {
      await read.send(index === 0 ? MiB : 2 * MiB);
      if (index === 0) throw down;
    });
    source.ignoresRanges = true;
    const file = fileFrom(source);
    expect(await engineWith(4).transfer(file)).toMatchObject({ failure: undefined, bytesWasted: MiB });
    expect(file.retry.failures).toEqual([down]);
  });
});

describe('Engine: wrong bytes', () => {
  const content = bytesOf(2 * MiB);
  const wrong = bytesOf(2 * MiB, 99);

  it('fetches a file anew, once, and stores it when it is right then', async () => {
    const source = new ScriptedSource(content, async (read, index) => {
      if (index === 1) await read.sendAt(read.range.start, wrong.subarray(read.range.start, read.range.end));
      else await read.finish();
    });
    const file = fileFrom(source);
    const result = await engineWith(1).transfer(file);
    expect(result).toEqual({
      bytesResumed: 0,
      bytesFetched: 2 * content.length,
      bytesWasted: content.length,
      failure: undefined,
    });
    expect(file.target.drops).toEqual([{ start: 0, end: content.length }]);
    expect(file.target.bytes.equals(content)).toBe(true);
    expect(file.target.isPublished).toBe(true);
  });

  it('gives up when they are wrong twice, names file and sender, and keeps nothing of them', async () => {
    const file = fileFrom(new ScriptedSource(wrong), { digests: [sha256Of(content)], path: 'sub/model.bin' });
    const { failure, ...result } = await engineWith(1).transfer(file);
    expect(failure).toBeInstanceOf(DigestMismatch);
    expect(failure).toMatchObject({ exitCode: ExitCode.integrity, code: 'digest-mismatch' });
    expect(String(failure)).toContain('sub/model.bin: http://hub.test sent');
    expect(result).toEqual({ bytesResumed: 0, bytesFetched: 2 * content.length, bytesWasted: 2 * content.length });
    expect([...file.target.have]).toEqual([]);
    expect(file.target).toMatchObject({ isPublished: false, isClosed: true });
  });

  it('refuses a file of which only one digest holds', async () => {
    const digests = [sha256Of(content), gitSha1Of(wrong)];
    const { failure } = await engineWith(1).transfer(fileFrom(new ScriptedSource(content), { digests }));
    expect(failure).toBeInstanceOf(DigestMismatch);
  });

  it('drops bytes of an earlier run that turn out wrong, and counts the file as fetched', async () => {
    const target = new FakeTarget(content.length, { content: wrong, ranges: [{ start: 0, end: MiB }] });
    const result = await engineWith(1).transfer(fileFrom(new ScriptedSource(content), { target }));
    expect(result).toEqual({
      bytesResumed: 0,
      bytesFetched: MiB + content.length,
      bytesWasted: MiB,
      failure: undefined,
    });
    expect(target.bytes.equals(content)).toBe(true);
  });
});

describe('Engine: whatever a source does', () => {
  const whims = fc.constantFrom('finish', 'stop-short', 'repeat', 'overshoot', 'fail-at-once');
  const plans = fc.record({
    size: fc.integer({ min: 0, max: 5 * MiB }),
    connections: fc.integer({ min: 1, max: 6 }),
    whims: fc.array(whims, { minLength: 1, maxLength: 12 }),
    here: fc.array(fc.tuple(fc.nat(5 * MiB), fc.nat(MiB)), { maxLength: 3 }),
    ignoresRanges: fc.boolean(),
  });

  it('brings each byte once and counts them all', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async ({ size, connections, whims: acts, here, ignoresRanges }) => {
        const content = bytesOf(size, size + 1);
        const source = new ScriptedSource(content, async (read, index) => {
          const length = read.range.end - read.range.start;
          const { start, end } = read.range;
          switch (index < acts.length ? acts[index] : 'finish') {
            case 'stop-short':
              await read.send(Math.floor(length / 2));
              throw down;
            case 'repeat':
              await read.sendAt(start, content.subarray(start, start + Math.ceil(length / 3)));
              break;
            case 'overshoot':
              await read.sendAt(start, content.subarray(start, Math.min(size, end + MiB)));
              break;
            case 'fail-at-once':
              throw down;
          }
          if (ignoresRanges) await read.send(size);
          else await read.finish();
        });
        source.ignoresRanges = ignoresRanges;
        const ranges = here.map(([from, bytes]) => ({
          start: Math.min(size, from),
          end: Math.min(size, from + bytes),
        }));
        const target = new FakeTarget(size, { content, ranges });
        const missing = size - target.have.bytes;
        const file = fileFrom(source, { target });
        const { failure, bytesFetched, bytesWasted, bytesResumed } = await engineWith(connections).transfer(file);
        expect(failure).toBeUndefined();
        expect(target.isPublished).toBe(true);
        expect(target.bytes.equals(content)).toBe(true);
        expect(bytesResumed).toBe(size - missing);
        expect(bytesFetched - bytesWasted).toBe(missing);
        expect(file.retry.newBytes).toBe(missing);
      }),
      { numRuns: 40 },
    );
  });
});
