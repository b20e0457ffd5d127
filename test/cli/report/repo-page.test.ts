import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/cli/columns.js';
import { repoPage } from '../../../src/cli/report/repo-page.js';
import type { RepoDescription } from '../../../src/operations/repo-info.js';

const nowMs = Date.parse('2026-11-29T00:00:00.000Z');
const commit = 'a'.repeat(40);
const info: RepoDescription = {
  repo: 'org/name',
  type: 'dataset',
  revision: 'main',
  commit,
  page: 'https://hub.test/datasets/org/name',
  private: false,
  gated: false,
  disabled: false,
  createdAt: null,
  lastModified: '2026-11-01T10:00:00.000Z',
  downloads: 1_234_567,
  likes: null,
  tags: [],
  card: { title: null, task: null, library: null, languages: [], licenses: [], licenseName: null, licenseLink: null },
  sizes: {
    files: 3,
    bytes: 4000,
    byExtension: [
      { extension: '.bin', files: 1, bytes: 3900 },
      { extension: '', files: 2, bytes: 100 },
    ],
  },
  refs: { branches: [{ name: 'main', ref: 'refs/heads/main', commit }], tags: [], converts: [] },
};

const page = (changes: Partial<RepoDescription>, columns?: number) =>
  repoPage({ ...info, ...changes }, { columns, nowMs });

describe('the page of hub info', () => {
  it('has a line for what is known, and none for what is not', () => {
    expect(page({})).toBe(
      [
        'repo           datasets/org/name (dataset)',
        'page           https://hub.test/datasets/org/name',
        'licence        not told',
        'access         public',
        'downloads      1.23M',
        'updated        2026-11-01 (27 d ago)',
        `revision       main, commit ${commit}`,
        'files          3 files, 4.00 kB',
        '               3.90 kB  .bin (1 file)',
        '                 100 B  others (2 files)',
        'branches       main',
      ].join('\n'),
    );
  });

  it.each([
    [{ gated: 'manual', private: true }, 'private; gated: its owners choose who is given access'],
    [{ gated: 'auto' }, 'gated: who asks is given access'],
    [{ disabled: true }, 'disabled by the hub'],
    [{ private: null, gated: null, disabled: null }, 'not told'],
  ] as const)('tells access: %j', (changes, access) => {
    expect(page(changes)).toContain(`access         ${access}\n`);
  });

  it('names conversions and pull requests as a revision is named, and of very many some', () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ name: `v${index}`, ref: `refs/tags/v${index}`, commit }));
    const refs = { branches: [], tags: many, converts: [{ name: 'parquet', ref: 'refs/convert/parquet', commit }] };
    const text = page({ refs: { ...refs, pullRequests: [{ name: '1', ref: 'refs/pr/1', commit }] } });
    expect(text).toContain('conversions    refs/convert/parquet\npull requests  refs/pr/1');
    expect(text).toMatch(/, v29 and 10 more: --json has all\n/);
  });

  it.each([60, 80])('is wrapped to %i columns', (columns) => {
    const tags = Array.from({ length: 20 }, (_, index) => ({ name: `version-${index}`, ref: '', commit }));
    const card = { ...info.card, title: 'A title of many words '.repeat(8), licenses: ['mit'] };
    const lines = page({ card, refs: { ...info.refs, tags } }, columns).split('\n');
    expect(Math.max(...lines.filter((line) => !line.includes(commit)).map(displayWidth))).toBeLessThanOrEqual(columns);
    expect(lines.filter((line) => /^ {15}\S/.test(line)).length).toBeGreaterThan(4);
  });

  it('escapes what a terminal could obey', () => {
    const card = { ...info.card, title: 'a\u001b[31m\nb', licenses: ['\u202emit'], task: '\u0007' };
    const tags = [{ name: 'v\u001b[0m', ref: '', commit }];
    // eslint-disable-next-line no-control-regex -- these are what is looked for
    expect(page({ card, refs: { ...info.refs, tags }, lastModified: '\u001b' })).not.toMatch(/[\u001b\u0007\u202e]/);
  });
});
