import { describe, expect, it, test } from 'vitest';
import { UsageError } from '../../src/errors.js';
import type { Entry } from '../../src/workspace/entry.js';
import { parseManifest } from '../../src/workspace/manifest.js';

const path = '/project/hub.toml';

function entriesOf(text: string): readonly Entry[] {
  return parseManifest(text, path).entries;
}

/** The one entry that the lines of a `[[repo]]` make. */
function entryOf(lines: string, before = ''): Entry {
  const [entry, ...others] = entriesOf(`${before}\n[[repo]]\n${lines}\n`);
  if (entry === undefined || others.length > 0) throw new Error('not one entry');
  return entry;
}

function faultOf(text: string): string {
  try {
    parseManifest(text, path);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`taken:\n${text}`);
}

const plain = {
  repo: { type: 'model', name: 'org/name' },
  revision: 'main',
  paths: [],
  include: [],
  exclude: [],
  weights: { framework: 'all' },
} as const satisfies Entry;

test('all keys, as an entry in normal form', () => {
  const entry = entryOf(`
    source = "hf:org/name"
    type = "model"
    revision = "v1.0"
    paths = ["b.json", "./a.json", "sub/", "b.json"]
    include = ["*.json", 'x\\*.bin', "*.json"]
    exclude = ["*.h5"]
    framework = "pt"
    variant = "fp16"
    quant = "Q4_K_M"
    local-dir = './models\\x/../opt/'
  `);
  expect(entry).toEqual({
    repo: { type: 'model', name: 'org/name' },
    revision: 'v1.0',
    paths: ['a.json', 'b.json', 'sub/'],
    include: ['*.json', 'x/*.bin'],
    exclude: ['*.h5'],
    weights: { framework: 'pytorch', variant: 'fp16', quant: 'q4_k_m' },
    localDir: 'models/opt',
  });
});

describe('a source', () => {
  it.each<[string, Partial<Entry>]>([
    ['source = "hf:org/name"', {}],
    ['source = "org/name"', {}],
    ['source = " HF:org/name "', {}],
    ['source = "hf:org/name@v1"', { revision: 'v1' }],
    ['source = "org/name@v1"\nrevision = "v1"', { revision: 'v1' }],
    ['source = "hf:org/name:Q8_0@v1"', { revision: 'v1', weights: { framework: 'all', quant: 'q8_0' } }],
    ['source = "hf://org/name@refs/pr/1/sub/x.bin"', { revision: 'refs/pr/1', paths: ['sub/x.bin'] }],
    ['source = "hf:https://huggingface.co/org/name/tree/main/sub"', { paths: ['sub/'] }],
    ['source = "hf:hf.co/org/name"\npaths = ["a"]', { paths: ['a'] }],
  ])('%s', (lines, expected) => {
    expect(entryOf(lines)).toEqual({ ...plain, ...expected });
  });

  it('may be a page of an endpoint that the file names', () => {
    const endpoints = 'endpoints = ["https://mirror.example/hub/"]';
    expect(entryOf('source = "https://mirror.example/hub/org/name"', endpoints)).toEqual(plain);
    expect(faultOf('[[repo]]\nsource = "https://mirror.example/hub/org/name"')).toContain('mirror.example is neither');
  });
});

describe('a dataset', () => {
  const dataset = {
    repo: { type: 'dataset', name: 'org/name' },
    revision: 'main',
    paths: [],
    include: [],
    exclude: [],
  };

  it.each<[string, object]>([
    ['source = "datasets/org/name"', {}],
    ['source = "org/name"\ntype = "dataset"', {}],
    ['source = "datasets/org/name"\nparquet = false', {}],
    [
      'source = "org/name"\nsubset = "cola"\nsplit = ["train", "test", "train"]',
      { dataset: { subsets: ['cola'], splits: ['test', 'train'], parquet: false } },
    ],
    [
      'source = "org/name"\nparquet = true',
      { revision: 'refs/convert/parquet', dataset: { subsets: [], splits: [], parquet: true } },
    ],
  ])('%s', (lines, expected) => {
    expect(entryOf(lines)).toEqual({ ...dataset, ...expected });
  });
});

test('defaults hold for what an entry does not say, lists as a whole, a framework for models without a quantisation', () => {
  const entries = entriesOf(`
    [defaults]
    include = ["*.json"]
    exclude = ["*.md"]
    framework = "safetensors"
    [[repo]]
    source = "org/name"
    [[repo]]
    source = "org/own"
    include = []
    exclude = ["*.txt"]
    framework = "all"
    [[repo]]
    source = "org/quantised:Q4_0"
    [[repo]]
    source = "datasets/org/name"
  `);
  expect(entries.map(({ include, exclude, weights }) => [include, exclude, weights])).toEqual([
    [['*.json'], ['*.md'], { framework: 'safetensors' }],
    [[], ['*.txt'], { framework: 'all' }],
    [['*.json'], ['*.md'], { framework: 'all', quant: 'q4_0' }],
    [['*.json'], ['*.md'], undefined],
  ]);
});

test('endpoints are base addresses, each once, in their order', () => {
  const { endpoints } = parseManifest(
    'endpoints = ["https://B.example/", "http://a:8080/x", "https://b.example"]',
    path,
  );
  expect(endpoints).toEqual(['https://b.example', 'http://a:8080/x']);
});

test('a file without a repo is empty; a byte order mark and CR LF are no mistakes', () => {
  expect(parseManifest('', path)).toEqual({ endpoints: [], entries: [] });
  expect(parseManifest('# soon\n[defaults]\n', path)).toEqual({ endpoints: [], entries: [] });
  expect(entriesOf('\uFEFF[[repo]]\r\nsource = "org/name"\r\n')).toEqual([plain]);
});

describe('a mistake names the entry, the key and what was meant', () => {
  it.each([
    ['exlude = []', 'unknown key "exlude", did you mean "exclude"?'],
    ['local_dir = "x"', 'unknown key "local_dir", did you mean "local-dir"?'],
    ['zzzzzzzz = 1', 'unknown key "zzzzzzzz", there may be source, type, revision'],
    ['type = "modl"', 'type: "modl" is not one of model, dataset, space, kernel'],
    ['revision = 3', 'revision: 3 is not a revision'],
    ['revision = "a..b"', '"a..b" is not a revision: it holds ".."'],
    ['include = "*.json"', 'include: "*.json" is not a list of globs'],
    ['include = [3]', 'include: 3 is not a list of globs'],
    ['exclude = [""]', 'exclude: "" is not a list of globs'],
    ['exclude = ["{1..9999}"]', 'exclude: the pattern "{1..9999}" stands for more than 1000 others'],
    ['paths = ["../x"]', 'paths: "../x" climbs out of its folder'],
    ['paths = ["/etc/passwd"]', 'paths: "/etc/passwd" is absolute'],
    ['framework = "keras"', 'framework: "keras" is not one of auto, safetensors'],
    ['variant = ""', 'variant: "" is not a name'],
    ['subset = "x"', 'subset means a dataset, but type says model'],
    ['parquet = "yes"', 'parquet: "yes" is not true or false'],
    ['local-dir = "/models"', 'local-dir: "/models" is absolute'],
    ['local-dir = "\\\\models"', 'is absolute'],
    ['local-dir = "C:/models"', 'local-dir: "C:/models" names a drive'],
    ['local-dir = "c:models"', 'names a drive'],
    ['local-dir = "a/../../b"', 'local-dir: "a/../../b" climbs out of its folder'],
    ['local-dir = "..\\\\b"', 'climbs out of its folder'],
    ['local-dir = "~/models"', 'is in a home folder'],
    ['local-dir = "."', "is hub.toml's own folder"],
    ['local-dir = "a/.."', "is hub.toml's own folder"],
    ['local-dir = ".git/hooks"', "leads into git's own folder"],
    ['local-dir = "x\\u0000"', 'holds a NUL'],
  ])('%s', (line, expected) => {
    const type = line.startsWith('type') ? '' : 'type = "model"\n';
    const message = faultOf(`[[repo]]\nsource = "org/first"\n[[repo]]\nsource = "org/name"\n${type}${line}`);
    expect(message).toMatch(/^\/project\/hub\.toml: \[\[repo\]\] 2 "org\/name": [^\n]*$/);
    expect(message).toContain(expected);
  });

  it.each([
    ['[[repo]]\ntype = "model"', '[[repo]] 1: source is missing'],
    ['[[repo]]\nsource = ""', '[[repo]] 1 "": source: "" is not the name of a repo'],
    ['[[repo]]\nsource = "hf:"', '"" does not name a repo: it is empty'],
    ['[[repo]]\nsource = "hf:a/b/c"', 'does not name a repo'],
    ['[[repo]]\nsource = "ms:org/name"', 'does not name a repo: it holds ":"'],
    ['[[repo]]\nsource = "datasets/a/b"\ntype = "model"', 'names the type dataset, but type says model'],
    ['[[repo]]\nsource = "a/b@v1"\nrevision = "v2"', 'names the revision v1, but revision says v2'],
    ['[[repo]]\nsource = "a/b:Q4_0"\nquant = "Q8_0"', "the repo's name says Q4_0, but quant says Q8_0"],
    ['[[repo]]\nsource = "datasets/a/b"\nquant = "Q8_0"', 'variant and quant mean the weights of a model'],
    ['[[repo]]\nsource = "datasets/a/b"\nframework = "auto"', 'framework means the weights of a model'],
    ['[[repo]]\nsource = "a/b"\nparquet = true\nrevision = "v2"', 'parquet means the revision refs/convert/parquet'],
    ['repo = 3', 'repo: 3 is not a list of tables'],
    ['repo = ["org/name"]', '[[repo]] 1: "org/name" is not a table'],
    ['[repo]\nsource = "org/name"', 'repo: a table is not a list of tables: [[repo]]'],
    ['[[repos]]\nsource = "org/name"', 'unknown key "repos", did you mean "repo"?'],
    ['endpoint = "https://x.example"', 'unknown key "endpoint", did you mean "endpoints"?'],
    ['endpoints = "https://x.example"', 'endpoints: "https://x.example" is not a list of addresses'],
    ['endpoints = ["ftp://x.example"]', 'endpoints: "ftp://x.example" is not the address of a hub'],
    ['[defaults]\ntype = "model"', '[defaults]: unknown key "type", there may be include, exclude, framework'],
    ['defaults = 1', '[defaults]: 1 is not a table'],
    ['[defaults]\nexclude = ["{1..9999}"]', '[defaults]: exclude: the pattern "{1..9999}"'],
    ['[[repo]\nsource = "org/name"', '/project/hub.toml:1:'],
  ])('%j', (text, expected) => {
    expect(faultOf(text)).toContain(expected);
  });

  it('all of them at once, a line for each', () => {
    const message = faultOf(`
      endpoint = 1
      endpoints = ["x"]
      [[repo]]
      source = "a\\nb"
      local-dir = "../x"
      [[repo]]
      source = "org/name"
      local-dir = "/x"
      include = 1
      exlude = 1
      [[repo]]
      source = "org/name"
      inclde = ["*.json"]
      [[repo]]
      source = "org/name"
    `);
    expect(message.split('\n')).toEqual([
      '/project/hub.toml has 8 mistakes:',
      '  unknown key "endpoint", did you mean "endpoints"?',
      expect.stringMatching(/^ {2}endpoints: "x" is not the address of a hub/),
      expect.stringMatching(/^ {2}\[\[repo\]\] 1 "a\\nb": "a\\nb" does not name a repo: it holds a control character/),
      '  [[repo]] 1 "a\\nb": local-dir: "../x" climbs out of its folder',
      '  [[repo]] 2 "org/name": include: 1 is not a list of globs',
      '  [[repo]] 2 "org/name": unknown key "exlude", did you mean "exclude"?',
      '  [[repo]] 2 "org/name": local-dir: "/x" is absolute',
      '  [[repo]] 3 "org/name": unknown key "inclde", did you mean "include"?',
    ]);
  });

  it('tells no password of an address', () => {
    const text = 'endpoints = ["https://ann:secret@x.example"]\n[[repo]]\nsource = "https://ann:secret@x.example/a/b"';
    expect(faultOf(text)).not.toContain('secret');
  });
});

describe('two entries', () => {
  const repo = (...lines: string[]) => ['[[repo]]', ...lines, ''].join('\n');

  it('may be of one repo, where they ask for different files', () => {
    const text = repo('source = "org/name"', 'paths = ["a"]') + repo('source = "org/name"', 'paths = ["b"]');
    expect(entriesOf(text)).toHaveLength(2);
  });

  it('may have folders whose names begin alike', () => {
    const text =
      repo('source = "org/name"', 'local-dir = "m/a"') +
      repo('source = "org/name"', 'local-dir = "m/a-b"') +
      repo('source = "org/name"', 'local-dir = "m/ab"');
    expect(entriesOf(text)).toHaveLength(3);
  });

  it.each([
    [
      'ask for the same',
      repo('source = "hf:org/name@main"', 'include = ["b", "a"]') +
        repo('source = "org/name"', 'include = ["a", "b", "a"]', 'framework = "all"'),
      '[[repo]] 1 "hf:org/name@main" and [[repo]] 2 "org/name" are the same',
    ],
    [
      'have one folder',
      repo('source = "org/a"', 'local-dir = "models/x"') + repo('source = "org/b"', 'local-dir = "./models/x/"'),
      '[[repo]] 1 "org/a" and [[repo]] 2 "org/b" have the same local-dir: "models/x"',
    ],
    [
      'have one folder where case does not count',
      repo('source = "org/a"', 'local-dir = "Models"') + repo('source = "org/b"', 'local-dir = "models"'),
      '[[repo]] 1 "org/a" and [[repo]] 2 "org/b" have the same local-dir: "Models"',
    ],
    [
      'have a folder inside the other',
      repo('source = "org/b"', 'local-dir = "models/x"') +
        repo('source = "org/c"', 'local-dir = "models.x"') +
        repo('source = "org/a"', 'local-dir = "models"'),
      'the local-dir of [[repo]] 1 "org/b", "models/x", is inside that of [[repo]] 3 "org/a", "models"',
    ],
  ])('that %s are a mistake', (_, text, expected) => {
    expect(faultOf(text)).toBe(`${path}: ${expected}`);
  });
});
