import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RateLimit } from '../../src/transfer/rate-limit.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Several connections that push runs as fast as they may, for so long. Gives the bytes that passed. */
async function push(
  limit: RateLimit,
  { connections, runBytes, ms }: { connections: number; runBytes: number; ms: number },
) {
  const endMs = Date.now() + ms;
  let passed = 0;
  const pushers = Array.from({ length: connections }, async () => {
    const { signal } = new AbortController();
    while (Date.now() < endMs) {
      await limit.pass(runBytes, signal);
      if (Date.now() <= endMs) passed += runBytes;
    }
  });
  await vi.runAllTimersAsync();
  await Promise.all(pushers);
  return passed;
}

describe('RateLimit', () => {
  it('tells that it is reached while somebody has to wait, and for a second after that', async () => {
    const limit = new RateLimit(1_000_000, () => Date.now());
    const { signal } = new AbortController();
    vi.advanceTimersByTime(50);
    await limit.pass(20_000, signal);
    expect(limit.isReached).toBe(false);
    const passed = limit.pass(500_000, signal);
    expect(limit.isReached).toBe(true);
    await vi.runAllTimersAsync();
    await passed;
    expect(limit.isReached).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(limit.isReached).toBe(false);
  });

  it.each([
    { connections: 1, runBytes: 64_000 },
    { connections: 8, runBytes: 64_000 },
    { connections: 64, runBytes: 16_384 },
  ])('holds $connections connections together within 5 % of the rate', async ({ connections, runBytes }) => {
    const bytesPerSecond = 10_000_000;
    const limit = new RateLimit(bytesPerSecond, () => Date.now());
    const passed = await push(limit, { connections, runBytes, ms: 5000 });
    expect(passed / (5 * bytesPerSecond)).toBeGreaterThan(0.95);
    expect(passed / (5 * bytesPerSecond)).toBeLessThan(1.05);
  });

  it('does not let a pause be made up for at a multiple of the rate', async () => {
    const limit = new RateLimit(1_000_000, () => Date.now());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await push(limit, { connections: 4, runBytes: 10_000, ms: 1000 })).toBeLessThan(1_100_000);
  });

  it('lets what has arrived pass at once when the transfer is called off', async () => {
    const controller = new AbortController();
    const limit = new RateLimit(1000, () => Date.now());
    const passing = limit.pass(1_000_000, controller.signal);
    controller.abort();
    await expect(passing).resolves.toBeUndefined();
    await expect(limit.pass(1_000_000, controller.signal)).resolves.toBeUndefined();
  });
});
