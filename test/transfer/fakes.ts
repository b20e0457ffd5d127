import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExitCode, HubError } from '../../src/errors.js';
import type { Digest } from '../../src/repo/digest.js';
import type { RetryBudget, TransferFile } from '../../src/transfer/transfer-file.js';
import { type Segment, SegmentSet } from '../../src/transfer/segments.js';
import type { Run, Sink, Source } from '../../src/transfer/source.js';
import type { Target } from '../../src/transfer/target.js';

export const MiB = 1024 * 1024;

/** Bytes that differ from one another at every place that could be mixed up. */
export function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let value = seed;
  for (let index = 0; index < length; index += 1) {
    value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = value >>> 24;
  }
  return bytes;
}

export function sha256Of(bytes: Uint8Array): Digest {
  return { algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') };
}

export function gitSha1Of(bytes: Uint8Array): Digest {
  const hex = createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
  return { algorithm: 'git-sha1', hex };
}

/** Lets everything that waits for nothing but its turn go on. */
export async function turnsPass(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

/** A failure after which another try may help. */
export class LinkDown extends HubError {
  readonly code = 'link-down';
  readonly exitCode = ExitCode.network;
  override readonly retryable = true;
}

/** A failure after which none does. */
export class Refused extends HubError {
  readonly code = 'refused';
  readonly exitCode = ExitCode.access;
}

/** One read under way: the test decides when and what it sends. */
export class ManualRead {
  readonly done: Promise<void>;
  isOpen = true;
  sentBytes = 0;
  #position: number;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(
    readonly range: Segment,
    readonly sink: Sink,
    readonly signal: AbortSignal,
    readonly content: Uint8Array,
    readonly origin: string,
    start = range.start,
  ) {
    this.#position = start;
    this.done = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    }).finally(() => (this.isOpen = false));
    const onAbort = () => this.fail(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  }

  /** Sends the next bytes, in runs as the sink wants them. Rejects as the sink does; then the read has failed too. */
  async send(bytes: number): Promise<void> {
    const end = Math.min(this.content.byteLength, this.#position + bytes);
    while (this.#position < end) {
      const start = this.#position;
      this.#position = Math.min(end, start + this.sink.runBytes);
      await this.sendAt(start, this.content.subarray(start, this.#position));
    }
  }

  async sendAt(offset: number, bytes: Uint8Array): Promise<void> {
    this.sink.arrived(bytes.byteLength);
    this.sentBytes += bytes.byteLength;
    try {
      // Two buffers, as sockets give them.
      const half = Math.ceil(bytes.byteLength / 2);
      const buffers = [bytes.subarray(0, half), bytes.subarray(half)];
      await this.sink.write({ offset, buffers, origin: this.origin });
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** Sends what is left of the range and ends well. */
  async finish(): Promise<void> {
    await this.send(this.range.end - this.#position);
    this.end();
    await turnsPass();
  }

  end(): void {
    this.#resolve();
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}

/** A source whose reads wait for the test. */
export class ManualSource implements Source {
  ignoresRanges = false;
  readonly reads: ManualRead[] = [];
  mostOpen = 0;

  constructor(
    readonly content: Uint8Array,
    readonly origin = 'http://hub.test',
  ) {}

  get open(): ManualRead[] {
    return this.reads.filter(({ isOpen }) => isOpen);
  }

  get sent(): number {
    return this.reads.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  }

  /** The ranges that were asked for, in order. */
  get ranges(): Segment[] {
    return this.reads.map(({ range }) => range);
  }

  read(range: Segment, sink: Sink, signal: AbortSignal): Promise<void> {
    const start = this.ignoresRanges ? 0 : range.start;
    const read = new ManualRead(range, sink, signal, this.content, this.origin, start);
    this.reads.push(read);
    this.mostOpen = Math.max(this.mostOpen, this.open.length);
    return read.done;
  }
}

/** A source that does what a function says, for each read. */
export class ScriptedSource implements Source {
  ignoresRanges = false;
  readonly ranges: Segment[] = [];
  readonly #play: (read: ManualRead, index: number) => Promise<void>;

  constructor(
    readonly content: Uint8Array,
    play: (read: ManualRead, index: number) => Promise<void> = (read) => read.finish(),
    readonly origin = 'http://hub.test',
  ) {
    this.#play = play;
  }

  async read(range: Segment, sink: Sink, signal: AbortSignal): Promise<void> {
    this.ranges.push(range);
    const start = this.ignoresRanges ? 0 : range.start;
    const read = new ManualRead(range, sink, signal, this.content, this.origin, start);
    read.done.catch(() => undefined);
    await this.#play(read, this.ranges.length - 1);
    read.end();
    await read.done;
  }
}

/** A target in a nameless file, which refuses to be written twice at one place. */
export class FakeTarget implements Target {
  readonly size: number;
  readonly writes: Segment[] = [];
  readonly drops: Segment[] = [];
  readonly #had = new SegmentSet();
  /** What it has, as a target that another process would find. */
  readonly have: SegmentSet;
  readonly #content: Buffer;
  #descriptor: number | undefined;
  isPublished = false;
  isClosed = false;
  /** What the next write meets. */
  failure: Error | undefined;

  constructor(size: number, here?: { content: Uint8Array; ranges: readonly Segment[] }) {
    this.size = size;
    this.have = new SegmentSet(here?.ranges);
    this.#content = Buffer.alloc(size);
    const folder = mkdtempSync(join(tmpdir(), 'fake-target-'));
    this.#descriptor = openSync(join(folder, 'bytes'), 'w+');
    rmSync(folder, { recursive: true });
    for (const { start, end } of here?.ranges ?? [])
      this.#put(start, here?.content.subarray(start, end) ?? Buffer.alloc(0));
  }

  get bytes(): Buffer {
    return this.#content;
  }

  get descriptor(): number | undefined {
    return this.#descriptor;
  }

  missing(visit: (offset: number, bytes: Uint8Array) => void): Promise<Segment[]> {
    return Promise.resolve().then(() => {
      for (const { start, end } of this.have) {
        for (let from = start; from < end; from += MiB)
          visit(from, this.#content.subarray(from, Math.min(end, from + MiB)));
      }
      return this.have.missingFrom({ start: 0, end: this.size });
    });
  }

  async write(run: Run): Promise<void> {
    if (this.isClosed) throw new Error('written after close');
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    const bytes = Buffer.concat(run.buffers);
    const segment = { start: run.offset, end: run.offset + bytes.byteLength };
    if (this.have.within(segment).length > 0) throw new Error(`written twice: ${segment.start}-${segment.end}`);
    if (segment.end > this.size) throw new Error(`written beyond the end: ${segment.end}`);
    this.writes.push(segment);
    this.#put(run.offset, bytes);
    this.have.add(segment);
    this.#had.add(segment);
  }

  drop(ranges: readonly Segment[]): Promise<void> {
    for (const range of ranges) {
      this.drops.push(range);
      this.have.remove(range);
    }
    return Promise.resolve();
  }

  publish(): Promise<void> {
    this.isPublished = true;
    return Promise.resolve();
  }

  close(): Promise<void> {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.isClosed = true;
    return Promise.resolve();
  }

  #put(offset: number, bytes: Uint8Array): void {
    this.#content.set(bytes, offset);
    if (this.#descriptor !== undefined) writeSync(this.#descriptor, bytes, 0, bytes.byteLength, offset);
  }
}

/** A budget that rests as long as it is told, for as many failures as it is told. */
export class FakeBudget implements RetryBudget {
  readonly failures: unknown[] = [];
  newBytes = 0;

  constructor(
    readonly restMs = 0,
    readonly tries = Number.POSITIVE_INFINITY,
  ) {}

  progressed(bytes: number): void {
    this.newBytes += bytes;
  }

  failed(error: unknown): number {
    this.failures.push(error);
    if (this.failures.length >= this.tries) throw error;
    return this.restMs;
  }
}

export interface FakeFile<S extends Source> extends TransferFile {
  readonly source: S;
  readonly target: FakeTarget;
  readonly retry: FakeBudget;
}

/** A file to bring, with fakes at both of its ends. */
export function fileFrom<S extends Source & { readonly content: Uint8Array }>(
  source: S,
  overrides: Partial<FakeFile<S>> = {},
): FakeFile<S> {
  const { content } = source;
  return {
    path: 'model.bin',
    size: content.byteLength,
    digests: [sha256Of(content)],
    source,
    target: new FakeTarget(content.byteLength),
    retry: new FakeBudget(),
    ...overrides,
  };
}
