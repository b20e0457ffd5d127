import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import * as z from 'zod';
import { repoTypes } from '../../../src/repo/reference.js';
import { bytesOf, contentOfFile, type Content } from './content.js';
import { repoWith, type FileSpec, type Repo, type RepoSpec } from './repos.js';

const fixtureRepoSchema = z.object({
  id: z.string(),
  type: z.enum(repoTypes),
  folder: z.string(),
  /** Served name to stored name, where they differ. */
  storedAs: z.record(z.string(), z.string()).default({}),
  tags: z.record(z.string(), z.string()).default({}),
});

/** The repos that a folder's `repos.json` names. */
export async function fixtureRepos(folder: string): Promise<Repo[]> {
  const named = z.array(fixtureRepoSchema).parse(JSON.parse(await readFile(join(folder, 'repos.json'), 'utf8')));
  return Promise.all(
    named.map(async ({ folder: name, storedAs, ...about }) => repoOfFolder(join(folder, name), about, storedAs)),
  );
}

/**
 * A repo that holds what a folder holds. Which files are in LFS is told by its `.gitattributes`; without one, those
 * that are binary, as the hub itself does with uploads.
 */
export async function repoOfFolder(
  folder: string,
  about: Omit<RepoSpec, 'files'>,
  storedAs: Readonly<Record<string, string>> = {},
): Promise<Repo> {
  const servedAs = new Map(Object.entries(storedAs).map(([served, stored]) => [stored, served]));
  const contents = new Map<string, Content>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file).split(sep).join('/');
    contents.set(servedAs.get(path) ?? path, await contentOfFile(file));
  }
  const attributes = contents.get('.gitattributes');
  const rules = attributes && lfsRules((await bytesOf(attributes)).toString());
  const files: Record<string, FileSpec> = {};
  for (const [path, content] of [...contents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const lfs = rules === undefined ? await isBinary(content) : rules.some((rule) => rule.test(path));
    files[path] = { content, lfs };
  }
  return repoWith({ ...about, files });
}

/** The patterns of `.gitattributes` that hand files to LFS, for whole paths. */
function lfsRules(attributes: string): RegExp[] {
  const patterns = attributes.split('\n').flatMap((line) => (/\sfilter=lfs\b/.test(line) ? line.split(/\s/, 1) : []));
  return patterns.map((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replace(/\*\*\/|\*\*|\*|\?/g, (glob) => ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*' })[glob] ?? '[^/]');
    return new RegExp(`^${pattern.includes('/') ? '' : '(?:.*/)?'}${source}$`);
  });
}

async function isBinary(content: Content): Promise<boolean> {
  const head = await content.read(0, Math.min(content.size, 8192));
  return head.includes(0);
}
