// Writes docs/commands: npm run docs
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandPages, pagesFolder } from './command-pages.js';

const pages = await commandPages();
await rm(pagesFolder, { recursive: true, force: true });
await mkdir(pagesFolder, { recursive: true });
for (const [name, text] of pages) await writeFile(join(pagesFolder, name), text);
