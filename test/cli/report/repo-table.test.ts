import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/cli/columns.js';
import { repoTable } from '../../../src/cli/report/repo-table.js';
import type { RepoOnHub } from '../../../src/operations/search-repos.js';

const nowMs = Date.parse('2026-11-29T00:00:00.000Z');
const found: RepoOnHub[] = [
  {
    repo: 'facebook/opt-13b',
    type: 'model',
    downloads: 1_234_567,
    likes: 65,
    lastModified: '2023-01-24T00:00:00.000Z',
    private: false,
    gated: false,
  },
  { repo: 'a/b', type: 'dataset', downloads: null, likes: null, lastModified: null, private: null, gated: null },
  {
    repo: 'c/d',
    type: 'space',
    downloads: 999,
    likes: 1000,
    lastModified: '2026-11-28T23:30',
    private: true,
    gated: false,
  },
];

describe('the table of hub search', () => {
  it('names each repo as the other commands take it, and leaves out what the hub does not say', () => {
    expect(repoTable(found, { columns: undefined, nowMs: Date.parse('2026-11-29T00:00') })).toBe(
      [
        'REPO              DOWNLOADS  LIKES  UPDATED',
        'facebook/opt-13b      1.23M     65  3 y ago',
        'datasets/a/b',
        'spaces/c/d              999  1.00k  30 min ago',
      ].join('\n'),
    );
  });

  it.each([50, 80])('fits %i columns', (columns) => {
    const long = found.map((repo) => ({ ...repo, repo: `organisation/${'long-name-'.repeat(9)}x` }));
    const lines = repoTable(long, { columns, nowMs }).split('\n');
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
    expect(lines[1]).toContain('…');
  });
});
