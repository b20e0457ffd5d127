import { describe, expect, it } from 'vitest';
import { selectWeights } from '../../../src/selection/weights/select-weights.js';
import { readWeightFile } from '../../../src/selection/weights/weight-file.js';
import { expected } from './expected.js';
import { realListing, realListings } from './listings.js';

/** `model-0000{1..3}-of-00003.safetensors` as its names, `*.gguf` as what matches. */
function spellOut(pattern: string, paths: readonly string[]): string[] {
  const range = /\{(\d+)\.\.(\d+)\}/.exec(pattern);
  if (range !== null) {
    const [braces, from = '', to = ''] = range;
    const count = Number(to) - Number(from) + 1;
    return Array.from({ length: count }, (_, index) =>
      pattern.replace(braces, String(Number(from) + index).padStart(from.length, '0')),
    );
  }
  return pattern.startsWith('*') ? paths.filter((path) => path.endsWith(pattern.slice(1))) : [pattern];
}

describe('auto, on every real listing', () => {
  it('has an expected outcome for each', () => {
    expect(expected.map(({ repo }) => repo.split(' ')[0])).toEqual(realListings.map(({ repo }) => repo));
  });

  it.each(expected)('$repo', ({ repo, kept, skippedFiles, skippedBytes }) => {
    const { files } = realListing(repo);
    const selected = selectWeights({ framework: 'auto' }, { files, listing: files, named: new Set(), repo });
    const paths = files.map(({ path }) => path);
    const weights = selected.files.map(({ path }) => path).filter((path) => readWeightFile(path) !== undefined);
    expect(weights.sort()).toEqual(kept.flatMap((pattern) => spellOut(pattern, paths)).sort());
    expect(files.length - selected.files.length).toBe(skippedFiles);
    expect(selected.skipped.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(skippedBytes);
  });
});
