import { describe, expect, it } from 'vitest';
import { Speed } from '../../src/transfer/speed.js';

describe('Speed', () => {
  it('knows nothing from one sample', () => {
    expect(new Speed().sample(1000, 500)).toBe(0);
  });

  it('is that of the last five seconds', () => {
    const speed = new Speed();
    for (let second = 0; second <= 10; second += 1) speed.sample(second * 1000, second * 100);
    for (let second = 11; second <= 14; second += 1) speed.sample(second * 1000, 1000);
    expect(speed.sample(16_000, 1000)).toBe(0);
  });

  it('is a mean, in bytes a second', () => {
    const speed = new Speed();
    speed.sample(0, 0);
    speed.sample(500, 1000);
    expect(speed.sample(2000, 3000)).toBe(1500);
  });

  it('is never negative', () => {
    const speed = new Speed();
    speed.sample(0, 5000);
    expect(speed.sample(1000, 0)).toBe(0);
  });
});
