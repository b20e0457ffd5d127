import { describe, expect, it } from 'vitest';
import { failedSyncLines, syncMarkdown, syncSummary } from '../../../src/cli/report/sync-report.js';
import type { DownloadedFile } from '../../../src/operations/download-result.js';
import { type SyncResult, type SyncedRepo, totalsOf } from '../../../src/operations/sync/result.js';
import { MB } from './events.js';

function repoOf(state: DownloadedFile['state'], change: Partial<SyncedRepo> = {}): SyncedRepo {
  const bytesFetched = state === 'fetched' ? MB : 0;
  return {
    repo: 'org/name',
    type: 'model',
    revision: 'main',
    commit: 'c'.repeat(40),
    path: '/cache/snapshot',
    complete: true,
    files: [{ path: 'a-b.bin', size: MB, digest: null, state, bytesFetched }],
    totals: { files: 1, bytes: MB, bytesFetched, bytesCached: 0, bytesWasted: 0, retries: 0, seconds: 1 },
    sources: {},
    ...change,
  };
}

function resultOf(...repos: SyncedRepo[]): SyncResult {
  return {
    lock: '/project/hub.lock',
    lockChanged: false,
    complete: repos.every(({ complete }) => complete),
    repos,
    totals: totalsOf(repos, { bytesFetched: 0, retries: 0, seconds: 2 }),
    sources: {},
  };
}

describe('syncSummary', () => {
  it.each([
    { states: ['fetched', 'cached'], says: 'fetched 1.00 MB in 2.0 s (500 kB/s): 2 repos, 2 files, 2.00 MB' },
    { states: ['linked', 'cached'], says: '2 repos, 2 files, 2.00 MB: nothing had to be fetched' },
    { states: ['cached', 'cached'], says: '2 repos, 2 files, 2.00 MB: everything was here already' },
  ] as const)('is one line: $says', ({ states, says }) => {
    expect(syncSummary(resultOf(...states.map((state) => repoOf(state))))).toEqual([says]);
  });

  it('says that the lock was written, what was fetched twice, and what was taken out', () => {
    const repo = repoOf('cached', { path: '/project/models', pruned: ['old.bin'] });
    const { totals, ...result } = resultOf(repo);
    expect(syncSummary({ ...result, lockChanged: true, totals: { ...totals, bytesWasted: 5_000 } })).toEqual([
      'hub.lock was written: commit it',
      '1 repo, 1 file, 1.00 MB: everything was here already',
      '5.00 kB had to be fetched twice',
      'took 1 file out of /project/models',
    ]);
  });
});

const error = { code: 'not-found', exitCode: 3, message: 'no *.bin | no <b>file</b>\u001B[2J' };
const broken = repoOf('failed', { repo: 'org/a-model_1', complete: false, error });

describe('failedSyncLines', () => {
  it('names what is not whole, why, and which files; a reason that was told is not repeated', () => {
    const lines = failedSyncLines(resultOf(repoOf('cached'), broken), 'another message');
    expect(lines).toEqual([
      String.raw`- org/a-model_1: no *.bin | no <b>file</b>\x1b[2J (a-b.bin)`,
      '1 of 2 repos complete; 0 B fetched in this run',
    ]);
    expect(failedSyncLines(resultOf(broken), `the message: ${error.message}`)[0]).toBe('- org/a-model_1 (a-b.bin)');
  });
});

describe('syncMarkdown', () => {
  it('is a table of the repos, in which no text is taken for markup', () => {
    const lines = syncMarkdown(resultOf(repoOf('fetched'), broken)).split('\n');
    expect(lines[0]).toBe('### hub sync: 1 of 2 repos whole');
    expect(lines.slice(4, 6)).toEqual([
      '| org/name | `cccccccccc` | 1 | 1.00 MB | 1.00 MB | whole |',
      String.raw`| org/a-model\_1 | ${'`cccccccccc`'} | 1 | 1.00 MB | 0 B | no \*.bin \| no \<b\>file\</b\>\\x1b\[2J |`,
    ]);
  });
});
