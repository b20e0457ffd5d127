import { describe, expect, it } from 'vitest';
import { AdaptiveConcurrency, type Concurrency, fixedConcurrency } from '../../src/transfer/concurrency.js';

interface Link {
  /** Of all connections together, bytes a second. */
  total: number;
  /** Of one connection, once it has come up to speed. */
  connection: number;
  latencyMs: number;
  /** Bytes a second of each connection are lost for each further one: what many cost a small machine. */
  cost?: number;
}

const stepMs = 50;
const MB = 1_000_000;

/** Plays a transfer over a link, connections coming up to speed as TCP's slow start has it. Gives the limit each step. */
function play(concurrency: Concurrency, link: Link, { ms, startMs = 0 }: { ms: number; startMs?: number }): number[] {
  const opened: number[] = [];
  const limits: number[] = [];
  let bytes = startMs * 1000;
  let hasAnswered = false;
  for (let timeMs = startMs; timeMs < startMs + ms; timeMs += stepMs) {
    while (opened.length < concurrency.limit) opened.push(timeMs);
    opened.length = concurrency.limit;
    const wanted = opened.reduce((sum, openedMs) => sum + rateOf(link, timeMs - openedMs), 0);
    const lost = (link.cost ?? 0) * opened.length;
    bytes += (Math.max(0, Math.min(link.total, wanted) - lost) * stepMs) / 1000;
    if (!hasAnswered && timeMs - startMs >= link.latencyMs) {
      hasAnswered = true;
      concurrency.answered(link.latencyMs);
    }
    concurrency.sample({ timeMs, bytes, answers: 0, isSaturated: true });
    limits.push(concurrency.limit);
  }
  return limits;
}

function rateOf({ connection, latencyMs }: Link, ageMs: number): number {
  if (ageMs < latencyMs) return 0;
  const firstWindowBytes = 14_600;
  const roundTrips = (ageMs - latencyMs) / Math.max(1, latencyMs);
  return Math.min(connection, ((firstWindowBytes * 1000) / Math.max(1, latencyMs)) * 2 ** Math.min(40, roundTrips));
}

const last = (limits: readonly number[]): number => limits.at(-1) ?? 0;
const reachedAfterMs = (limits: readonly number[], limit: number): number =>
  limits.findIndex((value) => value >= limit) * stepMs;

describe('AdaptiveConcurrency', () => {
  it('starts modest', () => {
    expect(new AdaptiveConcurrency().limit).toBe(4);
  });

  it('climbs within a second where each connection is held down', () => {
    const limits = play(
      new AdaptiveConcurrency(),
      { total: 1000 * MB, connection: 20 * MB, latencyMs: 1 },
      { ms: 5000 },
    );
    expect(reachedAfterMs(limits, 32)).toBeLessThan(1000);
  });

  it('climbs beyond 16 within two seconds on a long, lossy link', () => {
    const limits = play(
      new AdaptiveConcurrency(),
      { total: 25 * MB, connection: 0.6 * MB, latencyMs: 150 },
      { ms: 5000 },
    );
    expect(reachedAfterMs(limits, 32)).toBeGreaterThan(0);
    expect(reachedAfterMs(limits, 32)).toBeLessThan(2000);
  });

  it('stays where it is when one connection brings all that this machine can take', () => {
    const limits = play(
      new AdaptiveConcurrency(),
      { total: 1000 * MB, connection: 500 * MB, latencyMs: 0.2, cost: 10 * MB },
      { ms: 3000 },
    );
    expect(Math.max(...limits)).toBe(4);
  });

  it('goes back to where more stopped helping', () => {
    const limits = play(
      new AdaptiveConcurrency(),
      { total: 50 * MB, connection: 10 * MB, latencyMs: 10 },
      { ms: 2000 },
    );
    expect(Math.max(...limits)).toBeGreaterThan(8);
    expect(last(limits)).toBe(8);
  });

  it('looks again now and then, and finds that the link became better', () => {
    const concurrency = new AdaptiveConcurrency();
    play(concurrency, { total: 40 * MB, connection: 10 * MB, latencyMs: 10 }, { ms: 1500 });
    const limits = play(
      concurrency,
      { total: 400 * MB, connection: 10 * MB, latencyMs: 10 },
      { ms: 20_000, startMs: 1500 },
    );
    expect(last(limits)).toBeGreaterThanOrEqual(32);
  });

  it('halves on a failure, once for failures that come together, and comes back', () => {
    const link = { total: 1000 * MB, connection: 20 * MB, latencyMs: 1 };
    const concurrency = new AdaptiveConcurrency();
    const before = last(play(concurrency, link, { ms: 3000 }));
    for (let failures = 0; failures < 10; failures += 1) concurrency.failed();
    expect(concurrency.limit).toBe(before / 2);
    expect(last(play(concurrency, link, { ms: 12_000, startMs: 3000 }))).toBe(before);
  });

  it('halves when the link becomes much slower', () => {
    const concurrency = new AdaptiveConcurrency();
    const before = last(play(concurrency, { total: 1000 * MB, connection: 20 * MB, latencyMs: 1 }, { ms: 3000 }));
    const limits = play(
      concurrency,
      { total: 20 * MB, connection: 20 * MB, latencyMs: 1 },
      { ms: 2000, startMs: 3000 },
    );
    expect(Math.min(...limits)).toBeLessThan(before);
  });

  it('never goes below one connection nor above 64', () => {
    const link = { total: 100_000 * MB, connection: 20 * MB, latencyMs: 1 };
    const concurrency = new AdaptiveConcurrency();
    expect(Math.max(...play(concurrency, link, { ms: 20_000 }))).toBe(64);
    for (let round = 0; round < 10; round += 1) {
      play(concurrency, link, { ms: 4000, startMs: 20_000 + round * 4000 });
      concurrency.failed();
    }
    expect(concurrency.limit).toBeGreaterThanOrEqual(1);
  });

  it('counts answers where the bytes are few', () => {
    const concurrency = new AdaptiveConcurrency();
    concurrency.answered(15);
    let answers = 0;
    for (let timeMs = 0; timeMs < 2000; timeMs += stepMs) {
      answers += (concurrency.limit * stepMs) / 30;
      concurrency.sample({ timeMs, bytes: answers * 4000, answers, isSaturated: true });
    }
    expect(concurrency.limit).toBeGreaterThanOrEqual(32);
  });

  it('does not grow while there is not enough work for the connections that it has', () => {
    const concurrency = new AdaptiveConcurrency();
    for (let timeMs = 0; timeMs < 5000; timeMs += stepMs) {
      concurrency.sample({ timeMs, bytes: timeMs * 1000, answers: 0, isSaturated: false });
    }
    expect(concurrency.limit).toBe(4);
  });

  it('tells each new limit and why', () => {
    const told: string[] = [];
    const concurrency = new AdaptiveConcurrency((limit, why) => told.push(`${String(limit)}: ${why}`));
    play(concurrency, { total: 50 * MB, connection: 10 * MB, latencyMs: 10 }, { ms: 1500 });
    expect(told).toEqual(['8: the speed still grows', '16: the speed still grows', '8: more brought nothing']);
  });
});

describe('fixedConcurrency', () => {
  it('never moves', () => {
    const concurrency = fixedConcurrency(3);
    play(concurrency, { total: 1000 * MB, connection: 20 * MB, latencyMs: 1 }, { ms: 2000 });
    concurrency.failed();
    expect(concurrency.limit).toBe(3);
  });
});
