import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { gitOidOf, sha256Of } from '../support/hub-server/content.js';
import type { Hub } from '../support/hub-server/server.js';
import { repoId } from './chaos-hub.js';
import type { SeedPlan } from './plan.js';

export interface Cache {
  /** The repo's folder in it. */
  readonly repo: string;
  readonly hub: Hub;
  readonly plan: SeedPlan;
}

/** What is wrong in a cache at any time, however processes have ended; empty where all is well. */
export async function wrongThings({ repo, hub, plan }: Cache): Promise<string[]> {
  const problems: string[] = [];
  const digests = await digestsOf({ hub, plan });
  const wanted = new Set(digests.values());
  for (const name of await namesIn(join(repo, 'blobs'))) {
    const bytes = await readFile(join(repo, 'blobs', name));
    if (digestOf(name, bytes) !== name) problems.push(`the blob ${name} has other bytes`);
    if (!wanted.has(name)) problems.push(`the blob ${name} is of no file of the repo`);
  }
  const commits = await namesIn(join(repo, 'snapshots'));
  const head = hub.head(repoId);
  for (const commit of commits) {
    if (commit !== head) problems.push(`there is a snapshot of ${commit}, which the hub does not have`);
    for (const [path, digest] of digests) {
      const target = await readlink(join(repo, 'snapshots', commit, path)).catch(() => undefined);
      // The folder appears when all files of the selection are there, and not before.
      if (target === undefined) problems.push(`the snapshot lacks ${path}`);
      else if (basename(target) !== digest) problems.push(`the snapshot's ${path} is ${target}`);
    }
  }
  const ref = await readFile(join(repo, 'refs', 'main'), 'utf8').catch(() => undefined);
  if (ref !== undefined && ref !== head) problems.push(`the ref main names ${ref}`);
  if (ref !== undefined && !commits.includes(ref)) problems.push('the ref main names a commit without a snapshot');
  return problems;
}

/** What a finished job lacks. */
export async function unfinishedThings(cache: Cache): Promise<string[]> {
  const problems = await wrongThings(cache);
  const { repo } = cache;
  const commit = await readFile(join(repo, 'refs', 'main'), 'utf8').catch(() => undefined);
  if (commit === undefined) return [...problems, 'the ref main is missing'];
  for (const [path, digest] of await digestsOf(cache)) {
    const bytes = await readFile(join(repo, 'snapshots', commit, path)).catch(() => undefined);
    if (bytes === undefined) problems.push(`the snapshot's ${path} can't be read`);
    else if (digestOf(digest, bytes) !== digest) problems.push(`the snapshot's ${path} has other bytes`);
  }
  return problems;
}

/** What is wrong with the files that another program has brought. */
export async function wrongFiles(
  { hub, plan }: Omit<Cache, 'repo'>,
  fileOf: (path: string) => string,
): Promise<string[]> {
  const problems: string[] = [];
  for (const [path, digest] of await digestsOf({ hub, plan })) {
    const bytes = await readFile(fileOf(path)).catch(() => undefined);
    if (bytes === undefined) problems.push(`${path} is missing`);
    else if (digestOf(digest, bytes) !== digest) problems.push(`${path} has other bytes`);
  }
  return problems;
}

/** Paths of what nobody needs any more: not wrong, but in the way. */
export async function leftovers({ repo }: Cache): Promise<string[]> {
  return (await filesBelow(repo)).filter((path) => !expected.some((pattern) => pattern.test(path)));
}

/** A killed process's lease on the repo lies until somebody looks for the living. */
const expected = [
  /^blobs\//,
  /^snapshots\//,
  /^refs\/main$/,
  /^\.hub\/listings\//,
  /^\.hub\/snapshots\//,
  /^\.hub\/leases\/[^/]+\.shared$/,
];

async function digestsOf({ hub, plan }: Pick<Cache, 'hub' | 'plan'>): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const { path, lfs } of plan.files) {
    const { content } = hub.file(repoId, path);
    digests.set(path, await (lfs ? sha256Of(content) : gitOidOf(content)));
  }
  return digests;
}

/** By the algorithm of the digest that is expected. */
function digestOf(expectedHex: string, bytes: Buffer): string {
  const gitHexLength = 40;
  if (expectedHex.length !== gitHexLength) return createHash('sha256').update(bytes).digest('hex');
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
