import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codes } from './codes.js';
import { warnings } from './warnings.js';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join('src', file), 'utf8'));

/** Every `code = 'x'`, `code: 'x'` and `code: 'x' | 'y'` of the sources. */
function codesInSources(): string[] {
  const found = sources.flatMap((text) =>
    Array.from(text.matchAll(/\bcode(?: =|:) ('[^']+'(?:\s*\| '[^']+')*)(?! in)/g))
      // zod's issues have codes too, and so has the system.
      .filter(([declaration]) => declaration !== "code: 'custom'" && !/'[A-Z_]+'$/.test(declaration))
      .flatMap(([, literals = '']) => Array.from(literals.matchAll(/'([^']+)'/g), ([, code = '']) => code)),
  );
  return [...new Set(found)].sort();
}

const documented = [...codes, ...warnings].map(({ code }) => code);

test('the codes of the sources are documented', () => {
  expect(codesInSources().filter((code) => !documented.includes(code))).toEqual([]);
});

test('the codes that are documented are in the sources', () => {
  expect(documented.filter((code) => !sources.some((text) => text.includes(`'${code}'`)))).toEqual([]);
});

test.each([['errors', codes] as const, ['warnings', warnings] as const])(
  'no code of %s stands there twice',
  (_, list) => {
    expect(new Set(list.map(({ code }) => code)).size).toBe(list.length);
  },
);
