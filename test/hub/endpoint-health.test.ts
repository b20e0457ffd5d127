import { beforeEach, describe, expect, it } from 'vitest';
import { EndpointHealth } from '../../src/hub/endpoint-health.js';

const [a, b, c] = ['http://a', 'http://b', 'http://c'];
const second = 1000;

let nowMs = 0;
let health: EndpointHealth;
beforeEach(() => {
  nowMs = 1_000_000;
  health = new EndpointHealth([a, b, c], { now: () => nowMs });
});

/** A read of one second. */
function read(address: string, bytesPerSecond: number): void {
  health.began(address);
  nowMs += second;
  health.brought(address, { bytes: bytesPerSecond, ms: second });
  health.ended(address);
}

describe('the order', () => {
  it('is the user’s while nothing else is known', () => {
    expect(health.order()).toEqual([a, b, c]);
  });

  it('has those that failed last, for a while, the one whose rest ends first before the others', () => {
    health.failed(b);
    nowMs += second;
    health.failed(a);
    expect(health.order()).toEqual([c, b, a]);
    nowMs += 10 * second;
    expect(health.order()).toEqual([a, b, c]);
  });

  it('lets one rest longer each time that it fails, and forgives all when it answers', () => {
    health.failed(a);
    nowMs += 11 * second;
    health.failed(a);
    nowMs += 11 * second;
    expect(health.order()).toEqual([b, c, a]);
    nowMs += 10 * second;
    expect(health.order()).toEqual([a, b, c]);
    health.failed(a);
    health.answered(a);
    expect(health.order()).toEqual([a, b, c]);
  });

  it('counts what failed together as one failure', () => {
    expect(health.failed(a)).toBe(true);
    expect(health.failed(a)).toBe(false);
    nowMs += 11 * second;
    expect(health.order()).toEqual([a, b, c]);
  });

  it('keeps to a rest that an endpoint asks for', () => {
    health.failed(a, 60 * second);
    nowMs += 59 * second;
    expect(health.order()).toEqual([b, c, a]);
    nowMs += second;
    expect(health.order()).toEqual([a, b, c]);
  });
});

describe('an endpoint that lied', () => {
  it('does not come any more, and is told with the reason', () => {
    expect(health.drop(b, 'sent a web page')).toBe(true);
    expect(health.drop(b, 'again')).toBe(false);
    expect(health.order()).toEqual([a, c]);
    expect(health.dropped).toEqual([{ endpoint: b, why: 'sent a web page' }]);
  });

  it('stays when nobody else is left', () => {
    health.drop(a, 'x');
    health.drop(b, 'x');
    expect(health.drop(c, 'x')).toBe(false);
    expect(health.order()).toEqual([c]);
  });
});

describe('a slow endpoint', () => {
  it('is no reason to try another one while it is not slow at all', () => {
    read(a, 5_000_000);
    expect(health.order()).toEqual([a, b, c]);
    expect(health.isOutdone(a)).toBe(false);
  });

  it('is compared with another one, by one read at a time', () => {
    read(a, 100_000);
    expect(health.order()).toEqual([b, a, c]);
    expect(health.isOutdone(a)).toBe(true);
    health.began(b);
    expect(health.order()).toEqual([c, a, b]);
    health.began(c);
    expect(health.order()).toEqual([a, b, c]);
    expect(health.isOutdone(a)).toBe(false);
  });

  it('comes after one that is much faster', () => {
    read(a, 100_000);
    read(b, 900_000);
    expect(health.isOutdone(a)).toBe(true);
    read(c, 100_000);
    expect(health.order()).toEqual([b, a, c]);
  });

  it('keeps its place beside one that is a little faster', () => {
    read(a, 100_000);
    read(b, 200_000);
    read(c, 100_000);
    expect(health.order()).toEqual([a, b, c]);
    expect(health.isOutdone(a)).toBe(false);
  });

  it('has another chance later, of one read, and its place again when that is fast', () => {
    read(a, 100_000);
    read(b, 9_000_000);
    expect(health.order()[0]).toBe(b);
    nowMs += 120 * second;
    expect(health.order()[0]).toBe(a);
    health.began(a);
    expect(health.order()[0]).toBe(b);
    nowMs += second;
    health.brought(a, { bytes: 9_000_000, ms: second });
    expect(health.order()[0]).toBe(a);
  });
});
