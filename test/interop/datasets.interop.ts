import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { newMachine, serve, type Machine } from '../e2e/support/machine.js';
import { repoWith } from '../support/hub-server/repos.js';
import { runHub } from './support.js';

const csv = (...names: string[]) => ['from;n', ...names.map((name, row) => `${name};${row}`), ''].join('\n');

/** Each row names its file. The options of reading differ, and so does the way in which splits are told. */
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
  sep: ';'
  features:
  - name: from
    dtype: string
  - name: n
    dtype: string
  data_files:
  - split: train
    path: sst2/train-*
  - split: test
    path: 'sst2/odd [[]1] "x".csv'
dataset_info:
- config_name: sst2
  features:
  - name: from
    dtype: string
  - name: n
    dtype: string
  splits:
  - name: train
    num_bytes: 1
    num_examples: 1
  - name: test
    num_bytes: 1
    num_examples: 2
  download_size: 1
  dataset_size: 2
---
`;
const folders = `---
configs:
- config_name: en
  data_dir: en
  sep: ';'
- config_name: fr
  data_dir: fr
  sep: ';'
---
`;
const parquet = readFileSync('fixtures/tiny-dataset/data/test-00000-of-00001.parquet');
const repos = [
  repoWith({
    id: 'org/glue',
    type: 'dataset',
    files: {
      'README.md': readme,
      'cola/train-0.csv': csv('cola-train-0'),
      'cola/train-1.csv': csv('cola-train-1'),
      'cola/dev.csv': csv('cola-dev', 'cola-dev'),
      'sst2/train-0.csv': csv('sst2-train'),
      'sst2/odd [1] "x".csv': csv('sst2-test', 'sst2-test'),
    },
  }),
  repoWith({
    id: 'org/folders',
    type: 'dataset',
    files: {
      'README.md': folders,
      'en/train.csv': csv('en'),
      'fr/train.csv': csv('fr-train'),
      'fr/test.csv': csv('fr-test'),
    },
  }),
  repoWith({
    id: 'org/plain',
    type: 'dataset',
    files: { 'train.jsonl': '{"from":"train"}\n', 'test.jsonl': '{"from":"test"}\n' },
    converts: { parquet: { 'default/test/0000.parquet': parquet, 'default/train/0000.parquet': 'none' } },
  }),
];

/** What the line gives: of each subset and split, where one is not the whole, the first column. */
const script = `
import json, sys
from datasets import Dataset, load_dataset
def plain(data):
    return data[data.column_names[0]][:] if isinstance(data, Dataset) else {str(name): plain(part) for name, part in data.items()}
print(json.dumps(plain(eval(sys.argv[1]))))
`;

const [datasets] = inject('datasets');

describe.skipIf(datasets === undefined)(`the Python line, in datasets ${datasets?.version ?? ''}`, () => {
  async function load(...words: string[]): Promise<unknown> {
    const machine = await newMachine(await serve({ repos }));
    return loadOn(machine, ...words);
  }

  async function loadOn(machine: Machine, ...words: string[]): Promise<unknown> {
    const { stderr } = await runHub(machine, 'download', ...words);
    const line = stderr.trimEnd().split('\n').at(-1) ?? '';
    const environment = { ...machine.environment, HF_HUB_OFFLINE: '1', HF_DATASETS_DISABLE_PROGRESS_BARS: '1' };
    const { stdout } = await promisify(execFile)(datasets?.interpreter ?? '', ['-c', script, line], {
      env: environment,
    });
    return JSON.parse(stdout);
  }

  test('gives one split', async () => {
    const words = ['org/glue', '--subset', 'cola', '--split', 'train'];
    expect(await load(...words)).toEqual(['cola-train-0', 'cola-train-1']);
  });

  test('gives a subset that is not the first of the card, with its splits', async () => {
    expect(await load('org/glue', '--subset', 'sst2')).toEqual({
      train: ['sst2-train'],
      test: ['sst2-test', 'sst2-test'],
    });
  });

  test('gives two subsets', async () => {
    expect(await load('org/glue', '--subset', 'sst2', '--subset', 'cola', '--split', 'train')).toEqual({
      sst2: ['sst2-train'],
      cola: ['cola-train-0', 'cola-train-1'],
    });
  });

  test('gives just what was fetched into a folder whose name is odd', async () => {
    const machine = await newMachine(await serve({ repos }));
    const words = ['org/glue', '--subset', 'sst2', '--split', 'test', '--local-dir', `${machine.home}/it's [a] "b"`];
    expect(await loadOn(machine, ...words)).toEqual(['sst2-test', 'sst2-test']);
  });

  test('gives a subset beside whose folder another one was not fetched', async () => {
    expect(await load('org/folders', '--subset', 'fr', '--split', 'test')).toEqual(['fr-test']);
  });

  test('gives the parquet copy', async () => {
    expect(await load('org/plain', '--parquet', '--split', 'test')).toHaveLength(16);
  });

  test('gives a split that only names of files tell, without a card', async () => {
    expect(await load('org/plain', '--split', 'test')).toEqual(['test']);
  });
});
