import { describe, expect, it } from 'vitest';
import { keptLines, removedLines, unreachedLimit } from '../../../src/cli/report/removal-lines.js';
import type { KeptThing, RemovalResult, RemovedThing } from '../../../src/operations/removal-result.js';

const commit = '1234567890'.repeat(4);

function removed(more: Partial<RemovedThing>): RemovedThing {
  const thing = { repo: 'org/a', type: 'model' as const, what: 'revision' as const, commit, refs: [], file: null };
  return { ...thing, path: '/cache/x', bytes: 2_000_000, stays: [], ...more };
}

function kept(more: Partial<KeptThing>): KeptThing {
  const thing = { repo: 'org/a', type: 'model' as const, what: 'revision' as const, commit, path: '/cache/x' };
  return { ...thing, bytes: 3_000_000, reason: 'recently-used', lastUsed: null, ...more };
}

function result(more: Partial<RemovalResult>): RemovalResult {
  return { cacheDir: '/cache', dryRun: false, removed: [], kept: [], bytesFreed: 0, ...more };
}

describe('what was removed', () => {
  it.each<[Partial<RemovedThing>, string]>([
    [{}, 'org/a 1234567890'],
    [{ refs: ['main', 'v1'] }, 'org/a 1234567890 (main, v1)'],
    [{ what: 'repo', commit: null, type: 'dataset' }, 'datasets/org/a, all of it'],
    [{ what: 'file', file: 'a/b.bin' }, 'org/a 1234567890: a/b.bin'],
    [{ what: 'unfinished' }, 'org/a, unfinished download of 1234567890'],
    [{ what: 'unfinished', commit: null }, 'org/a, unfinished download'],
    [{ what: 'leftover', commit: null, path: `/cache/r/blobs/${commit}` }, 'org/a, blob 1234567890 that nothing names'],
    [{ what: 'leftover', commit: null }, 'org/a, left by a removal that was stopped'],
    [{ what: 'file', file: '\u001b[2J' }, 'org/a 1234567890: \\x1b[2J'],
  ])('%j', (thing, line) => {
    expect(removedLines(result({ removed: [removed(thing)] }))).toEqual([`2.00 MB  ${line}`, 'freed 0 B']);
  });

  it('and what of it stays, below it', () => {
    const stays = [
      { reason: 'needed' as const, files: 2, bytes: 5 },
      { reason: 'hard-linked' as const, files: 1, bytes: 6 },
      { reason: 'shared-store' as const, files: 1, bytes: 7 },
    ];
    expect(removedLines(result({ removed: [removed({ bytes: 1, stays })], bytesFreed: 1, dryRun: true }))).toEqual([
      '1 B  org/a 1234567890',
      '     2 files, 5 B, stay: another revision or download needs them',
      '     1 file, 6 B, stays on the disk: another repo or folder shares it',
      "     1 file, 7 B, stays in Python's shared store",
      'would free 1 B',
    ]);
  });

  it('nothing', () => {
    expect(removedLines(result({}))).toEqual(['nothing to remove']);
    expect(removedLines(result({ declined: true }))).toEqual(['nothing was removed']);
  });
});

describe('what is kept', () => {
  it('has its reason, but for what is merely young', () => {
    expect(keptLines(result({ kept: [kept({}), kept({ reason: 'young' })] }))).toEqual([
      'kept: org/a 1234567890 (used within the grace: --grace)',
    ]);
  });

  it('keeps gc from its limit, which names the largest first', () => {
    const limit = { bytes: 1000, reached: false, bytesBefore: 5_000_000, bytesAfter: 3_000_000 };
    const holder = 'process 7 on here';
    const its = [kept({ bytes: 1 }), kept({ reason: 'in-use', holder, repo: 'org/b' })];
    expect(unreachedLimit(result({ limit, kept: its }))).toBe(
      'the cache takes 3.00 MB, more than 1.00 kB: org/b 1234567890 (in use by process 7 on here), 3.00 MB; ' +
        'org/a 1234567890 (used within the grace: --grace), 1 B',
    );
    expect(unreachedLimit(result({ limit: { ...limit, reached: true } }))).toBeUndefined();
    expect(unreachedLimit(result({}))).toBeUndefined();
  });
});
