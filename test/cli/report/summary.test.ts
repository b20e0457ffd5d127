import { describe, expect, it } from 'vitest';
import { downloadSummary, failedDownloadLines, planTable } from '../../../src/cli/report/summary.js';
import type {
  DownloadedFile,
  DownloadPlanResult,
  DownloadResult,
  DownloadTotals,
} from '../../../src/operations/download-result.js';
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

describe('failedDownloadLines', () => {
  it('names each failed file and why, and what is complete', () => {
    const result = resultOf([
      {},
      {
        path: 'b\u001b.bin',
        state: 'failed',
        bytesFetched: 500,
        error: { code: 'network', exitCode: 5, message: 'cdn.example: reset' },
      },
    ]);
    expect(failedDownloadLines(result)).toEqual([
      '  b\\x1b.bin: cdn.example: reset',
      '1 of 2 files complete, 1.00 MB; 1.00 MB fetched in this run',
    ]);
  });

  it('stays short when hundreds failed', () => {
    const failed = resultOf(Array.from({ length: 300 }, () => ({ state: 'failed' as const })));
    expect(failedDownloadLines(failed)).toHaveLength(22);
  });
});

describe('planTable', () => {
  it('tells state, size and path of each file, the totals and the disk', () => {
    const plan: DownloadPlanResult = {
      repo: 'org/name',
      type: 'model',
      revision: 'main',
      commit: 'c0ffee',
      path: '/cache/snapshots/c0ffee',
      complete: false,
      files: [
        { path: 'config.json', size: 900, digest: null, state: 'cached', bytesToFetch: 0 },
        { path: 'model.bin', size: 120 * MB, digest: null, state: 'resume', bytesToFetch: 20 * MB },
        { path: 'b.bin', size: 30 * MB, digest: null, state: 'link', bytesToFetch: 0, from: '/cache/other/blobs/1' },
      ],
      totals: {
        files: 3,
        bytes: 150 * MB + 900,
        bytesToFetch: 20 * MB,
        bytesCached: 900,
        bytesResumed: 100 * MB,
        bytesLinked: 30 * MB,
      },
      disk: { free: 5e9, needed: 20 * MB },
    };
    expect(planTable(plan).split('\n')).toEqual([
      'org/name@main (c0ffee)',
      'into /cache/snapshots/c0ffee',
      '',
      'STATE      SIZE  PATH',
      'cached    900 B  config.json',
      'resume   120 MB  model.bin',
      'link    30.0 MB  b.bin  (from /cache/other/blobs/1)',
      '',
      '3 files, 150 MB: 900 B cached, 100 MB here of unfinished files, 30.0 MB to link, 20.0 MB to fetch',
      'disk: 20.0 MB needed, 5.00 GB free',
    ]);
  });
});
