import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/cli/columns.js';
import { fileTable } from '../../../src/cli/report/file-table.js';
import type { FileListing } from '../../../src/operations/list-files.js';

const sha256 = `sha256:${'0123456789abcdef'.repeat(4)}`;
const gitSha1 = `git-sha1:${'fedcba9876'.repeat(4)}`;

function listing(files: FileListing['files'], filesInRepo = files.length): FileListing {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const about = { repo: 'org/name', type: 'dataset', revision: 'main', commit: 'a'.repeat(40) } as const;
  return { ...about, files, totals: { files: files.length, bytes, filesInRepo } };
}

const two = [
  { path: 'config.json', size: 651, digest: gitSha1 },
  { path: 'model.safetensors', size: 12_345_678, digest: sha256 },
];

describe('the table of hub ls', () => {
  it('shortens nothing where no terminal is', () => {
    expect(fileTable(listing(two, 9), undefined)).toBe(
      [
        `   SIZE  ${'DIGEST'.padEnd(71)}  PATH`,
        `  651 B  ${gitSha1.padEnd(71)}  config.json`,
        `12.3 MB  ${sha256}  model.safetensors`,
        '',
        '2 of 9 files, 12.3 MB, in datasets/org/name@main (aaaaaaaaaa)',
      ].join('\n'),
    );
  });

  it('shows whole digests on a terminal only where they cost no path a letter', () => {
    expect(fileTable(listing(two), 99)).toContain(sha256);
    expect(fileTable(listing(two), 80)).toContain('12.3 MB  sha256:0123456789    model.safetensors');
  });

  it('shows no digest on a narrow terminal where that costs a path a letter', () => {
    const shards = [1, 2].map((n) => ({
      path: `weights/model-0000${n}-of-00002.safetensors`,
      size: n,
      digest: sha256,
    }));
    expect(fileTable(listing(shards), 60)).toContain('\n 1 B  weights/model-00001-of-00002.safetensors\n');
    expect(fileTable(listing(two), 60)).toContain('sha256:0123456789');
  });

  it.each([30, 60, 80, 160])('fits %i columns, and the end of a path is seen', (columns) => {
    const path = `${'日本語/deep/'.repeat(30)}model-00001-of-00002.bin`;
    const lines = fileTable(listing([{ path, size: 1e15, digest: sha256 }]), columns).split('\n');
    expect(lines[1]).toMatch(/of-00002\.bin$|2\.bin$/);
    if (columns >= 60) expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
  });

  it('escapes what a terminal could obey', () => {
    const table = fileTable(listing([{ path: 'a\u001b[31m\n\u202eb', size: 1, digest: sha256 }]), 80);
    expect(table).toContain('a\\x1b[31m\\x0a\\u202eb');
  });

  it('has a line for a repo without files', () => {
    expect(fileTable(listing([]), 80)).toBe(
      'SIZE  DIGEST  PATH\n\n0 files, 0 B, in datasets/org/name@main (aaaaaaaaaa)',
    );
  });
});
