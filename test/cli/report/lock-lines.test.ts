import { describe, expect, it } from 'vitest';
import { checkLines, lockLines, plannedLockLines } from '../../../src/cli/report/lock-lines.js';
import type { LockResult, LockedRepo } from '../../../src/operations/lock/lock-result.js';

const none = { files: 0, bytes: 0 };

const repo = (change: Partial<LockedRepo>): LockedRepo => ({
  repo: 'facebook/opt-13b',
  type: 'model',
  revision: 'main',
  localDir: null,
  state: 'kept',
  commit: 'a'.repeat(40),
  previousCommit: 'a'.repeat(40),
  files: 12,
  bytes: 1_200_000_000,
  added: none,
  modified: none,
  removed: none,
  ...change,
});

const moved = repo({
  state: 'changed',
  commit: 'b'.repeat(40),
  added: { files: 3, bytes: 1_000_000_000 },
  modified: { files: 1, bytes: 200_000_000 },
});

function result(repos: readonly LockedRepo[], change: Partial<LockResult> = {}): LockResult {
  return {
    path: '/project/hub.lock',
    dryRun: false,
    changed: true,
    repos: [...repos],
    totals: { repos: 1, files: 12, bytes: 1_200_000_000, bytesFetched: 0, filesToRead: 0, bytesToRead: 0 },
    ...change,
  };
}

describe('lockLines', () => {
  it('tells what moved, came and went, and not what stayed', () => {
    const added = repo({ repo: 'org/x', type: 'dataset', state: 'added', previousCommit: null, localDir: 'data/x' });
    const removed = repo({ repo: 'gpt2', state: 'removed', commit: null, removed: { files: 1, bytes: 1 } });
    const other = repo({ repo: 'b', state: 'changed', removed: { files: 2, bytes: 9 } });
    expect(lockLines(result([repo({}), moved, added, removed, other]))).toEqual([
      'facebook/opt-13b          main  aaaaaaa → bbbbbbb  +3 files, 1 changed, +1.20 GB',
      'datasets/org/x in data/x  main  aaaaaaa            12 files, 1.20 GB',
      'gpt2                      main  aaaaaaa → gone',
      'b                         main  aaaaaaa            -2 files',
      'locked: 1 repo, 12 files, 1.20 GB',
    ]);
  });

  it('is one line where nothing changed', () => {
    expect(lockLines(result([repo({})], { changed: false }))).toEqual([
      '1 repo, 12 files, 1.20 GB: everything was locked already',
    ]);
  });

  it('gives the reason of a failure, where the message above has not told it, and no control character', () => {
    const error = { code: 'repo-not-found', exitCode: 3, message: 'there is no org/x\x1b[2J' };
    const failed = repo({ repo: 'org/x', state: 'failed', commit: null, previousCommit: null, error });
    expect(lockLines(result([failed]))[0]).toBe('org/x  main  failed  there is no org/x\\x1b[2J');
    expect(lockLines(result([failed]), error.message)[0]).toBe('org/x  main  failed');
  });
});

describe('plannedLockLines', () => {
  it('tells what would change, and what would be read', () => {
    const totals = { ...result([]).totals, filesToRead: 2, bytesToRead: 2000 };
    expect(plannedLockLines(result([moved], { totals }))).toEqual([
      'facebook/opt-13b  main  aaaaaaa → bbbbbbb  +3 files, 1 changed, +1.20 GB',
      'would read 2 files (2.00 kB) for their digests',
    ]);
    expect(plannedLockLines(result([repo({})], { changed: false }))).toEqual(['nothing would change']);
  });
});

describe('checkLines', () => {
  const totals = { repos: 1, files: 12, bytes: 1_200_000_000 };
  const check = { path: '/project/hub.lock', upToDate: false, differences: [], totals };

  it('has a line for each difference, with what to do', () => {
    const named = { repo: 'org/x', type: 'model' as const, revision: 'main' };
    const differences = [
      { ...named, state: 'missing' as const, message: 'org/x is in hub.toml, and not locked' },
      { ...named, state: 'extra' as const, message: 'org/y is locked, and not in hub.toml any more' },
    ];
    expect(checkLines({ ...check, differences })).toEqual([
      'org/x is in hub.toml, and not locked: "hub lock" locks it',
      'org/y is locked, and not in hub.toml any more: "hub lock" takes it out',
    ]);
  });

  it('tells a lock that is not there from one that fits', () => {
    expect(checkLines(check)).toEqual(['/project/hub.lock is not there: "hub lock" makes it']);
    expect(checkLines({ ...check, upToDate: true })).toEqual([
      '/project/hub.lock fits hub.toml: 1 repo, 12 files, 1.20 GB',
    ]);
  });
});
