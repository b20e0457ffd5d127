import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { entryPath, entryTarget, listingPath, refPath, repoLayout } from '../../../src/cache/layout.js';
import { encodeListing } from '../../../src/cache/records.js';
import type { Digest } from '../../../src/repo/digest.js';
import type { CommitHash, ListedFile } from '../../../src/repo/listing.js';
import type { RepoId } from '../../../src/repo/reference.js';
import { bytesOf } from '../../transfer/fakes.js';

export const repo: RepoId = { type: 'model', name: 'org/name' };

export const files: Readonly<Record<string, Uint8Array>> = {
  'config.json': Buffer.from('{"a":1}'),
  'copy.json': Buffer.from('{"a":1}'),
  empty: Buffer.alloc(0),
  [`long/${'x'.repeat(120)}/${'y'.repeat(120)}.txt`]: Buffer.from('far down'),
  'sub/model.bin': bytesOf(3_000_001),
};

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** As the hub has it: sha-256 of what is in LFS, git's blob id of the rest. */
export function digestOf(bytes: Uint8Array): Digest {
  if (bytes.length > 1_000_000) return { algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') };
  return { algorithm: 'git-sha1', hex: gitOidOf(bytes) };
}

function gitOidOf(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

export function listedFiles(contents = files): ListedFile[] {
  return Object.entries(contents).map(([path, bytes]) => {
    return { path, size: bytes.length, digest: digestOf(bytes), gitOid: gitOidOf(bytes) };
  });
}

/** A cache as a download leaves it, or one of another tool, without our listing. */
export function fillCache(
  cacheDir: string,
  { commit, contents = files, listing = true }: { commit: CommitHash; contents?: typeof files; listing?: boolean },
): void {
  const layout = repoLayout(cacheDir, repo);
  const listed = listedFiles(contents);
  for (const { path, digest } of listed) {
    write(join(layout.blobs, digest.hex), contents[path] ?? '');
    const entry = entryPath(layout, commit, path);
    mkdirSync(dirname(entry), { recursive: true });
    symlinkSync(entryTarget(path, digest), entry);
  }
  if (listing) write(listingPath(layout, commit), encodeListing({ commit, files: listed }));
  write(refPath(layout, 'main'), commit);
}

export function write(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** Digests of what readers find of a commit, by path; each file checked to be a link into the repo's own blobs. */
export function contentsOf(cacheDir: string, commit: CommitHash, paths = Object.keys(files)): Record<string, string> {
  const layout = repoLayout(cacheDir, repo);
  return Object.fromEntries(
    paths.map((path) => {
      const entry = entryPath(layout, commit, path);
      const digest = digestOf(readFileSync(entry));
      if (readlinkSync(entry) !== entryTarget(path, digest)) throw new Error(`${path} is no link to its blob`);
      return [path, digest.hex];
    }),
  );
}

/** The same of all files as they are to be. */
export const everything = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, digestOf(bytes).hex]));
