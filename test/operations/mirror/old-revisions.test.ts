import { describe, expect, it } from 'vitest';
import { type RecordedCommit, oldCommits } from '../../../src/operations/mirror/old-revisions.js';
import { commitOf } from '../../support/cache-builder.js';

const current = commitOf('9');

function recorded(digit: string, day: number | undefined, ...revisions: string[]): RecordedCommit {
  const requests = (revisions.length === 0 ? ['main'] : revisions).map((revision) => ({
    revision,
    files: 'all' as const,
    begun: '2026-01-01T00:00:00.000Z',
    completed: day === undefined ? null : `2026-01-0${String(day)}T00:00:00.000Z`,
  }));
  return { commit: commitOf(digit), requests };
}

function old(keep: number, ...commits: RecordedCommit[]) {
  return oldCommits([recorded('9', 9), ...commits], { revision: 'main', current, keep });
}

describe('oldCommits', () => {
  it('lets all go but the newest', () => {
    const commits = [recorded('1', 1), recorded('3', 3), recorded('2', 2)];
    expect(old(1, ...commits)).toEqual([commitOf('3'), commitOf('2'), commitOf('1')]);
    expect(old(2, ...commits)).toEqual([commitOf('2'), commitOf('1')]);
    expect(old(4, ...commits)).toEqual([]);
  });

  it('keeps the current one, however old its record is', () => {
    expect(oldCommits([recorded('9', 1), recorded('1', 5)], { revision: 'main', current, keep: 1 })).toEqual([
      commitOf('1'),
    ]);
  });

  it('lets go what never came whole, and does not count it', () => {
    expect(old(2, recorded('1', 1), recorded('2', undefined))).toEqual([commitOf('2')]);
  });

  it.each([
    { what: 'by its hash', revisions: ['main', commitOf('1')] },
    { what: 'by another branch', revisions: ['main', 'v1'] },
    { what: 'by another branch alone', revisions: ['v1'] },
  ])('leaves alone what was asked for $what', ({ revisions }) => {
    expect(old(1, recorded('1', 1, ...revisions))).toEqual([]);
  });

  it('leaves alone what nobody has put on record', () => {
    expect(old(1, { commit: commitOf('1'), requests: [] })).toEqual([]);
  });
});
