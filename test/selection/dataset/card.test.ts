import { describe, expect, test } from 'vitest';
import { readCard } from '../../../src/selection/dataset/card.js';
import { DatasetUnreadable } from '../../../src/selection/dataset/errors.js';

const card = (yaml: string) => readCard({ readme: `---\n${yaml}\n---\n# Text\n` });
const names = (yaml: string) => card(yaml).configurations.map(({ name }) => name);
const entry = (rest: string) => card(`configs:\n- config_name: a\n  ${rest}`).configurations[0];

describe('a card', () => {
  test.each([
    '',
    '# No front matter',
    'text\n---\nconfigs: 1\n---\n',
    '---\nconfigs: 1\n',
    '---\nlicense: mit\n---\n',
    '---\n---\n',
  ])('without configurations: %j', (readme) => {
    expect(readCard({ readme })).toEqual({ configurations: [], describedNames: [] });
  });

  test('may end its lines as Windows does', () => {
    expect(readCard({ readme: '---\r\nconfigs:\r\n- config_name: a\r\n---\r\ntext' }).configurations).toHaveLength(1);
  });

  test.each(['y', 'n', 'Y', '1e3', 'null_', '"2"', "'no'"])('has the text %s, which is none in other YAML', (name) => {
    expect(names(`configs:\n- config_name: ${name}`)).toEqual([name.replaceAll(/["']/g, '')]);
  });

  test.each(['no', 'Off', '2', '1.5', '0x10', '1:30', '~', '2024-01-01', '[a]', 'a/b', '"a*"'])(
    'may not call a configuration %s',
    (name) => {
      expect(() => card(`configs:\n- config_name: ${name}`)).toThrow(DatasetUnreadable);
    },
  );

  test.each([
    ['default: on', true],
    ['default: False', false],
    ['default: ', false],
  ])('%s', (text, isDefault) => {
    expect(entry(text)?.isDefault).toBe(isDefault);
  });

  test('keeps how files are read', () => {
    expect(entry('sep: ";"\n  data_dir: en')).toMatchObject({ dataDir: 'en', options: { sep: ';' } });
  });

  test.each(['split: [train]', 'split: tr-ain\n    path: a', 'split: train\n    path: a\n    more: b'])(
    'may not have the entry %j',
    (text) => {
      expect(() => entry(`data_files:\n  - ${text}`)).toThrow(DatasetUnreadable);
    },
  );

  test('is refused where its aliases stand for very much', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`);
    expect(() => card(lines.join('\n'))).toThrow(DatasetUnreadable);
  });

  test('is refused where it nests too deep, or is too large', () => {
    expect(() => card('['.repeat(100_000))).toThrow(DatasetUnreadable);
    expect(() => card(`a: ${'x'.repeat(4 * 1024 * 1024)}`)).toThrow(/more than 4 MiB/);
  });

  test('can set no prototype', () => {
    expect(card('__proto__:\n  configs:\n  - config_name: a').configurations).toEqual([]);
  });

  test('tells the names that dataset_info describes', () => {
    expect(card('dataset_info:\n- config_name: a\n- features: []').describedNames).toEqual(['a', 'default']);
    expect(card('dataset_info: nonsense').describedNames).toEqual(['default']);
  });
});
