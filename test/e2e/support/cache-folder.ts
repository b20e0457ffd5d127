import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect } from 'vitest';

/** Every path below a folder, ascending; empty where there is none. Folders end with `/`, links tell their target. */
export async function treeOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (entry.isSymbolicLink()) return `${name} -> ${await readlink(path)}`;
    return entry.isDirectory() ? `${name}/` : name;
  });
  return (await Promise.all(lines)).sort();
}

/** The names of a repo's blobs, ascending, each of them checked against the blob's bytes. */
export async function soundBlobs(repo: string): Promise<string[]> {
  const names = await readdir(join(repo, 'blobs')).catch(() => []);
  for (const name of names) {
    const path = join(repo, 'blobs', name);
    const isGit = name.length === 40;
    const hash = createHash(isGit ? 'sha1' : 'sha256');
    if (isGit) hash.update(`blob ${(await stat(path)).size}\0`);
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    expect(hash.digest('hex'), `the digest of blob ${name}`).toBe(name);
  }
  return names.sort();
}

/** What a file in a snapshot is a link to; fails where it is no link. */
export async function linkOf(repo: string, commit: string, path: string): Promise<string> {
  return readlink(join(repo, 'snapshots', commit, path));
}

export async function commitOfRef(repo: string, revision: string): Promise<string | undefined> {
  return readFile(join(repo, 'refs', revision), 'utf8').catch(() => undefined);
}

/** The permission bits (and setgid) as in `chmod`. */
export async function modeOf(path: string): Promise<string> {
  return ((await lstat(path)).mode & 0o7777).toString(8);
}

/** What is kept of unfinished downloads: names in `.hub/partial`. */
export function partialsOf(repo: string): Promise<string[]> {
  return readdir(join(repo, '.hub', 'partial')).catch(() => []);
}
