import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixedConcurrency } from '../../src/transfer/concurrency.js';
import { DigestMismatch } from '../../src/transfer/digest-mismatch.js';
import { Engine } from '../../src/transfer/engine.js';
import type { Segment } from '../../src/transfer/segments.js';
import type { Sink, Source, Suspects } from '../../src/transfer/source.js';
import { FakeTarget, MiB, bytesOf, fileFrom } from './fakes.js';

const content = bytesOf(4 * MiB);
const wrong = bytesOf(4 * MiB, 99);
const [hub, mirror] = ['http://hub.test', 'http://mirror.test'];
const whole = { start: 0, end: content.length };

let engine: Engine;
beforeEach(() => {
  engine = new Engine({ concurrency: fixedConcurrency(1), signal: new AbortController().signal });
});
afterEach(() => engine.close());

/** Reads alternate between a hub and its mirror, until one of them is doubted or convicted. */
class TwoSenders implements Source, Suspects {
  readonly ignoresRanges = false;
  readonly content = content;
  readonly suspects = this;
  readonly calls: string[] = [];
  readonly sentBytes = new Map<string, number>();
  #avoided: string | undefined;
  #reads = 0;

  constructor(
    readonly liars: readonly string[],
    readonly last: string = mirror,
  ) {}

  async read({ start, end }: Segment, sink: Sink): Promise<void> {
    this.#reads += 1;
    const turns = [hub, mirror].filter((origin) => origin !== this.#avoided);
    const origin = turns[this.#reads % turns.length] ?? hub;
    const bytes = (this.liars.includes(origin) ? wrong : content).subarray(start, end);
    this.sentBytes.set(origin, (this.sentBytes.get(origin) ?? 0) + bytes.byteLength);
    sink.arrived(bytes.byteLength);
    await sink.write({ offset: start, buffers: [bytes], origin });
  }

  doubt(origins: readonly string[]): string | undefined {
    this.calls.push(`doubt ${[...origins].sort().join(' ')}`);
    if (this.#avoided !== undefined) return undefined;
    return (this.#avoided = origins.includes(this.last) ? this.last : origins[0]);
  }

  convict(origin: string): boolean {
    this.calls.push(`convict ${origin}`);
    const isNew = this.#avoided !== origin;
    this.#avoided = origin;
    return isNew && this.liars.length < 2;
  }

  confirm(): void {
    this.calls.push('confirm');
  }
}

describe('Engine: wrong bytes of several senders', () => {
  it('drops and fetches only what the suspect sent, and says so when it is right then', async () => {
    const source = new TwoSenders([mirror]);
    const file = fileFrom(source);
    const result = await engine.transfer(file);
    const fromMirror = source.sentBytes.get(mirror) ?? 0;
    expect(fromMirror).toBeGreaterThan(0);
    expect(result).toMatchObject({ failure: undefined, bytesWasted: fromMirror });
    expect(result.bytesFetched).toBe(content.length + fromMirror);
    expect(file.target.drops).not.toContainEqual(whole);
    expect(file.target.bytes.equals(content)).toBe(true);
    expect(source.calls).toEqual([`doubt ${hub} ${mirror}`, 'confirm']);
  });

  it('drops all when it stays wrong, and takes it from the one who was doubted', async () => {
    const source = new TwoSenders([hub]);
    const file = fileFrom(source);
    expect(await engine.transfer(file)).toMatchObject({ failure: undefined });
    expect(file.target.drops.at(-1)).toEqual(whole);
    expect(file.target.bytes.equals(content)).toBe(true);
    expect(source.calls).toEqual([`doubt ${hub} ${mirror}`, `convict ${hub}`, 'confirm']);
  });

  it('ends when all of them are wrong', async () => {
    const source = new TwoSenders([hub, mirror]);
    const { failure } = await engine.transfer(fileFrom(source));
    expect(failure).toBeInstanceOf(DigestMismatch);
    expect(source.calls).not.toContain('confirm');
  });

  it('counts the bytes of an earlier run as those of one more sender', async () => {
    const target = new FakeTarget(content.length, { content: wrong, ranges: [{ start: 0, end: MiB }] });
    const source = new TwoSenders([], '');
    const result = await engine.transfer(fileFrom(source, { target }));
    expect(result).toEqual({
      bytesResumed: 0,
      bytesFetched: content.length,
      bytesWasted: 0,
      failure: undefined,
    });
    expect(target.drops).toEqual([{ start: 0, end: MiB }]);
    expect(target.bytes.equals(content)).toBe(true);
  });

  it('keeps the bytes of an earlier run where the suspect is another', async () => {
    const target = new FakeTarget(content.length, { content, ranges: [{ start: 0, end: MiB }] });
    const result = await engine.transfer(fileFrom(new TwoSenders([mirror]), { target }));
    expect(result).toMatchObject({ bytesResumed: MiB, failure: undefined });
    expect(target.drops).not.toContainEqual(whole);
  });
});
