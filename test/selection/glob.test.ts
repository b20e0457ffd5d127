import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { UsageError } from '../../src/errors.js';
import { compileGlob, hasGlobCharacters } from '../../src/selection/glob.js';

const vectors = z
  .array(z.object({ pattern: z.string(), path: z.string(), match: z.boolean() }))
  .parse(JSON.parse(readFileSync(new URL('glob-vectors.json', import.meta.url), 'utf8')));

describe('the shared vectors', () => {
  it.each(vectors)('$pattern on $path: $match', ({ pattern, path, match }) => {
    expect(compileGlob(pattern)(path)).toBe(match);
  });
});

describe('what Python does as well', () => {
  it.each([
    ['[.-0]x', '/x', true],
    ['a[!x]b', 'a/b', true],
    ['a[!/]b', 'a/b', false],
    ['[!]]', ']', false],
    ['[!]]', 'a', true],
    ['[!]', '[!]', true],
    ['[]', '[]', true],
    ['[a-]', '-', true],
    ['[-a]', '-', true],
    ['[a-c-e]', 'd', false],
    ['[a-c-e]', '-', true],
    ['[!z-a]', 'm', true],
    ['x[z-a]*', 'xm', false],
    ['[^]', '^', true],
    ['[^]', 'a', false],
    ['x*[^^]', 'xa', false],
    ['x*[^^]', 'xa^', true],
    ['[!^]', '^', false],
    ['[!^]', 'a', true],
    ['[^^a]', 'a', true],
    ['[^-a]', '`', true],
    ['[^-a]', 'b', false],
    ['[!^-a]', 'b', true],
    ['[!^a]', '^', false],
    ['[,-/]', '/', true],
    ['[/-1]', '/', true],
    ['[/-1]', '0', true],
    ['[*]', '*', true],
    ['[*]', 'a', false],
    ['[[]', '[', true],
    ['[a&&b]', '&', true],
    ['?', '😀', true],
    ['[😀-😂]', '😁', true],
    ['a.b', 'axb', false],
    ['a(b|c)', 'ab', false],
    ['@(a)', 'a', false],
    ['$', '$', true],
    ['', '', true],
    ['*', '\u2028', true],
    ['folder/', 'nested/folder/x', false],
  ])('%j on %j: %s', (pattern, path, match) => {
    expect(compileGlob(pattern)(path)).toBe(match);
  });
});

describe('the two additions', () => {
  it.each([
    ['a/**/', 'a/x', true],
    ['**/**/x', 'x', true],
    ['**/**/x', 'a/b/x', true],
    ['a/**/b/**/c', 'a/b/c', true],
    ['a/**/b/**/c', 'a/1/b/2/3/c', true],
    ['a/**/b/**/c', 'a/c', false],
    ['x**/y', 'xy', false],
    ['{**/,}*.json', 'a.json', true],
    ['{a,b{c,d}}.x', 'bd.x', true],
    ['{a,b', '{a,b', true],
    ['{00001..00003}', '00002', true],
    ['*.{a}', 'x.{a}', true],
  ])('%j on %j: %s', (pattern, path, match) => {
    expect(compileGlob(pattern)(path)).toBe(match);
  });
});

describe('a hostile pattern', () => {
  it.each([
    '{a,b}'.repeat(800),
    '{1..1000000}',
    '{1..999}{1..999}',
    `${'{a,'.repeat(800)}${'}'.repeat(800)}{a,b}{a,b}`,
    '**/a/'.repeat(500),
    '**/*/'.repeat(600),
    '*'.repeat(5000),
  ])('is refused where it stands for too much: %.20j', (pattern) => {
    const started = performance.now();
    expect(() => compileGlob(pattern)).toThrow(UsageError);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it.each([
    '*a'.repeat(2000),
    '{'.repeat(4000),
    '{'.repeat(2000) + '}'.repeat(2000),
    '['.repeat(4000),
    '?'.repeat(4000),
  ])('is answered at once: %.20j', (pattern) => {
    const started = performance.now();
    expect(compileGlob(pattern)('a'.repeat(3000) + 'b')).toBe(false);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('whatever the pattern', () => {
  const pattern = fc.string({
    unit: fc.constantFrom('*', '?', '[', ']', '!', '^', '-', '{', '}', ',', '.', '/', '\\', 'a', 'b', '(', '|'),
  });
  const path = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '-', '[', '{', '*', '\n'), maxLength: 12 });

  it('throws nothing but a UsageError', () => {
    fc.assert(
      fc.property(fc.oneof(pattern, fc.string({ unit: 'binary' })), path, (text, name) => {
        try {
          compileGlob(text)(name);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });

  it('matches as fnmatch, where it has neither braces nor a globstar', () => {
    fc.assert(
      fc.property(pattern, path, (text, name) => {
        fc.pre(!/[{}]|\*\*[/\\]/.test(text));
        expect(compileGlob(text)(name)).toBe(fnmatch(text, name));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['', '.', '..', '...'])('takes the name "%s" for one as any', (name) => {
    expect(compileGlob('*')(name)).toBe(true);
    expect(compileGlob('?')(name)).toBe(name.length === 1);
  });

  it('has a trailing slash mean everything below', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,5}$/), path, (folder, name) => {
        expect(compileGlob(`${folder}/`)(`${folder}/x${name}`)).toBe(true);
      }),
    );
  });
});

it('knows a pattern when it sees one', () => {
  expect(['*.h5', 'a?', '[ab]', '*.{a,b}'].map(hasGlobCharacters)).toEqual([true, true, true, true]);
  expect(['config.json', 'a{b', 'x!', ''].map(hasGlobCharacters)).toEqual([false, false, false, false]);
});

/** Python's fnmatch.translate (CPython 3.12), as a regular expression. */
function fnmatch(pattern: string, path: string): boolean {
  const text = Array.from(pattern.replaceAll('\\', '/').replace(/\/$/, '/*'));
  let source = '';
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? '';
    let end = -1;
    if (character === '[') end = text.indexOf(']', index + (text[index + 1] === '!' ? 3 : 2));
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (end === -1) source += escape(character);
    else {
      source += classSource(text.slice(index + 1, end));
      index = end;
    }
  }
  return new RegExp(`^(?:${source})$`, 'su').test(path);
}

function classSource(body: readonly string[]): string {
  const negated = body[0] === '!';
  const members = negated ? body.slice(1) : body;
  let source = '';
  for (let index = 0; index < members.length; index++) {
    const [low = '', dash, high] = members.slice(index, index + 3);
    if (dash !== '-' || high === undefined) source += escape(low);
    else {
      if (low <= high) source += `${escape(low)}-${escape(high)}`;
      index += 2;
    }
  }
  if (source === '') return negated ? '.' : '(?!)';
  return `[${negated ? '^' : ''}${source}]`;
}

function escape(character: string): string {
  return /[a-zA-Z0-9]/.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
