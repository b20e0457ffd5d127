import { describe, expect, test } from 'vitest';
import { DatasetUnreadable } from '../../../src/selection/dataset/errors.js';
import { compilePathPattern, escapePath } from '../../../src/selection/dataset/path-pattern.js';

const matches = (pattern: string, path: string) => compilePathPattern(pattern).matches(path);

describe('a pattern of a card', () => {
  test.each([
    ['*', 'a.csv', true],
    ['*', 'x/a.csv', false],
    ['**', 'x/y/a.csv', true],
    ['data/**', 'data/x/y.csv', true],
    ['data/**', 'data', false],
    ['**/a.csv', 'a.csv', true],
    ['**/x/**/a.csv', 'q/x/r/s/a.csv', true],
    ['**/x/**', 'x/a', true],
    ['**/x/**', 'a/x', false],
    ['x/**/y/*.csv', 'x/y/y/a.csv', true],
    ['a[12].csv', 'a2.csv', true],
    ['a[!1].csv', 'a1.csv', false],
    ['a[]x].csv', 'a].csv', true],
    ['a[b.csv', 'a[b.csv', true],
    ['a[0-9-].csv', 'a-.csv', true],
    ['a[z-a].csv', 'aq.csv', false],
    ['a?.csv', 'a😀.csv', true],
    ['{a,b}.csv', 'a.csv', false],
    ['A.csv', 'a.csv', false],
    ['./data//a.csv', 'data/a.csv', true],
    ['data/', 'data/a.csv', false],
    ['*a*b*c', 'xaxbxc', true],
    ['*a*b*c', 'xaxcxb', false],
  ])('%s and %s', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });

  test.each([
    '../a.csv',
    'x/../../a',
    '/etc/passwd',
    'https://host/a.csv',
    'hf://datasets/a/b',
    'a/**.csv',
    'a'.repeat(5000),
  ])('is refused: %s', (pattern) => {
    expect(() => compilePathPattern(pattern)).toThrow(DatasetUnreadable);
  });

  test('takes no time to speak of, however it is made', () => {
    const hard = [`${'*a'.repeat(2000)}b`, `${'**/*a*/'.repeat(500)}b`].map(compilePathPattern);
    const paths = ['a'.repeat(4000), 'a/'.repeat(2000)];
    const startedMs = performance.now();
    for (const pattern of hard) for (const path of paths) expect(pattern.matches(path)).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  test('can be made of any name', () => {
    const name = 'a[1]*?{b}.csv';
    expect(matches(escapePath(name), name)).toBe(true);
    expect(matches(escapePath(name), 'a1x?{b}.csv')).toBe(false);
  });
});
