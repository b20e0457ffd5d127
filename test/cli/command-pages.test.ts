import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandPages, pagesFolder } from '../support/command-pages.js';

const pages = await commandPages();

it.each([...pages])('docs/commands/%s is what the program says: "npm run docs" writes it', (name, text) => {
  expect(readFileSync(join(pagesFolder, name), 'utf8')).toBe(text);
});

it('docs/commands has no page of a command that is gone', () => {
  expect(readdirSync(pagesFolder).sort()).toEqual([...pages.keys()].sort());
});
