import { describe, expect, it } from 'vitest';
import { limitReached } from '../../../src/operations/mirror/limits.js';

const none = { maxRepoSize: undefined, maxTotal: undefined, reserve: undefined };
const repo = { bytes: 100, bytesToFetch: 60, bytesToWrite: 70 };
const promised = { bytesFetched: 40, freeBytes: 170 };

describe('limitReached', () => {
  it.each([
    { limits: {}, reached: undefined },
    { limits: { maxRepoSize: 100 }, reached: undefined },
    { limits: { maxRepoSize: 99 }, reached: 'max-repo-size' },
    { limits: { maxTotal: 100 }, reached: undefined },
    { limits: { maxTotal: 99 }, reached: 'max-total' },
    { limits: { reserve: 100 }, reached: undefined },
    { limits: { reserve: 101 }, reached: 'reserve' },
    { limits: { maxRepoSize: 0, maxTotal: 0, reserve: 1000 }, reached: 'max-repo-size' },
  ])('$limits', ({ limits, reached }) => {
    expect(limitReached({ ...none, ...limits }, repo, promised)).toBe(reached);
  });

  it('leaves a disk that is too full to the check that names what is missing, where nothing is reserved', () => {
    expect(limitReached(none, repo, { ...promised, freeBytes: 0 })).toBeUndefined();
  });

  it('does not ask of what needs no byte from the hub', () => {
    const limits = { maxRepoSize: 1, maxTotal: 1, reserve: 1000 };
    expect(limitReached(limits, { ...repo, bytesToFetch: 0 }, promised)).toBeUndefined();
  });
});
