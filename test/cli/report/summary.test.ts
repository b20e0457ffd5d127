import { describe, expect, it } from 'vitest';
import { downloadSummary, failedDownloadLines } from '../../../src/cli/report/summary.js';
import type { DownloadedFile, DownloadResult, DownloadTotals } from '../../../src/operations/download-result.js';
import { MB } from './events.js';

function resultOf(files: readonly Partial<DownloadedFile>[], totals: Partial<DownloadTotals> = {}): DownloadResult {
  return {
    repo: 'org/name',
    type: 'model',
    revision: 'main',
    commit: 'c'.repeat(40),
    path: '/cache/snapshot',
    complete: true,
    files: files.map((file) => ({
      path: 'a.bin',
      size: MB,
      digest: null,
      state: 'fetched',
      bytesFetched: MB,
      ...file,
    })),
    totals: {
      files: files.length,
      bytes: files.length * MB,
      bytesFetched: 0,
      bytesCached: 0,
      bytesWasted: 0,
      retries: 0,
      seconds: 2,
      ...totals,
    },
    sources: {},
  };
}

describe('downloadSummary', () => {
  it('is one line in the good case', () => {
    expect(downloadSummary(resultOf([{}, {}], { bytesFetched: 2 * MB }))).toEqual([
      'fetched 2.00 MB in 2.0 s (1.00 MB/s): 2 files',
    ]);
  });

  it('tells what was here and what was lost', () => {
    const result = resultOf([{}, { state: 'cached', bytesFetched: 0 }], {
      bytesFetched: MB,
      bytesWasted: 5_000,
      retries: 2,
    });
    expect(downloadSummary(result)).toEqual([
      'fetched 1.00 MB in 2.0 s (500 kB/s): 1 file, 1 more were here already',
      '5.00 kB had to be fetched twice, 2 new tries',
    ]);
  });

  it('says so when there was nothing to do', () => {
    expect(downloadSummary(resultOf([{ state: 'cached', bytesFetched: 0 }]))).toEqual([
      '1 file, 1.00 MB: everything was here already',
    ]);
  });
});

const failed = (path: string, message: string): Partial<DownloadedFile> => ({
  path,
  state: 'failed',
  bytesFetched: 0,
  error: { code: 'a-code', exitCode: 5, message },
});

describe('failedDownloadLines', () => {
  it('names each failed file and why, and what is complete', () => {
    const result = resultOf([{}, failed('b\u001b.bin', 'cdn.example: reset'), failed('c.bin', 'wrong bytes')]);
    expect(failedDownloadLines(result, '2 of 3 files failed; the first: wrong bytes')).toEqual([
      '- b\\x1b.bin: cdn.example: reset',
      '- c.bin: wrong bytes',
      '1 of 3 files complete, 1.00 MB; 1.00 MB fetched in this run',
    ]);
  });

  it.each([
    ['cdn.example: reset', 'cdn.example: reset'],
    ['2 of 3 files failed: disk full', 'disk full'],
  ])('does not repeat what %j has told', (told, reason) => {
    const lines = failedDownloadLines(resultOf([{}, failed('b.bin', reason), failed('c.bin', reason)]), told);
    expect(lines).toEqual([
      'not complete: b.bin, c.bin',
      '1 of 3 files complete, 1.00 MB; 1.00 MB fetched in this run',
    ]);
  });

  it('tells of an interrupted run what had failed before', () => {
    const result = resultOf([failed('a.bin', 'gone'), failed('b.bin', 'interrupted')]);
    expect(failedDownloadLines(result, 'interrupted').slice(0, 2)).toEqual(['- a.bin: gone', 'not complete: b.bin']);
  });

  it('stays short when hundreds failed', () => {
    const many = (reasonOf: (n: number) => string) =>
      failedDownloadLines(resultOf(Array.from({ length: 300 }, (_, n) => failed(`${n}.bin`, reasonOf(n)))), 'failed');
    expect(many((n) => `reason ${n}`)).toHaveLength(22);
    expect(many(() => 'reset')[0]).toBe('- 0.bin, 1.bin, 2.bin, 3.bin, 4.bin and 295 more: reset');
  });

  it('names the endpoints that lied', () => {
    const droppedEndpoints = [{ endpoint: 'https://mirror.example', why: 'sent wrong bytes of a.bin' }];
    const lines = failedDownloadLines({ ...resultOf([failed('a.bin', 'reset')]), droppedEndpoints }, 'reset');
    expect(lines.at(-1)).toBe('https://mirror.example was not asked any more: it sent wrong bytes of a.bin');
  });
});
