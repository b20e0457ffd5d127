import { describe, expect, test } from 'vitest';
import type { DatasetChoice } from '../../../src/repo/dataset-choice.js';
import { chooseFiles, summarizeSubsets } from '../../../src/selection/dataset/choose.js';
import { HubError } from '../../../src/errors.js';
import { readLayout } from '../../../src/selection/dataset/layout.js';
import { loadLine } from '../../../src/selection/dataset/load-line.js';
import { readParquetLayout } from '../../../src/selection/dataset/parquet-branch.js';

const files = (...paths: string[]) => paths.map((path, index) => ({ path, size: 1000 * (index + 1) }));
const nothing: DatasetChoice = { subsets: [], splits: [], parquet: false };
const glue = files('README.md', 'cola/train-0.csv', 'cola/train-1.csv', 'cola/dev.csv', 'sst2/train-0.csv');
const readme = `---
configs:
- config_name: cola
  sep: ';'
  data_files:
  - split: train
    path: cola/train-*
  - split: validation
    path: cola/dev.csv
- config_name: sst2
  data_files: sst2/*
---
`;
const layout = readLayout(glue, { repoName: 'glue', readme });

function failure(choice: Partial<DatasetChoice>): HubError {
  try {
    chooseFiles(layout, { ...nothing, ...choice }, 'datasets/glue');
  } catch (error) {
    if (error instanceof HubError) return error;
  }
  throw new Error('it was chosen');
}

describe('what is refused', () => {
  test('an unknown subset, with those that there are and their sizes', () => {
    const error = failure({ subsets: ['colla'] });
    expect(error).toMatchObject({ exitCode: 3, code: 'subset-not-found' });
    expect(error.hint).toBe('It has cola (9.00 kB), sst2 (5.00 kB).');
  });

  test('an unknown split, with the name that a synonym stands for', () => {
    const error = failure({ subsets: ['cola'], splits: ['dev'] });
    expect(error).toMatchObject({ exitCode: 3, code: 'split-not-found' });
    expect(error.hint).toBe('Did you mean "validation"? It has train (5.00 kB), validation (4.00 kB).');
  });

  test('a split of nobody knows which subset', () => {
    const error = failure({ splits: ['train'] });
    expect(error).toMatchObject({ exitCode: 2, code: 'subset-not-chosen' });
    expect(error.hint).toContain('--subset. It has cola (9.00 kB), sst2');
  });
});

test('all subsets are told with their splits, files and sizes', () => {
  expect(summarizeSubsets(layout)).toEqual([
    {
      name: 'cola',
      isDefault: false,
      files: 3,
      bytes: 9000,
      splits: [
        { name: 'train', files: 2, bytes: 5000 },
        { name: 'validation', files: 1, bytes: 4000 },
      ],
    },
    { name: 'sst2', isDefault: false, files: 1, bytes: 5000, splits: [{ name: 'train', files: 1, bytes: 5000 }] },
  ]);
});

describe('the parquet branch', () => {
  const branch = readParquetLayout(
    files(
      '.gitattributes',
      'cola/test/0000.parquet',
      'cola/partial-train/0000.parquet',
      'cola/train-part0/0001.parquet',
      'cola/train/index.duckdb',
      'sst2/train/0000.parquet',
    ),
  );

  test('has subsets and splits in its paths', () => {
    expect(branch.subsets).toEqual(['cola', 'sst2']);
    const [cola] = chooseFiles(branch, { ...nothing, subsets: ['cola'], splits: ['train'] }, 'glue');
    expect(cola?.splits).toEqual([
      {
        name: 'train',
        files: [
          expect.objectContaining({ path: 'cola/partial-train/0000.parquet' }),
          expect.objectContaining({ path: 'cola/train-part0/0001.parquet' }),
        ],
      },
    ]);
  });

  test('of another form is unreadable', () => {
    expect(() => readParquetLayout(files('data/train-00000-of-00001.parquet'))).toThrow(/refs\/convert\/parquet/);
  });
});

describe('the Python line', () => {
  const line = (choice: Partial<DatasetChoice>, { folder = '/s', holdsCommitOnly = true, from = layout } = {}) => {
    const whole = { ...nothing, ...choice };
    const chosen = chooseFiles(from, whole, 'glue');
    const fetched = new Set(chosen.flatMap(({ splits }) => splits.flatMap((split) => split.files)));
    return loadLine({ folder, holdsCommitOnly, layout: from, chosen, fetched, choice: whole });
  };

  test('names the folder, the subset and each split, many files by their pattern', () => {
    expect(line({ subsets: ['cola'] })).toBe(
      'load_dataset("/s", name="cola", data_files={"train": ["cola/train-*"], "validation": ["cola/dev.csv"]})',
    );
  });

  test('gives one split where one is asked for', () => {
    expect(line({ subsets: ['sst2'], splits: ['train'] })).toBe(
      'load_dataset("/s", name="sst2", data_files={"train": ["sst2/train-0.csv"]}, split="train")',
    );
  });

  test('gives several subsets by their names', () => {
    expect(line({ subsets: ['cola', 'sst2'], splits: ['train'] })).toMatch(
      /^\{"cola": load_dataset\(.*split="train"\), "sst2": load_dataset\(.*\)\}$/,
    );
  });

  test('names files one by one in a folder that may hold others', () => {
    expect(line({ subsets: ['cola'], splits: ['train'] }, { holdsCommitOnly: false })).toContain(
      '{"train": ["cola/train-0.csv", "cola/train-1.csv"]}',
    );
  });

  test('quotes for Python, and takes no name for a pattern', () => {
    const odd = readLayout(files('my "[1]" \u202e\ntrain.csv'), { repoName: 'x' });
    expect(line({}, { folder: "/it's [here]", from: odd })).toBe(
      'load_dataset("/it\'s [here]", name="default", data_files={"train": ["/it\'s [[]here]/my \\"[[]1]\\" \\u202e\\ntrain.csv"]})',
    );
  });

  test('avoids the card where it would send Python into a folder that was not fetched', () => {
    const card =
      '---\nconfigs:\n- config_name: en\n  data_dir: en\n  sep: "\\t"\n- config_name: fr\n  data_dir: fr\n---\n';
    const byFolder = readLayout(files('en/a.csv', 'fr/b.csv'), { repoName: 'x', readme: card });
    expect(line({ subsets: ['en'] }, { from: byFolder })).toBe(
      'load_dataset("csv", data_files={"train": ["/s/en/a.csv"]}, sep="\\t")',
    );
  });
});
