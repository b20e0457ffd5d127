import { describe, expect, it } from 'vitest';
import { inParallel } from '../../src/operations/in-parallel.js';

describe('inParallel', () => {
  it('works on each item once, in order, at most that many at a time', async () => {
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    await inParallel([0, 1, 2, 3, 4, 5, 6], 3, async (item) => {
      begun.push(item);
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
    });
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(most).toBe(3);
  });

  it('does nothing with nothing, and rejects with a failure', async () => {
    await inParallel([], 3, () => Promise.reject(new Error('never')));
    await expect(inParallel([1, 2], 2, (item) => Promise.reject(new Error(`${item}`)))).rejects.toThrow('1');
  });
});
