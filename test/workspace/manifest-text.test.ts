import fc from 'fast-check';
import { parse } from 'smol-toml';
import { expect, it, test } from 'vitest';
import { appendEntry } from '../../src/workspace/manifest-text.js';

const entry = { source: 'hf:org/name' };
const block = '[[repo]]\nsource = "hf:org/name"\n';

test('the keys have one order, and nothing is written that was not said', () => {
  const all = {
    'local-dir': 'models/x',
    parquet: true,
    split: ['train'],
    subset: 'cola',
    quant: 'Q4_K_M',
    variant: 'fp16',
    framework: 'auto',
    exclude: ['*.h5'],
    include: ['*.json', 'a"b\\c'],
    paths: [],
    revision: undefined,
    source: 'hf:org/name',
  } as const;
  expect(appendEntry('', { ...all, include: [...all.include], exclude: [...all.exclude], paths: [], split: ['train'] }))
    .toBe(`[[repo]]
source = "hf:org/name"
include = ["*.json", "a\\"b\\\\c"]
exclude = ["*.h5"]
framework = "auto"
variant = "fp16"
quant = "Q4_K_M"
subset = "cola"
split = ["train"]
parquet = true
local-dir = "models/x"
`);
});

it.each([
  ['nothing', '', block],
  ['a byte order mark', '\uFEFF', `\uFEFF${block}`],
  ['a repo', '[[repo]]\nsource = "a"\n', `[[repo]]\nsource = "a"\n\n${block}`],
  ['no last newline', '# end', `# end\n\n${block}`],
  ['an empty line at its end', 'endpoints = []\n\n', `endpoints = []\n\n${block}`],
  ['a table at its end', '[defaults]\nexclude = []\n', `[defaults]\nexclude = []\n\n${block}`],
  ['CR LF', '# one\r\n# two\r\n', `# one\r\n# two\r\n\r\n${block.replaceAll('\n', '\r\n')}`],
  ['CR LF but in its last line', '# one\r\n# two', `# one\r\n# two\r\n\r\n${block.replaceAll('\n', '\r\n')}`],
])('the text of a file that has %s stays as it is', (_, text, expected) => {
  expect(appendEntry(text, entry)).toBe(expected);
});

test('whatever a file or a folder is called is read back as it was', () => {
  const name = fc.string({ unit: 'binary', minLength: 1 });
  fc.assert(
    fc.property(name, fc.array(name, { minLength: 1 }), (folder, paths) => {
      const text = appendEntry('[defaults]\nexclude = []', { source: 'hf:org/name', paths, 'local-dir': folder });
      expect(parse(text)['repo']).toEqual([{ source: 'hf:org/name', paths, 'local-dir': folder }]);
    }),
  );
});
