import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

/** What stands in the README's fenced blocks of a language. */
export function readmeBlocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, marked, code = '']) =>
    marked === language ? [code] : [],
  );
}
