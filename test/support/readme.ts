import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The text of a README: `README.md`, or a translation of it. */
export function readmeText(name: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8');
}

/** What stands in the fenced blocks of a language. */
export function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, marked, code = '']) =>
    marked === language ? [code] : [],
  );
}
