import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/cli/columns.js';
import { cacheTable, describeFindings } from '../../../src/cli/report/cache-table.js';
import type { CacheListing, ListedRepo } from '../../../src/operations/list-cache.js';

const nowMs = Date.UTC(2026, 0, 10);

function repo(name: string, bytes: number, more: Partial<ListedRepo> = {}): ListedRepo {
  return {
    repo: name,
    type: 'model',
    path: `/cache/${name}`,
    bytes,
    bytesShared: 0,
    bytesPartial: 0,
    files: 1,
    lastUsed: new Date(nowMs - 3 * 86_400_000).toISOString(),
    refs: [{ name: 'main', commit: '1'.repeat(40) }],
    revisions: [],
    partials: [],
    findings: [],
    ...more,
  };
}

function listing(...repos: ListedRepo[]): CacheListing {
  const bytes = repos.reduce((sum, it) => sum + it.bytes, 0);
  return {
    cacheDir: '/cache',
    repos,
    findings: [],
    totals: { repos: repos.length, revisions: repos.length, bytes, bytesShared: 0, bytesPartial: 0 },
  };
}

function table(it: CacheListing, columns?: number): string[] {
  return cacheTable(it, { revisions: false, columns, nowMs }).split('\n');
}

describe('the table of a cache', () => {
  it('has a bar for the share of the total, and one for the least of all', () => {
    const [, whole = '', tiny = ''] = table(listing(repo('org/large', 1e9), repo('org/tiny', 1)));
    expect(whole).toContain('████████████');
    expect(tiny).toContain('▏');
  });

  it('fits the terminal, whatever the names are', () => {
    const long = repo(`organisation/${'a-long-name-'.repeat(8)}`, 5e9, {
      refs: ['main', 'refs/pr/1', 'v1.0', 'dev'].map((name) => ({ name, commit: '1'.repeat(40) })),
      bytesShared: 1e9,
    });
    const wide = repo('组织/很长的模型名字🤗', 3e9, { refs: [{ name: '分支🚀', commit: '2'.repeat(40) }] });
    for (const columns of [60, 80, 100, 120, 200]) {
      const lines = table(listing(long, wide, repo('gpt2', 1e6)), columns).slice(0, 4);
      for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(columns);
      // One below the other, whatever stands before them.
      const ages = lines.slice(1).map((line) => displayWidth(line.slice(0, line.indexOf('3 d ago'))));
      expect(new Set(ages).size, lines.join('\n')).toBe(1);
    }
  });

  it('gives the room of its bars to the names where the terminal is narrow', () => {
    const name = 'organisation/a-model-with-a-name';
    expect(table(listing(repo(name, 1)), 79)[1]).toMatch(new RegExp(`^${name} +1 B +3 d ago`));
    expect(table(listing(repo(name, 1)), 80)[1]).toContain('█');
  });

  it('shortens nothing where nobody looks at a terminal', () => {
    const name = `org/${'n'.repeat(90)}`;
    expect(table(listing(repo(name, 1)))[1]).toContain(name);
  });

  it('never lets a name move the cursor', () => {
    const evil = repo('org/a', 1, { refs: [{ name: '\u001b[2Jmain', commit: '1'.repeat(40) }] });
    expect(table(listing(evil)).join('')).not.toContain('\u001b');
    const broken = { kind: 'broken' as const, path: '/cache/\u001b[2J', reason: 'x' };
    expect(describeFindings({ ...listing(evil), findings: [broken] }).join('')).not.toContain('\u001b');
  });

  it('names ten findings, and how many more there are', () => {
    const findings = Array.from({ length: 12 }, (_, n) => ({
      kind: 'foreign' as const,
      path: `/${String(n)}`,
      reason: 'x',
    }));
    expect(describeFindings({ ...listing(), findings }).at(-1)).toBe('and 2 more: --json has all');
  });

  it('of nothing says so', () => {
    expect(table(listing())).toEqual(['nothing in /cache']);
  });
});
