import { describe, expect, it } from 'vitest';
import { planTable } from '../../../src/cli/report/plan-table.js';
import type { DownloadPlanResult, PlannedFileResult } from '../../../src/operations/download-result.js';

const MB = 1_000_000;

function planOf(files: PlannedFileResult[], rest: Partial<DownloadPlanResult> = {}): DownloadPlanResult {
  return {
    repo: 'org/name',
    type: 'model',
    revision: 'main',
    commit: 'c0ffee',
    path: '/cache/snapshots/c0ffee',
    complete: false,
    files,
    totals: {
      files: files.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      bytesToFetch: files.reduce((sum, { bytesToFetch }) => sum + bytesToFetch, 0),
      bytesCached: 900,
      bytesResumed: 100 * MB,
      bytesLinked: 30 * MB,
    },
    disk: { free: 5e9, needed: 20 * MB },
    ...rest,
  };
}

const fetched = (path: string, size: number): PlannedFileResult => ({
  path,
  size,
  digest: null,
  state: 'fetch',
  bytesToFetch: size,
});

describe('planTable', () => {
  it('tells state, size and path of each file, the totals, the time and the disk', () => {
    const plan = planOf([
      { path: 'config.json', size: 900, digest: null, state: 'cached', bytesToFetch: 0 },
      { path: 'model.bin', size: 120 * MB, digest: null, state: 'resume', bytesToFetch: 20 * MB },
      { path: 'b.bin', size: 30 * MB, digest: null, state: 'link', bytesToFetch: 0, from: '/cache/other/blobs/1' },
    ]);
    expect(planTable(plan, undefined).split('\n')).toEqual([
      'org/name@main (c0ffee)',
      'into /cache/snapshots/c0ffee',
      '',
      'cached    900 B  config.json',
      'resume   120 MB  model.bin',
      'link    30.0 MB  b.bin',
      '                 from /cache/other/blobs/1',
      '',
      '3 files, 150 MB: 900 B cached, 100 MB here of unfinished files, 30.0 MB to link, 20.0 MB to fetch',
      'time: 2.0 s at 10.0 MB/s, 0.2 s at 100 MB/s',
      'disk: 20.0 MB needed, 5.00 GB free',
    ]);
  });

  it('groups weights by their format, the heaviest first, and puts shards on one line', () => {
    const shards = ['00001', '00002', '00003'].map((number) => ({
      ...fetched(`model-${number}-of-00003.safetensors`, 10 * MB),
      format: 'safetensors' as const,
    }));
    const plan = planOf([
      fetched('config.json', 100),
      ...shards,
      { ...fetched('pytorch_model.bin', 50 * MB), format: 'pytorch', runsCode: true },
      { ...fetched('modeling.py', 5000), runsCode: true },
    ]);
    expect(planTable(plan, undefined).split('\n').slice(3, 14)).toEqual([
      'pytorch: 1 file, 50.0 MB',
      'fetch   50.0 MB  pytorch_model.bin',
      '',
      'safetensors: 3 files, 30.0 MB',
      'fetch   30.0 MB  model-{00001..00003}-of-00003.safetensors',
      '',
      'other files: 2 files, 5.10 kB',
      'fetch     100 B  config.json',
      'fetch   5.00 kB  modeling.py',
      '',
      'can run code when loaded: pytorch_model.bin, modeling.py',
    ]);
  });

  it('keeps shards apart to which different things happen', () => {
    const first = 'model-00001-of-00002.safetensors';
    const second = 'model-00002-of-00002.safetensors';
    const plan = planOf([{ ...fetched(first, 10), state: 'cached' }, fetched(second, 10)]);
    expect(planTable(plan, undefined)).toContain(`cached  10 B  ${first}\nfetch   10 B  ${second}`);
  });

  it('tells what could be left out, and which quantisations there are', () => {
    const plan = planOf([fetched('a.bin', 10)], {
      auto: { formats: ['safetensors'], bytesSaved: 2e9 },
      skipped: { files: 2, bytes: 3 * MB },
      quantisations: [
        { name: 'Q2_K', framework: 'gguf', bytes: 3e9, files: 1 },
        { name: 'Q4_K_M', framework: 'gguf', bytes: 4e9, files: 1 },
      ],
    });
    const text = planTable(plan, undefined);
    expect(text).toContain('--framework auto would take safetensors alone, and save 2.00 GB');
    expect(text).toContain('--quant takes one of: Q2_K (3.00 GB), Q4_K_M (4.00 GB)');
    expect(text).toContain('left out 3.00 MB');
  });

  it('tells the time at the speed that the run is limited to', () => {
    expect(planTable(planOf([fetched('a.bin', 600 * MB)]), 5 * MB)).toContain('time: 2 min 00 s at 5.00 MB/s\n');
  });
});
