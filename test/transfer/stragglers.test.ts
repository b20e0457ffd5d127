import { describe, expect, it } from 'vitest';
import { Stragglers, type WatchedRead } from '../../src/transfer/stragglers.js';

const MB = 1_000_000;
const stallTimeoutMs = 30_000;
/** A sixth of it. */
const patienceMs = 5_000;
const stepMs = 250;

/** A connection with a speed, and what a read over it looks like. */
class PlayedRead implements WatchedRead {
  readonly begunMs: number;
  bytesFetched = 0;
  restBytes = 1_000 * MB;
  quietSinceMs: number;
  heldMs = 0;
  replacements = 0;

  constructor(
    readonly name: string,
    public bytesPerSecond: number,
    { nowMs = 0, path = 'model.bin', replacements = 0 } = {},
  ) {
    this.begunMs = nowMs;
    this.quietSinceMs = nowMs;
    this.path = path;
    this.replacements = replacements;
  }

  readonly path: string;

  step(nowMs: number): number {
    const bytes = (this.bytesPerSecond * stepMs) / 1000;
    this.bytesFetched += bytes;
    this.restBytes -= bytes;
    if (bytes > 0) this.quietSinceMs = nowMs;
    return bytes;
  }
}

/** Reads that go on for some time; one that is replaced goes on as `replaceBy` says, or is gone. */
class Play {
  nowMs = 0;
  totalBytes = 0;
  readonly replaced: { name: string; atMs: number; why: string }[] = [];
  readonly subject = new Stragglers<PlayedRead>(stallTimeoutMs);

  constructor(
    public reads: PlayedRead[],
    readonly replaceBy: (read: PlayedRead, nowMs: number) => PlayedRead[] = () => [],
  ) {}

  run(ms: number): this {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs;) {
      this.nowMs += stepMs;
      for (const read of this.reads) this.totalBytes += read.step(this.nowMs);
      for (const { read, why } of this.subject.find(this.nowMs, this.reads, this.totalBytes)) {
        this.replaced.push({ name: read.name, atMs: this.nowMs, why });
        this.reads = this.reads.flatMap((each) => (each === read ? this.replaceBy(read, this.nowMs) : [each]));
      }
    }
    return this;
  }

  get names(): string[] {
    return this.replaced.map(({ name }) => name);
  }
}

const flowing = (count: number, options?: { path?: string }): PlayedRead[] =>
  Array.from({ length: count }, (_, n) => new PlayedRead(`flowing ${n}`, MB, options));

describe('a read that goes dark', () => {
  it('is replaced after some seconds while its siblings flow', () => {
    const dark = new PlayedRead('dark', MB);
    const play = new Play([dark, ...flowing(3)]).run(6_000);
    expect(play.replaced).toEqual([]);
    dark.bytesPerSecond = 0;
    expect(play.run(patienceMs / 2).replaced).toEqual([]);
    expect(play.run(patienceMs / 2).names).toEqual(['dark']);
  });

  it('has twice the time before its first byte', () => {
    const play = new Play([new PlayedRead('mute', 0), ...flowing(3)]).run(2 * patienceMs);
    expect(play.replaced).toEqual([]);
    play.run(2 * stepMs);
    expect(play.replaced).toEqual([
      { name: 'mute', atMs: expect.any(Number) as number, why: 'nothing came for 10 s while others flowed' },
    ]);
  });

  it('is replaced although its siblings have all ended well meanwhile', () => {
    const dark = new PlayedRead('dark', MB);
    const play = new Play([dark, ...flowing(2)]).run(3_000);
    dark.bytesPerSecond = 0;
    play.run(2_500);
    play.reads = [dark];
    expect(play.run(2_500).names).toEqual(['dark']);
  });

  it('is left alone where it was the only one: nobody knows better', () => {
    const dark = new PlayedRead('dark', MB);
    const play = new Play([dark]).run(3_000);
    dark.bytesPerSecond = 0;
    expect(play.run(60_000).replaced).toEqual([]);
  });

  it('is not blamed for the time in which the target held it back', () => {
    const held = new PlayedRead('held', MB);
    const play = new Play([held, ...flowing(3)]).run(3_000);
    held.bytesPerSecond = 0;
    for (let ms = 0; ms < 20_000; ms += stepMs) {
      held.quietSinceMs = play.nowMs;
      held.heldMs += stepMs;
      play.run(stepMs);
    }
    expect(play.replaced).toEqual([]);
  });
});

describe('a read that crawls', () => {
  it('is replaced when it is far below the median of its siblings', () => {
    const play = new Play([new PlayedRead('crawling', MB / 50), ...flowing(3)]).run(patienceMs + 2 * stepMs);
    expect(play.replaced).toEqual([
      { name: 'crawling', atMs: expect.any(Number) as number, why: '20 kB/s beside 1000 kB/s' },
    ]);
  });

  it('is so too when the reads of its siblings are short', () => {
    const crawling = new PlayedRead('crawling', MB / 50);
    const play = new Play([crawling]);
    for (let ms = 0; ms < patienceMs + 2 * stepMs; ms += stepMs) {
      const short = [0, 1, 2].map((n) => new PlayedRead(`${n}`, MB, { nowMs: play.nowMs }));
      play.reads = [...play.reads.filter((read) => read === crawling), ...short];
      play.run(stepMs);
      for (const read of short) play.subject.ended(read);
    }
    expect(play.names).toEqual(['crawling']);
  });

  it('is left alone when one of its siblings is fast, however many reads that one has', () => {
    const slow = [0, 1, 2].map((n) => new PlayedRead(`slow ${n}`, MB / 50));
    const play = new Play(slow);
    for (let ms = 0; ms < 60_000; ms += stepMs) {
      const short = new PlayedRead('fast', 10 * MB, { nowMs: play.nowMs });
      play.reads = [...slow, short];
      play.run(stepMs);
      play.subject.ended(short);
    }
    expect(play.replaced).toEqual([]);
  });

  it('is left alone when it is merely slower', () => {
    expect(new Play([new PlayedRead('slow', MB / 5), ...flowing(3)]).run(60_000).replaced).toEqual([]);
  });

  it('is left alone when it is done soon', () => {
    const ending = new PlayedRead('ending', MB / 50);
    ending.restBytes = (ending.bytesPerSecond * (patienceMs + 4_000)) / 1000;
    expect(new Play([ending, ...flowing(3)]).run(patienceMs + 2_000).replaced).toEqual([]);
  });

  it('is compared with its own file, which may come from a slower server', () => {
    const slow = Array.from({ length: 3 }, (_, n) => new PlayedRead(`slow ${n}`, MB / 50, { path: 'config.json' }));
    expect(new Play([...slow, ...flowing(8)]).run(60_000).replaced).toEqual([]);
  });

  it('is compared with all where its file has no others', () => {
    const play = new Play([new PlayedRead('alone', MB / 50, { path: 'config.json' }), ...flowing(8)]);
    expect(play.run(patienceMs + 2 * stepMs).names).toEqual(['alone']);
  });
});

describe('a link', () => {
  it('that is slow as a whole replaces nobody', () => {
    const reads = Array.from({ length: 16 }, (_, n) => new PlayedRead(`${n}`, n % 4 === 0 ? 10 : 3_000));
    expect(new Play(reads).run(120_000).replaced).toEqual([]);
  });

  it('whose rate falls to a fiftieth, and comes back, replaces nobody', () => {
    const play = new Play(flowing(8)).run(10_000);
    for (const read of play.reads) read.bytesPerSecond = MB / 50;
    play.run(20_000);
    for (const read of play.reads) read.bytesPerSecond = MB;
    expect(play.run(20_000).replaced).toEqual([]);
  });

  it('that is dark for all replaces nobody, and neither does a machine that slept', () => {
    const play = new Play(flowing(8)).run(10_000);
    for (const read of play.reads) read.bytesPerSecond = 0;
    expect(play.run(29_000).replaced).toEqual([]);
    play.nowMs += 3_600_000;
    for (const read of play.reads.slice(0, 4)) read.bytesPerSecond = MB;
    expect(play.run(patienceMs).replaced).toEqual([]);
  });

  it('that forgot all connections but one has them replaced step by step, not more at a time than flow', () => {
    const dark = Array.from({ length: 7 }, (_, n) => new PlayedRead(`dark ${n}`, MB));
    const anew = (read: PlayedRead, nowMs: number) => [new PlayedRead(`${read.name} anew`, MB, { nowMs })];
    const play = new Play([...dark, ...flowing(1)], anew).run(6_000);
    for (const read of dark) read.bytesPerSecond = 0;
    play.run(2 * patienceMs);
    const atMs = [...new Set(play.replaced.map((one) => one.atMs))];
    expect(play.names.toSorted()).toEqual(dark.map(({ name }) => name));
    expect(play.replaced.filter((one) => one.atMs === atMs[0])).toHaveLength(1);
  });
});

describe('a range that is slow wherever it is asked for', () => {
  it('is taken from one read after the other ever more seldom', () => {
    const again = ({ name, replacements }: PlayedRead, nowMs: number) => [
      new PlayedRead(name, MB / 50, { nowMs, replacements: replacements + 1 }),
    ];
    const play = new Play([new PlayedRead('crawling', MB / 50), ...flowing(3)], again).run(40 * 60_000);
    expect(play.replaced.length).toBeLessThan(10);
    const gaps = play.replaced.slice(1).map(({ atMs }, n) => atMs - (play.replaced[n]?.atMs ?? 0));
    expect(gaps.every((gap, n) => gap > 1.7 * (gaps[n - 1] ?? 0))).toBe(true);
  });

  it('is so too where nothing of it comes', () => {
    const again = ({ name, replacements }: PlayedRead, nowMs: number) => [
      new PlayedRead(name, 0, { nowMs, replacements: replacements + 1 }),
    ];
    const play = new Play([new PlayedRead('dark', 0), ...flowing(3)], again).run(40 * 60_000);
    expect(play.replaced.length).toBeLessThan(10);
  });
});

describe('the first connection that is given up for its silence', () => {
  const nowMs = 100_000;
  const read = (name: string, { bytesFetched = MB, quietMs = 0 }) =>
    Object.assign(new PlayedRead(name, 0), { bytesFetched, quietSinceMs: nowMs - quietMs });
  const subject = new Stragglers<PlayedRead>(stallTimeoutMs);

  it('speaks for all that are as dark, those without a first byte too', () => {
    const others = [
      read('dark', { quietMs: 29_000 }),
      read('mute', { bytesFetched: 0, quietMs: 6_000 }),
      read('flowing', { quietMs: 1_000 }),
    ];
    const given = subject.asDarkAs(read('first', { quietMs: 30_000 }), nowMs, others);
    expect(given.map(({ name }) => name)).toEqual(['dark', 'mute']);
  });

  it.each([
    ['broke while bytes came', { quietMs: 100 }],
    ['never brought a byte: each spends its own tries', { bytesFetched: 0, quietMs: 30_000 }],
  ])('speaks for nobody when it %s', (_, failed) => {
    expect(subject.asDarkAs(read('first', failed), nowMs, [read('dark', { quietMs: 29_000 })])).toEqual([]);
  });
});
