import { expect, test } from 'vitest';
import { loadLine } from '../../../src/selection/dataset/load-line.js';

const file = { path: 'en/train.csv', size: 1 };
const split = { name: 'train', files: [file] };

/** Of a card whose other subset's folder was not fetched, so that its options stand in the line. */
function lineWith(options: Record<string, unknown>, folder = '/cache/snapshots/1'): string {
  return loadLine({
    folder,
    holdsCommitOnly: true,
    layout: {
      subsets: ['en', 'fr'],
      defaultSubset: undefined,
      folders: ['en/', 'fr/'],
      splitsOf: () => [split],
      optionsOf: () => options,
    },
    chosen: [{ name: 'en', splits: [split] }],
    fetched: new Set([file]),
    choice: { subsets: ['en'], splits: [], parquet: false },
  });
}

const plain = 'load_dataset("csv", data_files={"train": ["/cache/snapshots/1/en/train.csv"]}';

test('the reading options of a card stand in the line as plain data', () => {
  expect(lineWith({ sep: '\t', header: null, skiprows: 1 })).toBe(`${plain}, sep="\\t", header=None, skiprows=1)`);
});

test('a card sets no parameter of load_dataset itself, and no name that Python would not take', () => {
  const hostile = {
    cache_dir: '/etc',
    trust_remote_code: true,
    data_files: 'x',
    storage_options: {},
    class: 1,
    'a)b': 1,
  };
  expect(lineWith(hostile)).toBe(`${plain})`);
});

test('text out of the card ends no string', () => {
  expect(lineWith({ sep: '"); import os; ("\n\u2028' })).toBe(`${plain}, sep="\\"); import os; (\\"\\n\\u2028")`);
});
