import { describe, expect, it } from 'vitest';
import { MirrorQueue, lookedUpAhead } from '../../../src/operations/mirror/queue.js';

function jobs(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Looks up all that it may, each job as large as its number says. */
function lookUpAll(queue: MirrorQueue<number, { bytesToFetch: number }>): number[] {
  const taken: number[] = [];
  for (let job = queue.takeToLookUp(); job !== undefined; job = queue.takeToLookUp()) {
    taken.push(job);
    queue.found(job, { bytesToFetch: 1000 - job });
  }
  return taken;
}

function bringAll(queue: MirrorQueue<number, { bytesToFetch: number }>): number[] {
  const taken: number[] = [];
  for (let next = queue.takeToBring(); next !== undefined; next = queue.takeToBring()) {
    taken.push(next.job);
    queue.done('transfer');
  }
  return taken;
}

function fail(queue: MirrorQueue<number, { bytesToFetch: number }>, how: 'lasting' | 'passing' | 'silent') {
  const job = queue.takeToLookUp();
  if (job === undefined) throw new Error('nothing to look up');
  return { job, again: queue.failed(job, { from: 'look-up', how, broughtBytes: false }) };
}

describe('MirrorQueue', () => {
  it('looks up 20 ahead, and brings the smallest of these first', () => {
    const queue = new MirrorQueue<number, { bytesToFetch: number }>(jobs(50));
    expect(lookUpAll(queue)).toEqual(jobs(lookedUpAhead));
    expect(queue.takeToBring()?.job).toBe(19);
    expect(lookUpAll(queue)).toEqual([20]);
    expect(queue.takeToBring()?.job).toBe(20);
  });

  it('waits with the first transfer until there are several to choose from', () => {
    const queue = new MirrorQueue<number, { bytesToFetch: number }>(jobs(3));
    const [first, second, third] = [queue.takeToLookUp(), queue.takeToLookUp(), queue.takeToLookUp()];
    queue.found(first ?? NaN, { bytesToFetch: 9 });
    queue.found(second ?? NaN, { bytesToFetch: 5 });
    expect(queue.takeToBring()).toBeUndefined();
    queue.found(third ?? NaN, { bytesToFetch: 7 });
    expect(bringAll(queue)).toEqual([1, 2, 0]);
    expect(queue.isOver).toBe(true);
  });

  it('keeps room for what is being looked up', () => {
    const queue = new MirrorQueue<number, { bytesToFetch: number }>(jobs(50));
    jobs(lookedUpAhead).forEach(() => queue.takeToLookUp());
    expect(queue.takeToLookUp()).toBeUndefined();
    queue.done('look-up');
    expect(queue.takeToLookUp()).toBe(20);
  });

  it('tries what failed once more, after all others', () => {
    const queue = new MirrorQueue<number, { bytesToFetch: number }>(jobs(3));
    expect(fail(queue, 'passing')).toEqual({ job: 0, again: true });
    expect(lookUpAll(queue)).toEqual([1, 2]);
    expect(bringAll(queue)).toEqual([2, 1]);
    expect(queue.isOver).toBe(false);
    expect(lookUpAll(queue)).toEqual([0]);
  });

  it('gives up when a whole round has brought nothing', () => {
    const queue = new MirrorQueue<number, { bytesToFetch: number }>(jobs(2));
    jobs(2).forEach(() => expect([fail(queue, 'passing').job, fail(queue, 'passing').job]).toEqual([0, 1]));
    expect(queue.takeToLookUp()).toBeUndefined();
    expect(queue.isOver).toBe(true);
    expect(queue.left()).toEqual([0, 1]);
  });

  it('goes on while a round brings new bytes, or makes one whole', () => {
    const queue = new MirrorQueue<number, { bytesToFetch: number }>(jobs(1));
    for (const round of [1, 2, 3]) {
      lookUpAll(queue);
      const next = queue.takeToBring();
      expect(next?.job, `in round ${String(round)}`).toBe(0);
      queue.failed(0, { from: 'transfer', how: 'passing', broughtBytes: round < 3 });
    }
    expect(queue.takeToLookUp()).toBeUndefined();
    expect(queue.isOver).toBe(true);
  });

  it('never tries again what another try cannot change', () => {
    const queue = new MirrorQueue<number, { bytesToFetch: number }>(jobs(1));
    expect(fail(queue, 'lasting').again).toBe(false);
    expect(queue.isOver).toBe(true);
    expect(queue.left()).toEqual([]);
  });

  it('stops when nobody has answered 20 times in a row', () => {
    const queue = new MirrorQueue<number, { bytesToFetch: number }>(jobs(100));
    jobs(19).forEach(() => fail(queue, 'silent'));
    queue.takeToLookUp();
    queue.done('look-up');
    jobs(19).forEach(() => fail(queue, 'silent'));
    expect(queue.isGivenUp).toBe(false);
    fail(queue, 'silent');
    expect(queue.isGivenUp).toBe(true);
    expect(queue.takeToLookUp()).toBeUndefined();
    expect(queue.isOver).toBe(true);
    expect(queue.left()).toHaveLength(99);
  });

  it('still brings what was looked up before nobody answered, and goes on if that works', () => {
    const queue = new MirrorQueue<number, { bytesToFetch: number }>(jobs(100));
    const first = queue.takeToLookUp();
    queue.found(first ?? NaN, { bytesToFetch: 1 });
    jobs(20).forEach(() => fail(queue, 'silent'));
    expect(queue.isOver).toBe(false);
    expect(bringAll(queue)).toEqual([0]);
    expect(queue.takeToLookUp()).toBe(21);
  });
});
