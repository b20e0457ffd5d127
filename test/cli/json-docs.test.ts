import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const docs = readFileSync('docs/json.md', 'utf8');

/** Every `code = 'x'`, `code: 'x'` and `code: 'x' | 'y'` of the sources. */
function codesInSources(): string[] {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const codes = files.flatMap((file) =>
    Array.from(readFileSync(join('src', file), 'utf8').matchAll(/\bcode(?: =|:) ('[^']+'(?:\s*\| '[^']+')*)/g))
      // zod's issues have codes too, and so has the system.
      .filter(([declaration]) => declaration !== "code: 'custom'" && !/'[A-Z_]+'$/.test(declaration))
      .flatMap(([, literals = '']) => Array.from(literals.matchAll(/'([^']+)'/g), ([, code = '']) => code)),
  );
  return [...new Set(codes)].sort();
}

describe('docs/json.md', () => {
  it.each(codesInSources())('names the code %s', (code) => {
    expect(docs).toContain(`\`${code}\``);
  });

  it('describes every event', () => {
    const events = readFileSync('src/events.ts', 'utf8').matchAll(/\| \{ type: '([^']+)'/g);
    const missing = Array.from(events, ([, type = '']) => type).filter(
      (type) => !new RegExp(`^\\| \`${type}\` +\\|`, 'm').test(docs),
    );
    expect(missing).toEqual([]);
  });
});
