import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askOn, receiveFrom } from '../../src/net/lane-answer.js';
import { LaneConnection, ClosedByPeer } from '../../src/net/lane-connection.js';
import { BlockStore } from '../../src/net/lane-memory.js';
import { isPlainRange } from '../../src/net/response-head.js';
import type { BodyRun, RunSink } from '../../src/net/run-gatherer.js';

const { signal } = new AbortController();

/** A socket whose reads the test makes: as Node does, into the connection's own memory. */
class Wire {
  paused = false;
  destroyed = false;
  /** Nobody waits for more. */
  isOver = false;
  sent = '';
  readonly connection = new LaneConnection(new BlockStore(), () => ({
    write: (text) => (this.sent += text),
    pause: () => (this.paused = true),
    resume: () => (this.paused = false),
    ref: () => undefined,
    unref: () => undefined,
    destroy: () => (this.destroyed = true),
  }));

  /** Brings bytes in reads of at most these lengths; Node does not read on where somebody ended the connection. */
  async bring(bytes: Uint8Array, lengths: readonly number[], exchanged: Promise<unknown>): Promise<void> {
    void exchanged.then(() => (this.isOver = true));
    let rest = bytes;
    for (let n = 0; rest.byteLength > 0; n += 1) {
      while (this.paused && !this.destroyed && !this.isOver) await Promise.resolve();
      // Where all that was asked for is here, nobody resumes before the next request.
      if (this.paused && this.isOver) return;
      if (this.destroyed) return;
      const space = this.connection.memory.space();
      const part = rest.subarray(0, Math.min(space.byteLength, lengths[n % lengths.length] ?? Infinity));
      space.set(part);
      this.connection.filled(part.byteLength);
      rest = rest.subarray(part.byteLength);
      await Promise.resolve();
    }
    this.connection.broke(new ClosedByPeer());
  }
}

/** Copies what it is given when the write is over: it must still be there. */
class LateSink implements RunSink {
  runAgeMs = 250;
  arrivedBytes = 0;
  readonly runs: { offset: number; bytes: Buffer }[] = [];

  constructor(readonly runBytes: number) {}

  arrived(bytes: number): void {
    this.arrivedBytes += bytes;
  }

  async write({ offset, buffers }: BodyRun): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
    this.runs.push({ offset, bytes: Buffer.concat(buffers) });
  }
}

const start = 1000;

/** Asks for a body of some bytes; tells what came. */
async function exchange(wire: Wire, bytes: number, runBytes: number) {
  const sink = new LateSink(runBytes);
  const question = { url: new URL('http://cdn:1/x?y'), headers: {}, headersTimeoutMs: 60_000, signal };
  const head = await askOn(wire.connection, question).catch((error: unknown) => error);
  const range = { start, end: start + bytes, size: 1e9 };
  const isPlain = typeof head === 'object' && head !== null && 'values' in head;
  if (!isPlain || !isPlainRange(head as never, range)) return { sink, outcome: 'declined' };
  const delivery = { offset: start, bytes, origin: 'http://cdn:1', sink, stallTimeoutMs: 60_000, signal };
  const received = receiveFrom(wire.connection, 'cdn:1', delivery);
  return { sink, outcome: await received.catch((error: unknown) => String(error)) };
}

const answerTo = (body: Buffer, bytes = body.byteLength): Buffer =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 206 OK\r\ncontent-length: ${bytes}\r\ncontent-range: bytes ${start}-${start + bytes - 1}/1000000000\r\n\r\n`,
    ),
    body,
  ]);

const pattern = (bytes: number): Buffer =>
  Buffer.from(Array.from({ length: bytes }, (_, n) => (n * 31 + (n >> 8)) & 255));

describe('an answer', () => {
  it('gives the same runs however its bytes are split into reads', async () => {
    const cases = fc.record({
      bytes: fc.integer({ min: 1, max: 5000 }),
      runBytes: fc.integer({ min: 1, max: 3000 }),
      lengths: fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 20 }),
      /** Bytes that are missing at the end, or too many. */
      excess: fc.integer({ min: -20, max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ bytes, runBytes, lengths, excess }) => {
        const body = pattern(Math.max(1, bytes + excess));
        const wire = new Wire();
        const exchanged = exchange(wire, bytes, runBytes);
        await wire.bring(answerTo(body, bytes), lengths, exchanged);
        const { sink, outcome } = await exchanged;
        const taken = Math.min(bytes, body.byteLength);
        expect(sink.runs.map((run) => run.bytes.byteLength)).toEqual([
          ...Array.from({ length: Math.floor(taken / runBytes) }, () => runBytes),
          ...(taken % runBytes === 0 ? [] : [taken % runBytes]),
        ]);
        expect(sink.runs.map(({ offset }) => offset)).toEqual(sink.runs.map((_, n) => start + n * runBytes));
        expect(Buffer.concat(sink.runs.map((run) => run.bytes)).equals(body.subarray(0, taken))).toBe(true);
        expect(sink.arrivedBytes).toBe(taken);
        if (body.byteLength < bytes) expect(outcome).toContain('closed the connection');
        else expect(outcome).toBeTypeOf('boolean');
      }),
      { numRuns: 300 },
    );
  });

  it('of many megabytes comes whole through a few blocks', async () => {
    const body = pattern(6 * 1024 * 1024);
    const wire = new Wire();
    const exchanged = exchange(wire, body.byteLength, 1024 * 1024);
    const seen = new Set<ArrayBufferLike>();
    const space = wire.connection.memory.space.bind(wire.connection.memory);
    wire.connection.memory.space = () => {
      const next = space();
      seen.add(next.buffer);
      return next;
    };
    await wire.bring(answerTo(body), [1_000_000, 16_384], exchanged);
    const { sink, outcome } = await exchanged;
    expect(outcome).toBe(false);
    expect(Buffer.concat(sink.runs.map(({ bytes }) => bytes)).equals(body)).toBe(true);
    // Two runs of 1 MiB, and what comes before a pause is felt.
    expect(seen.size).toBeLessThanOrEqual(12);
  });

  it('that is hostile never brings a byte', async () => {
    const good = answerTo(pattern(50)).toString('latin1');
    const mutation = fc.record({
      at: fc.nat(good.indexOf('\r\n\r\n') + 3),
      text: fc.constantFrom('\0', '\n', '\r', ' ', '', '-', '9'),
    });
    await fc.assert(
      fc.asyncProperty(mutation, fc.integer({ min: 1, max: 40 }), async ({ at, text }, length) => {
        const wire = new Wire();
        const exchanged = exchange(wire, 50, 1000);
        const bytes = Buffer.from(good.slice(0, at) + text + good.slice(at + 1), 'latin1');
        await wire.bring(bytes, [length], exchanged);
        const { sink, outcome } = await exchanged;
        // What can be changed without harm: words that nobody reads, and white space around a value.
        const isUnharmed = outcome !== 'declined';
        const received = Buffer.concat(sink.runs.map((run) => run.bytes));
        expect(received.equals(isUnharmed ? pattern(50) : Buffer.alloc(0))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('asks as undici does', () => {
    const wire = new Wire();
    const headers = { accept: '*/*', range: 'bytes=0-9' };
    void askOn(wire.connection, {
      url: new URL('http://cdn:1/a%20b?c=%2F#d'),
      headers,
      headersTimeoutMs: 1,
      signal,
    }).catch(() => undefined);
    expect(wire.sent).toBe(
      'GET /a%20b?c=%2F HTTP/1.1\r\nhost: cdn:1\r\nconnection: keep-alive\r\naccept: */*\r\nrange: bytes=0-9\r\n\r\n',
    );
  });
});
