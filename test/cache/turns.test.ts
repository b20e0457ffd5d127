import { describe, expect, it } from 'vitest';
import { turns } from '../../src/cache/turns.js';

describe('turns', () => {
  it('lets as many run at a time as there are places, in the order in which they came', async () => {
    const inTurn = turns(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const all = [0, 1, 2, 3].map((index) =>
      inTurn(() => {
        begun.push(index);
        return new Promise<void>((resolve) => ends.push(resolve));
      }),
    );
    for (const expected of [
      [0, 1],
      [0, 1, 2],
      [0, 1, 2, 3],
    ]) {
      await new Promise(setImmediate);
      expect(begun).toEqual(expected);
      ends.shift()?.();
    }
    for (const end of ends) end();
    await Promise.all(all);
  });

  it('gives the place on when an action fails', async () => {
    const inTurn = turns(1);
    await expect(inTurn(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await inTurn(() => Promise.resolve('yes'))).toBe('yes');
  });
});
