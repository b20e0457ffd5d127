import { describe, expect, it } from 'vitest';
import { firstMismatch } from '../../src/transfer/digest-mismatch.js';
import { gitSha1Of, sha256Of } from './fakes.js';

const [good, bad] = [Buffer.from('good'), Buffer.from('bad')];

describe('the first mismatch', () => {
  it('is none where all digests are as they should be', () => {
    const digests = [sha256Of(good), gitSha1Of(good)];
    expect(firstMismatch(digests, digests)).toBeUndefined();
  });

  it('is told with what was computed', () => {
    const expected = [sha256Of(good), gitSha1Of(good)];
    const actual = [sha256Of(good), gitSha1Of(bad)];
    expect(firstMismatch(expected, actual)).toEqual({ expected: gitSha1Of(good), actual: gitSha1Of(bad) });
  });

  it('is never passed over because a digest was not computed', () => {
    expect(() => firstMismatch([sha256Of(good), gitSha1Of(good)], [sha256Of(good)])).toThrow(/was not computed/);
  });
});
