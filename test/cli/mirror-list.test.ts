import { describe, expect, it } from 'vitest';
import { type ListDefaults, linesOf, requestForRepo, requestsOf } from '../../src/cli/commands/mirror-list.js';
import { UsageError } from '../../src/errors.js';
import { settingsWith } from '../operations/support.js';

const settings = settingsWith('/cache');

function requests(text: string, defaults: Partial<ListDefaults> = {}) {
  return requestsOf(linesOf(text, 'list.txt'), { flags: {}, root: undefined, settings, ...defaults });
}

function one(line: string, defaults: Partial<ListDefaults> = {}) {
  const [request] = requests(line, defaults);
  if (request === undefined) throw new Error('no request');
  return request;
}

describe('the lines of a list', () => {
  it('are the words of a download', () => {
    const text = [
      '# what the lab uses',
      'facebook/opt-13b@v1 --exclude "*.h5" -x flax* # no TensorFlow',
      '',
      '   ',
      'datasets/nyu-mll/glue --subset cola --split train',
      "gpt2 config.json 'a folder/'",
      'org/name:Q4_K_M --size-guard 1GB -y',
      'org/name --framework pt --repo_type model',
    ].join('\r\n');
    const plain = { paths: [], include: [], exclude: [] };
    expect(requests(text)).toEqual([
      {
        ...plain,
        repo: { type: 'model', name: 'facebook/opt-13b' },
        revision: 'v1',
        exclude: ['*.h5', 'flax*'],
        weights: { framework: 'all' },
      },
      {
        ...plain,
        repo: { type: 'dataset', name: 'nyu-mll/glue' },
        dataset: { subsets: ['cola'], splits: ['train'], parquet: false },
      },
      {
        ...plain,
        repo: { type: 'model', name: 'gpt2' },
        paths: ['config.json', 'a folder/'],
        weights: { framework: 'all' },
      },
      { ...plain, repo: { type: 'model', name: 'org/name' }, weights: { framework: 'all', quant: 'Q4_K_M' } },
      { ...plain, repo: { type: 'model', name: 'org/name' }, weights: { framework: 'pytorch' } },
    ]);
  });

  it('tell all that is wrong in them at once, and where', () => {
    const text = [
      'org/a',
      'not//a-repo',
      'org/b --no-such-flag',
      'org/c "open',
      'org/d --token x',
      'org/e --framework no',
    ];
    expect(() => requests(text.join('\n'))).toThrow(UsageError);
    expect(() => requests(text.join('\n'))).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(
          /^5 lines are wrong:\n {2}list\.txt:2: .*\n {2}list\.txt:3: .*no-such-flag.*\n {2}list\.txt:4: .*not closed\n {2}list\.txt:5: --token is for the whole run.*\n {2}list\.txt:6: --framework: "no".*$/,
        ) as string,
      }),
    );
  });

  it.each(['--dry-run', '--cache-dir /x', '--concurrency 3', '--json', '-q'])(
    'do not take %s, which is for the run',
    (flag) => {
      expect(() => requests(`org/a ${flag}`)).toThrow(/^list\.txt:1: --[a-z-]+ is for the whole run/);
    },
  );
});

describe('what holds for all lines', () => {
  it('gives way to what a line says', () => {
    const flags = { include: ['*.json'], revision: 'v2', variant: 'fp16' };
    expect(one('org/a', { flags })).toMatchObject({
      revision: 'v2',
      include: ['*.json'],
      weights: { framework: 'all', variant: 'fp16' },
    });
    expect(one('org/a@v3 -i "*.bin" --variant bf16', { flags })).toMatchObject({
      revision: 'v3',
      include: ['*.bin'],
      weights: { framework: 'all', variant: 'bf16' },
    });
    expect(one('org/a --framework onnx', { settings: { ...settings, framework: 'auto' } }).weights).toEqual({
      framework: 'onnx',
    });
  });

  it('gives a type only where a line names none', () => {
    const flags = { type: 'dataset' as const };
    expect(one('org/a', { flags }).repo.type).toBe('dataset');
    expect(one('models/org/a', { flags }).repo.type).toBe('model');
    expect(one('org/a -t space', { flags }).repo.type).toBe('space');
    expect(one('org/a --split train', { flags: { type: 'model' } }).repo.type).toBe('dataset');
  });

  it('says of weights only what models have, and of parts only what datasets have', () => {
    const flags = { variant: 'fp16', subset: ['cola'], split: ['train'] };
    expect(one('datasets/org/a', { flags })).not.toHaveProperty('weights');
    expect(one('datasets/org/a', { flags }).dataset).toMatchObject({ subsets: ['cola'] });
    expect(one('org/a', { flags })).not.toHaveProperty('dataset');
  });

  it('is a folder for each repo, but for one that has its own', () => {
    const root = '/data';
    expect(one('org/a', { root }).localDir).toBe('/data/models/org/a');
    expect(one('gpt2', { root }).localDir).toBe('/data/models/gpt2');
    expect(one('datasets/org/a', { root }).localDir).toBe('/data/datasets/org/a');
    expect(one('org/a --local-dir /other', { root }).localDir).toBe('/other');
    expect(one('org/a')).not.toHaveProperty('localDir');
  });

  it('holds for what an author has', () => {
    const request = requestForRepo(
      { type: 'dataset', name: 'org/a' },
      { flags: { exclude: ['*.zip'], type: 'dataset' }, root: '/data', settings },
    );
    expect(request).toMatchObject({ repo: { type: 'dataset' }, exclude: ['*.zip'], localDir: '/data/datasets/org/a' });
  });
});
