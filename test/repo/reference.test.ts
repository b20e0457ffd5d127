import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { parseRepoReference, parseRepoType, repoPath, type ReferenceOptions } from '../../src/repo/reference.js';

const endpoints = ['https://huggingface.co'];

function parse(text: string, options: Partial<ReferenceOptions> = {}): string {
  const { repo, revision, path } = parseRepoReference(text, { endpoints, ...options });
  return [repo.type, repo.name, revision ?? '-', path ?? '-'].join(' ');
}

function fault(text: string, options: Partial<ReferenceOptions> = {}): UsageError {
  try {
    parse(text, options);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`"${text}" was taken`);
}

describe('a repo by its name', () => {
  it.each([
    ['facebook/opt-13b', 'model facebook/opt-13b - -'],
    ['gpt2', 'model gpt2 - -'],
    ['123', 'model 123 - -'],
    ['Foo-BAR_foo.bar123', 'model Foo-BAR_foo.bar123 - -'],
    ['my.org/name', 'model my.org/name - -'],
    [' gpt2\n', 'model gpt2 - -'],
    ['gpt2@v1.0', 'model gpt2 v1.0 -'],
    ['facebook/opt-13b@refs/pr/1', 'model facebook/opt-13b refs/pr/1 -'],
    ['my.org/name@refs/pr/1', 'model my.org/name refs/pr/1 -'],
    ['org/name@feature/x@2', 'model org/name feature/x@2 -'],
    ['datasets/org/name', 'dataset org/name - -'],
    ['datasets/glue', 'dataset glue - -'],
    ['dataset/glue@main', 'dataset glue main -'],
    ['spaces/org/app', 'space org/app - -'],
    ['space/org/app', 'space org/app - -'],
    ['kernels/org/k', 'kernel org/k - -'],
    ['models/org/name', 'model org/name - -'],
    ['models/gpt2', 'model gpt2 - -'],
  ])('%j', (text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  it('takes the type and the revision of flags', () => {
    expect(parse('org/name', { type: 'dataset', revision: 'v2' })).toBe('dataset org/name v2 -');
  });

  it('takes a value that is given twice alike', () => {
    expect(parse('datasets/org/name@v1', { type: 'dataset', revision: 'v1' })).toBe('dataset org/name v1 -');
  });

  it.each([
    ['datasets/org/name', { type: 'model' }, '--type says model'],
    ['models/org/name', { type: 'space' }, '--type says space'],
    ['org/name@v1', { revision: 'v2' }, '--revision says v2'],
    ['https://huggingface.co/org/name/tree/v1', { revision: 'main' }, '--revision says main'],
  ] as const)('refuses %j with %j', (text, options, message) => {
    expect(fault(text, options).message).toContain(message);
  });
});

describe('an hf:// address', () => {
  it.each([
    ['hf://org/name', 'model org/name - -'],
    ['hf://gpt2', 'model gpt2 - -'],
    ['HF://org/name/', 'model org/name - -'],
    ['hf://org/name@v1', 'model org/name v1 -'],
    ['hf://org/name/sub/config.json', 'model org/name - sub/config.json'],
    ['hf://org/name@v1/sub/', 'model org/name v1 sub/'],
    ['hf://org/name@refs/pr/1/config.json', 'model org/name refs/pr/1 config.json'],
    ['hf://org/name@refs%2Fpr%2F1/config.json', 'model org/name refs/pr/1 config.json'],
    ['hf://datasets/org/name@main/data/a.parquet', 'dataset org/name main data/a.parquet'],
    ['hf://datasets/glue', 'dataset glue - -'],
    ['hf://spaces/org/app', 'space org/app - -'],
    ['hf://kernels/org/k@v1', 'kernel org/k v1 -'],
    ['hf://gpt2@main/config.json', 'model gpt2 main config.json'],
    ['hf://org/name/img@2x.png', 'model org/name - img@2x.png'],
  ])('%j', (text, expected) => {
    expect(parse(text)).toBe(expected);
  });
});

describe("a page's address", () => {
  it.each([
    ['https://huggingface.co/facebook/opt-13b', 'model facebook/opt-13b - -'],
    ['http://huggingface.co/gpt2/', 'model gpt2 - -'],
    ['https://www.huggingface.co/gpt2', 'model gpt2 - -'],
    ['huggingface.co/facebook/opt-13b', 'model facebook/opt-13b - -'],
    ['hf.co/gpt2', 'model gpt2 - -'],
    ['https://hf.co/datasets/org/name', 'dataset org/name - -'],
    ['https://huggingface.co/spaces/org/app', 'space org/app - -'],
    ['https://huggingface.co/facebook/opt-13b.git', 'model facebook/opt-13b - -'],
    ['https://huggingface.co/facebook/opt-13b?library=x#usage', 'model facebook/opt-13b - -'],
    ['hf.co/facebook/opt-13b@v1', 'model facebook/opt-13b v1 -'],
    ['https://huggingface.co/org/name/tree/main', 'model org/name main -'],
    ['https://huggingface.co/org/name/tree/main/sub', 'model org/name main sub/'],
    ['https://huggingface.co/org/name/tree/main/sub/deep/', 'model org/name main sub/deep/'],
    ['https://huggingface.co/org/name/blob/main/config.json', 'model org/name main config.json'],
    ['https://huggingface.co/org/name/resolve/main/onnx/m.onnx?download=true', 'model org/name main onnx/m.onnx'],
    ['https://huggingface.co/org/name/raw/v1/a%20b%23.txt', 'model org/name v1 a b#.txt'],
    ['https://huggingface.co/gpt2/blob/main/config.json', 'model gpt2 main config.json'],
    ['https://huggingface.co/org/name/tree/refs%2Fpr%2F1', 'model org/name refs/pr/1 -'],
    ['https://huggingface.co/org/name/blob/refs/pr/1/a/b.txt', 'model org/name refs/pr/1 a/b.txt'],
    ['https://huggingface.co/org/name/tree/refs%2Fconvert%2Fparquet/sub', 'model org/name refs/convert/parquet sub/'],
    ['https://huggingface.co/org/name/tree/feature%2Fx', 'model org/name feature/x -'],
    ['https://huggingface.co/org/name/commit/0123456789abcdef', 'model org/name 0123456789abcdef -'],
    ['https://huggingface.co/org/tree', 'model org/tree - -'],
    ['https://huggingface.co/org/tree/tree/main', 'model org/tree main -'],
    ['https://huggingface.co/datasets/glue/tree/main', 'dataset glue main -'],
  ])('%j', (text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  it.each([
    ['http://127.0.0.1:8080/org/name', 'http://127.0.0.1:8080', 'model org/name - -'],
    ['127.0.0.1:8080/datasets/org/name/tree/main', 'http://127.0.0.1:8080', 'dataset org/name main -'],
    ['https://mirror.example/org/name', 'http://mirror.example', 'model org/name - -'],
    ['https://art.example/api/hub/org/name/blob/main/x', 'https://art.example/api/hub', 'model org/name main x'],
    ['https://huggingface.co/org/name', 'https://mirror.example', 'model org/name - -'],
  ])('%j on the endpoint %s', (text, itsEndpoint, expected) => {
    expect(parse(text, { endpoints: ['https://other.example', itsEndpoint] })).toBe(expected);
  });

  it.each([
    [
      'https://hf-mirror.com/org/name/tree/main?token=hf_secret',
      'hub download https://hf-mirror.com/org/name/tree/main --endpoint https://hf-mirror.com',
    ],
    ['hf-mirror.com/org/name', 'hub download https://hf-mirror.com/org/name --endpoint https://hf-mirror.com'],
    ["https://u:secret@h.example/org/n'x;y", "'https://h.example/org/n'\\''x;y' --endpoint https://h.example"],
    ['http://127.0.0.1:9/org/name', '--endpoint http://127.0.0.1:9'],
    ['https://evil.example/huggingface.co/org/name', '--endpoint https://evil.example'],
  ])('of another host is refused with the command that takes it: %j', (text, hint) => {
    const { message, hint: actual } = fault(text);
    expect(actual).toContain(hint);
    expect(message + (actual ?? '')).not.toContain('secret');
  });
});

it.each([
  ['', 'it is empty'],
  ['/', 'a part of it is empty'],
  ['org/', 'a part of it is empty'],
  ['/name', 'a part of it is empty'],
  ['datasets', 'it is a type'],
  ['datasets/', 'it is empty'],
  ['org/name/config.json', 'more than one "/"'],
  ['datasets/org/name/x', 'more than one "/"'],
  ['a'.repeat(100), '96 characters'],
  ['.repo_id', 'begins with "." or "-"'],
  ['-x/name', 'begins with "." or "-"'],
  ['repo_id.', 'ends with "." or "-"'],
  ['foo--bar', 'holds "--"'],
  ['foo..bar', 'holds ".."'],
  ['../x', 'holds ".."'],
  ['foo.git', 'ends with ".git"'],
  ['repo:Q4_K_M', 'holds ":"'],
  ['a b', 'holds a blank'],
  ['a\u0007b', 'a control character'],
  ['name\\x', 'holds "\\"'],
  ['ünder/x', 'holds "ü"'],
  ['org/name@', 'it is empty'],
  ['org/name@../x', 'holds ".."'],
  ['org/name@v1 2', 'holds a blank'],
  ['hf://', 'it is empty'],
  ['hf://org/name/../x', 'climbs out'],
  ['hf://org/name//x', 'is absolute'],
  ['hf://org/name/x:y', 'names a drive'],
  ['s3://bucket/x', 'begins with https://'],
  ['https://', 'not a valid address'],
  ['foo.bar:99999/a/b', 'not a valid address'],
  ['https://huggingface.co/', 'the address of a hub'],
  ['https://huggingface.co/org/name/settings', "not the address of a repo's files"],
  ['https://huggingface.co/api/models/org/name', "not the address of a repo's files"],
  ['https://huggingface.co/org/name/blob/main/%zz', 'malformed percent'],
  ['https://huggingface.co/org/name/blob/main/..%2F..%2Fx', 'climbs out'],
  ['https://huggingface.co/org/name/tree/..%2Fx', 'holds ".."'],
])('%j is malformed', (text, message) => {
  expect(fault(text).message).toContain(message);
});

it.each([
  ['foo.git', 'Try foo.'],
  ['datasets/org/name/a/b.txt', 'datasets/org/name a/b.txt'],
  ['org/name/config.json', 'org/name config.json'],
])('tells what may have been meant by %j', (text, hint) => {
  expect(fault(text).hint).toContain(hint);
});

it('writes a repo as it reads it', () => {
  for (const text of ['facebook/opt-13b', 'gpt2', 'datasets/org/name', 'spaces/org/app', 'kernels/k']) {
    expect(repoPath(parseRepoReference(text, { endpoints }).repo)).toBe(text);
  }
});

it('knows a type in the singular and the plural', () => {
  expect(['model', 'datasets', 'Space', 'kernels'].map(parseRepoType)).toEqual(['model', 'dataset', 'space', 'kernel']);
  expect(() => parseRepoType('bucket')).toThrow('model, dataset, space, kernel');
});
