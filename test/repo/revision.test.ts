import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { checkRevision } from '../../src/repo/revision.js';

describe('a revision', () => {
  it.each([
    'main',
    'v1.0',
    'refs/pr/1',
    'refs/convert/parquet',
    'feature/x',
    'a'.repeat(40),
    'a-b_c+d=e',
    'ärger',
    'x@y',
  ])('may be %j', (text) => {
    expect(checkRevision(text)).toBe(text);
  });

  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/../b',
    'a..b',
    '/main',
    'main/',
    'a//b',
    'a\\b',
    '..\\x',
    'C:',
    'C:/x',
    'C:\\x',
    '\\\\host\\share',
    'a\0b',
    'a\nb',
    'a\u007fb',
    'a b',
    '-x',
    '--force',
    'main.lock',
    'a.lock/b',
    '.hidden',
    'a/.b',
    'main.',
    '@',
    'a@{1}',
    'a~1',
    'a^',
    'a?',
    'a*',
    'a[b',
    'a\ud800',
    'x'.repeat(256),
  ])('may not be %j', (text) => {
    expect(() => checkRevision(text)).toThrow(UsageError);
  });
});
