import { describe, expect, it } from 'vitest';
import { mirrorReport } from '../../../src/cli/report/mirror-report.js';
import { type MirroredRepo, mirrorTotals } from '../../../src/operations/mirror/result.js';

function repo(name: string, fields: Partial<MirroredRepo>): MirroredRepo {
  const about = { type: 'model', revision: 'main', commit: '0123456789abcdef'.repeat(2) + '01234567' } as const;
  return { repo: name, ...about, state: 'unchanged', files: 3, bytes: 3_000_000, bytesFetched: 0, ...fields };
}

function failed(message: string): Pick<MirroredRepo, 'state' | 'error'> {
  return { state: 'failed', error: { code: 'gated', exitCode: 4, retryable: false, message, hint: null } };
}

function reportOf(...repos: MirroredRepo[]): string[] {
  return mirrorReport({ repos, totals: mirrorTotals(repos, 75) }).split('\n');
}

describe('mirrorReport', () => {
  it('names what is not as it was, the failures last, and sums the rest', () => {
    expect(
      reportOf(
        repo('org/a', {}),
        repo('org/b', failed('model org/b is gated')),
        repo('org/c', { state: 'updated', bytesFetched: 1_000_000 }),
        repo('org/d', { type: 'dataset', revision: 'v1', state: 'updated', reason: 'earlier-run' }),
        repo('org/e', { ...failed('model org/e is not on hub.test'), reason: 'gone' }),
        repo('org/f', { state: 'skipped', reason: 'max-total' }),
      ),
    ).toEqual([
      'updated    org/c: 0123456789, 3 files, 3.00 MB, 1.00 MB fetched',
      'updated    datasets/org/d@v1: 0123456789, 3 files, 3.00 MB, brought by a run that was killed',
      'skipped    org/f: more than --max-total leaves, 3.00 MB',
      'failed     org/b: model org/b is gated',
      'failed     org/e: gone upstream, the copy is kept: model org/e is not on hub.test',
      '6 repos, 18.0 MB: 1 unchanged, 2 updated, 1 skipped, 2 failed; 1.00 MB fetched in 1 min 15 s',
    ]);
  });

  it('is one line when nothing has changed', () => {
    expect(reportOf(repo('org/a', {}), repo('org/b', {}))).toEqual([
      '2 repos, 6.00 MB: 2 unchanged, 0 updated, 0 skipped, 0 failed; 0 B fetched in 1 min 15 s',
    ]);
  });

  it('tells of a plan what is to be fetched', () => {
    const [first, last] = reportOf(repo('org/a', { state: 'updated', bytesToFetch: 2_000_000 }));
    expect(first).toBe('updated    org/a: 0123456789, 3 files, 3.00 MB, 2.00 MB to fetch');
    expect(last).toMatch(/; 2\.00 MB to fetch$/);
  });

  it('escapes what a hub has said', () => {
    expect(reportOf(repo('org/a', failed('no \u001b[2J')))[0]).toBe('failed     org/a: no \\x1b[2J');
  });
});
