import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { asCommitHash } from '../../src/repo/listing.js';
import { repoTypes } from '../../src/repo/reference.js';
import type { Lock, LockedEntry, LockedFile } from '../../src/workspace/entry.js';
import { entryKey } from '../../src/workspace/entry-fields.js';
import { formatLock, parseLock } from '../../src/workspace/lock.js';
import { tomlString } from '../../src/workspace/toml-text.js';

const commit = asCommitHash('c'.repeat(40));
if (commit === undefined) throw new Error('no commit');

const file = (path: string, change: Partial<LockedFile> = {}): LockedFile => ({
  path,
  size: 650,
  digest: { algorithm: 'git-sha1', hex: 'a'.repeat(40) },
  gitOid: 'a'.repeat(40),
  sha256: 'b'.repeat(64),
  ...change,
});

const entry = (change: Partial<LockedEntry> = {}): LockedEntry => ({
  repo: { type: 'model', name: 'facebook/opt-13b' },
  revision: 'main',
  paths: [],
  include: [],
  exclude: [],
  commit,
  files: [file('config.json')],
  ...change,
});

const text = (change: Partial<LockedEntry> = {}) => formatLock({ entries: [entry(change)] });

describe('formatLock', () => {
  it('writes a file to a line, and names only the filters that there are', () => {
    const weights = file('model.safetensors', {
      size: 123,
      digest: { algorithm: 'sha256', hex: 'd'.repeat(64) },
      sha256: 'd'.repeat(64),
    });
    const lock: Lock = {
      entries: [
        entry({ files: [weights, file('config.json')], weights: { framework: 'safetensors', variant: 'fp16' } }),
        entry({
          repo: { type: 'dataset', name: 'org/name' },
          dataset: { subsets: ['en', 'fr'], splits: [], parquet: true },
          include: ['*.json'],
          localDir: 'data/name',
          files: [],
        }),
      ],
    };
    expect(formatLock(lock)).toBe(`# Made by "hub lock". Commit it; do not edit it.
version = 1

[[repo]]
source = "hf:datasets/org/name"
revision = "main"
commit = "${commit}"
include = ["*.json"]
subsets = ["en", "fr"]
parquet = true
local-dir = "data/name"
files = [
]

[[repo]]
source = "hf:facebook/opt-13b"
revision = "main"
commit = "${commit}"
framework = "safetensors"
variant = "fp16"
files = [
  { path = "config.json", size = 650, sha256 = "${'b'.repeat(64)}", git = "${'a'.repeat(40)}" },
  { path = "model.safetensors", size = 123, sha256 = "${'d'.repeat(64)}", git = "${'a'.repeat(40)}", lfs = true },
]
`);
  });

  it('says nothing of what is as by default, so that both ways to ask for all are one', () => {
    const spelled = entry({ weights: { framework: 'all' } });
    expect(formatLock({ entries: [spelled] })).toBe(text());
    expect(entryKey(spelled)).toBe(entryKey(entry()));
  });

  it('keeps what a diff could hide out of sight of nobody', () => {
    expect(tomlString('a"b\\c\n\u202e\u0085é\u{1f600}')).toBe('"a\\"b\\\\c\\n\\u202e\\u0085é\u{1f600}"');
  });
});

describe('parseLock', () => {
  it('reads what formatLock writes, in whichever order the lock was given', () => {
    fc.assert(
      fc.property(locks, fc.func(fc.nat()), (lock, shuffle) => {
        const written = formatLock(lock);
        const mixed = {
          entries: shuffled(lock.entries, shuffle).map((it) => ({ ...it, files: shuffled(it.files, shuffle) })),
        };
        expect(formatLock(mixed)).toBe(written);
        const read = parseLock(written, 'hub.lock');
        expect(formatLock(read)).toBe(written);
        expect(new Map(read.entries.map((it) => [entryKey(it), it]))).toEqual(
          new Map(lock.entries.map((it) => [entryKey(it), { ...it, files: byPath(it.files) }])),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('reads what was edited by hand and still holds', () => {
    const edited = text({ files: [file('b'), file('a', { size: 650 })], exclude: ['x', 'y'] })
      .replace('["x", "y"]', "['y', 'x', 'x'] # both")
      .replaceAll('\n', '\r\n');
    const [read] = parseLock(edited, 'hub.lock').entries;
    expect(read?.exclude).toEqual(['x', 'y']);
    expect(read?.files.map(({ path }) => path)).toEqual(['a', 'b']);
  });

  it('takes 10 000 files without a pause', () => {
    const files = Array.from({ length: 10_000 }, (_, index) => file(`data/part-${index}.parquet`));
    const written = text({ files });
    const startedMs = performance.now();
    expect(parseLock(written, 'hub.lock').entries[0]?.files).toHaveLength(10_000);
    // 300 ms are the promise; this machine may have other work.
    expect(performance.now() - startedMs).toBeLessThan(1500);
  });

  const refused: [name: string, text: string, message: RegExp][] = [
    ['a later format', text().replace('version = 1', 'version = 2'), /made by a newer hub: its version is 2/],
    ['no format', text().replace('version = 1', ''), /version is not 1/],
    ['what is no TOML', 'version = = 1', /^hub\.lock:1:\d+: /],
    ['an unknown key', `when = 1\n${text()}`, /there is no key "when"/],
    [
      'an unknown key of a repo',
      text().replace('files = [', 'host = "a"\nfiles = ['),
      /repo 1: there is no key "host"/,
    ],
    ['an unknown key of a file', text().replace('size =', 'x = 1, size ='), /repo 1, files 1: there is no key "x"/],
    ['a path that climbs', text({ files: [file('../x')] }), /hf:facebook\/opt-13b: .*"\.\.\/x" climbs out/],
    ['a path twice', text({ files: [file('x'), file('x')] }), /"x" twice/],
    ['a file that is a folder too', text({ files: [file('x'), file('x/y')] }), /both as a file and as a folder/],
    ['a size below zero', text({ files: [file('x', { size: -1 })] }), /repo 1, files 1: size is below zero/],
    ['half a byte', text().replace('size = 650', 'size = 1.5'), /size is not a number of bytes/],
    ['a size that is a text', text().replace('size = 650', 'size = "650"'), /size is not a number of bytes/],
    ['a digest that is none', text().replace('b'.repeat(64), 'B'.repeat(64)), /sha256 is not a sha-256: 64 hex digits/],
    ["what is not git's", text().replace(`git = "${'a'.repeat(40)}"`, 'git = "a"'), /git is not git's id/],
    ['a commit that is a branch', text().replace('c'.repeat(40), 'main'), /commit is not a commit/],
    ['a missing commit', text().replace(/commit = .*/, ''), /repo 1: commit is not a commit/],
    ['another source', text().replace('hf:', 's3:'), /repo 1: source does not begin with hf:/],
    ['a source that names no repo', text().replace('opt-13b', '..'), /does not name a repo/],
    ['a revision in the source', text().replace('opt-13b', 'opt-13b@v1'), /not written as hf:org\/name/],
    ['a revision that climbs', text({ revision: '../x' }), /not a revision/],
    ['a folder that climbs', text({ localDir: '../x' }), /local-dir: .* climbs out of its folder/],
    ['a folder that is absolute', text({ localDir: '/etc' }), /local-dir: .* is absolute/],
    [
      'an entry twice',
      text() + text().slice(text().indexOf('\n[[repo]]')),
      /hf:facebook\/opt-13b and hf:facebook\/opt-13b are the same/,
    ],
    ['a table that is none', 'version = 1\nrepo = 3', /repo is not a list of tables/],
  ];
  it.each(refused)('refuses %s', (_name, written, message) => {
    const read = () => parseLock(written, 'hub.lock');
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });

  it('says how to go on after a merge that left its marks', () => {
    const conflicted = `<<<<<<< HEAD\n${text()}=======\n${text({ revision: 'v1' })}>>>>>>> other\n`;
    const error = failureOf(() => parseLock(conflicted, 'hub.lock'));
    expect(error).toMatchObject({ message: 'hub.lock has the marks of a merge conflict', exitCode: 2 });
    expect(error).toHaveProperty('hint', expect.stringContaining('Resolve hub.toml, then run "hub lock"'));
  });
});

const sortedTexts = fc
  .uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), { maxLength: 3 })
  .map((texts) => texts.toSorted());
const hex = (digits: number) =>
  fc.bigInt({ min: 0n, max: 16n ** BigInt(digits) - 1n }).map((it) => it.toString(16).padStart(digits, '0'));
const oddName = fc
  .array(
    fc.constantFrom('a', '"', "'", '\\', '\n', '\t', '\u007f', '\u0001', '\u202e', 'é', '\u{1f600}', ' ', '#', '='),
  )
  .map((characters) => characters.join(''));
const files = fc
  .array(fc.tuple(oddName, fc.maxSafeNat(), hex(38), hex(62), fc.boolean()), { maxLength: 4 })
  .map((rows) =>
    rows.map(([name, size, git, sha, lfs], index): LockedFile => {
      const gitOid = `${git}a${index}`;
      const sha256 = `${sha}b${index}`;
      const digest = lfs
        ? ({ algorithm: 'sha256', hex: sha256 } as const)
        : ({ algorithm: 'git-sha1', hex: gitOid } as const);
      return { path: `${index}/x${name}`, size, sha256, gitOid, digest };
    }),
  );
const entries = fc
  .record({
    type: fc.constantFrom(...repoTypes),
    name: fc.constantFrom('gpt2', 'org/a', 'org/b'),
    revision: fc.constantFrom('main', 'v1', 'refs/pr/1'),
    paths: sortedTexts,
    include: sortedTexts,
    exclude: sortedTexts,
    framework: fc.constantFrom('all', 'auto', 'gguf'),
    quant: fc.option(fc.constantFrom('Q4_K_M', 'a"b'), { nil: undefined }),
    subsets: sortedTexts,
    parquet: fc.boolean(),
    localDir: fc.boolean(),
    files,
  })
  .map((it): LockedEntry => {
    const { type, name, framework, quant, subsets, parquet, localDir, ...rest } = it;
    const isWeights = type === 'model' && (framework !== 'all' || quant !== undefined);
    const isDataset = type === 'dataset' && (parquet || subsets.length > 0);
    return {
      ...rest,
      repo: { type, name },
      commit,
      ...(isWeights ? { weights: { framework, ...(quant === undefined ? {} : { quant }) } as const } : {}),
      ...(isDataset ? { dataset: { subsets, splits: [], parquet } } : {}),
      ...(localDir ? { localDir: 'a b/é' } : {}),
    };
  });
// Each folder is of one entry alone.
const locks = fc
  .uniqueArray(entries, { selector: (it) => it.localDir ?? entryKey(it), maxLength: 5 })
  .map((it): Lock => ({ entries: it }));

function shuffled<T>(list: readonly T[], keyOf: (index: number) => number): T[] {
  return list
    .map((item, index) => ({ item, key: keyOf(index) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function byPath(list: readonly LockedFile[]): LockedFile[] {
  return list.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function failureOf(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}
