import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deliver } from '../../src/net/body.js';
import { IncomingBody } from '../../src/net/incoming-body.js';
import type { BodyRun, Delivery, RunSink } from '../../src/net/run-gatherer.js';

const neverAborted = new AbortController().signal;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

class Connection {
  paused = true;
  aborted: Error | undefined;
  readonly body = new IncomingBody(
    {
      pause: () => (this.paused = true),
      resume: () => (this.paused = false),
      abort: (reason) => (this.aborted ??= reason),
    },
    'cdn:1',
  );
}

class SlowSink implements RunSink {
  runBytes = 100;
  runAgeMs = 250;
  arrivedBytes = 0;
  readonly runs: BodyRun[] = [];
  /** Lets the run that is being written be done. */
  written: () => void = () => undefined;
  failure: Error | undefined;

  constructor(readonly isSlow = false) {}

  arrived(bytes: number): void {
    this.arrivedBytes += bytes;
  }

  async write(run: BodyRun): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.runs.push(run);
    if (this.isSlow) await new Promise<void>((resolve) => (this.written = resolve));
  }

  get lengths(): number[] {
    return this.runs.map(({ buffers }) => Buffer.concat(buffers).byteLength);
  }
}

function delivery(connection: Connection, sink: RunSink, options: Partial<Delivery> = {}): Promise<void> {
  const delivered = deliver(connection.body, {
    offset: 1000,
    bytes: 250,
    origin: 'http://cdn:1',
    sink,
    stallTimeoutMs: 30_000,
    signal: neverAborted,
    ...options,
  });
  delivered.catch(() => undefined);
  return delivered;
}

const flush = () => vi.advanceTimersByTimeAsync(0);

describe('deliver', () => {
  it('gathers chunks into runs of the size that the sink wants, with offset and origin, without a copy', async () => {
    const connection = new Connection();
    const sink = new SlowSink();
    const done = delivery(connection, sink);
    const chunk = Buffer.alloc(250, 7);
    connection.body.push(chunk.subarray(0, 30));
    connection.body.push(chunk.subarray(30));
    connection.body.end();
    await done;
    expect(sink.lengths).toEqual([100, 100, 50]);
    expect(sink.runs.map(({ offset }) => offset)).toEqual([1000, 1100, 1200]);
    expect(sink.runs[0]?.origin).toBe('http://cdn:1');
    expect(sink.runs[1]?.buffers[0]?.buffer).toBe(chunk.buffer);
    expect(sink.arrivedBytes).toBe(250);
  });

  it('hands a small run over when its first byte is old enough', async () => {
    const connection = new Connection();
    const sink = new SlowSink();
    void delivery(connection, sink);
    connection.body.push(Buffer.alloc(10));
    await vi.advanceTimersByTimeAsync(240);
    connection.body.push(Buffer.alloc(10));
    expect(sink.lengths).toEqual([]);
    await vi.advanceTimersByTimeAsync(10);
    expect(sink.lengths).toEqual([20]);
  });

  it('takes a new run size up between two runs', async () => {
    const connection = new Connection();
    const sink = new SlowSink();
    void delivery(connection, sink);
    connection.body.push(Buffer.alloc(50));
    sink.runBytes = 20;
    connection.body.push(Buffer.alloc(100));
    await flush();
    expect(sink.lengths).toEqual([100, 20, 20]);
  });

  it('stops the socket while a run waits behind the one that a slow sink has, and lets it go on', async () => {
    const connection = new Connection();
    const sink = new SlowSink(true);
    void delivery(connection, sink, { bytes: 1000 });
    connection.body.push(Buffer.alloc(100));
    expect(connection.paused).toBe(false);
    connection.body.push(Buffer.alloc(100));
    expect(connection.paused).toBe(true);
    sink.written();
    await flush();
    expect(connection.paused).toBe(false);
  });

  it('ends a connection that drips less than 1 KiB in the stall timeout, after what came was pushed', async () => {
    const connection = new Connection();
    const sink = new SlowSink();
    const done = delivery(connection, sink, { bytes: 100_000 });
    connection.body.push(Buffer.alloc(2000));
    for (let second = 0; second < 30; second += 1) {
      await vi.advanceTimersByTimeAsync(1000);
      connection.body.push(Buffer.alloc(10));
    }
    await vi.advanceTimersByTimeAsync(1000);
    await expect(done).rejects.toMatchObject({ code: 'cut-off', retryable: true });
    await expect(done).rejects.toThrow('cdn:1 sent less than 1 KiB in 30 s');
    expect(connection.aborted).toBeDefined();
    expect(sink.lengths.reduce((a, b) => a + b, 0)).toBe(sink.arrivedBytes);
  });

  it('blames nobody while the sink is the slow one', async () => {
    const connection = new Connection();
    void delivery(connection, new SlowSink(true), { bytes: 1000 });
    connection.body.push(Buffer.alloc(400));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(connection.aborted).toBeUndefined();
  });

  it('tells a body that ended early, and pushes what came', async () => {
    const connection = new Connection();
    const sink = new SlowSink();
    const done = delivery(connection, sink);
    connection.body.push(Buffer.alloc(120));
    connection.body.end();
    await expect(done).rejects.toThrow('cdn:1 ended the body after 120 bytes');
    expect(sink.lengths).toEqual([100, 20]);
  });

  it('tells a reset, and pushes what came', async () => {
    const connection = new Connection();
    const sink = new SlowSink();
    const done = delivery(connection, sink);
    connection.body.push(Buffer.alloc(20));
    connection.body.fail(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    await expect(done).rejects.toThrow('cdn:1 reset the connection after 20 bytes');
    expect(sink.lengths).toEqual([20]);
  });

  it('never pushes more than was asked for', async () => {
    const connection = new Connection();
    const sink = new SlowSink();
    const done = delivery(connection, sink);
    connection.body.push(Buffer.alloc(251));
    await expect(done).rejects.toMatchObject({ code: 'wrong-length', retryable: true });
    expect(sink.lengths).toEqual([100, 100, 50]);
    expect(connection.aborted).toBeDefined();
  });

  it('does not mind a connection that breaks after the last byte', async () => {
    const connection = new Connection();
    const done = delivery(connection, new SlowSink());
    connection.body.push(Buffer.alloc(250));
    connection.body.fail(new Error('reset'));
    await done;
  });

  it('gives what the sink threw, and ends the connection', async () => {
    const connection = new Connection();
    const sink = new SlowSink();
    sink.failure = new Error('no space left');
    const done = delivery(connection, sink);
    connection.body.push(Buffer.alloc(120));
    await expect(done).rejects.toBe(sink.failure);
    expect(connection.aborted).toBe(sink.failure);
  });

  it('stops when it is called off', async () => {
    const connection = new Connection();
    const calledOff = new AbortController();
    const done = delivery(connection, new SlowSink(), { signal: calledOff.signal });
    connection.body.push(Buffer.alloc(20));
    calledOff.abort();
    await expect(done).rejects.toMatchObject({ code: 'interrupted' });
    expect(connection.aborted).toBeDefined();
  });

  it('notices a connection that broke before anybody read', async () => {
    const connection = new Connection();
    connection.body.fail(new Error('gone'));
    await expect(delivery(connection, new SlowSink())).rejects.toMatchObject({ code: 'cut-off' });
  });
});
