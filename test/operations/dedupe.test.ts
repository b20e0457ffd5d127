import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CacheFiles } from '../../src/cache/files.js';
import { blobPath, repoLayout } from '../../src/cache/layout.js';
import { Leases } from '../../src/cache/leases.js';
import { dedupe } from '../../src/operations/dedupe.js';
import type { RepoId } from '../../src/repo/reference.js';
import { below, workplace, writerA } from '../cache/support.js';
import { MiB, bytesOf } from '../transfer/fakes.js';
import { contextWith, listed, settingsWith } from './support.js';

const place = workplace();
const content = bytesOf(9 * MiB);
const { digest } = listed('', content);
const [a, b, c] = ['org/a', 'org/b', 'org/c'].map((name): RepoId => ({ type: 'model', name })) as [
  RepoId,
  RepoId,
  RepoId,
];

const layoutOf = (repo: RepoId) => repoLayout(place.folder, repo);
const blobOf = (repo: RepoId, bytes: Uint8Array = content) => blobPath(layoutOf(repo), listed('', bytes).digest);
const inode = (repo: RepoId) => statSync(blobOf(repo)).ino;

function leave(repo: RepoId, bytes: Uint8Array = content, name = bytes): void {
  mkdirSync(layoutOf(repo).blobs, { recursive: true });
  mkdirSync(layoutOf(repo).snapshots, { recursive: true });
  writeFileSync(blobOf(repo, name), bytes);
}

async function run({ dryRun = false } = {}) {
  const context = contextWith(settingsWith(place.folder));
  return { result: await dedupe({ dryRun }, context), context };
}

describe('dedupe', () => {
  it('makes equal blobs of different repos one file, and tells what that saves', async () => {
    for (const repo of [a, b, c]) leave(repo);
    const usedMs = (repo: RepoId) => statSync(blobOf(repo)).atimeMs;
    for (const [index, repo] of [a, b, c].entries()) utimesSync(blobOf(repo), 1000 - index, 1000);
    const { result } = await run();
    expect(usedMs(a)).toBe(1_000_000);
    expect(result.totals).toEqual({ files: 2, bytesSaved: 2 * content.length });
    expect(result.files).toMatchObject([
      { repo: 'org/b', state: 'linked', with: blobOf(a), digest: `sha256:${digest.hex}` },
      { repo: 'org/c', state: 'linked' },
    ]);
    expect(new Set([a, b, c].map(inode)).size).toBe(1);
    expect(readFileSync(blobOf(c)).equals(content)).toBe(true);
    for (const repo of [a, b, c]) {
      const names = below(layoutOf(repo).root).filter((name) => /^\.hub\/\w+\/./.test(name));
      expect(names).toEqual([]);
    }
    expect((await run()).result).toMatchObject({ files: [], totals: { files: 0, bytesSaved: 0 } });
  });

  it('changes nothing where it is only to tell', async () => {
    for (const repo of [a, b]) leave(repo);
    const before = below(place.folder);
    const { result } = await run({ dryRun: true });
    expect(result).toMatchObject({ dryRun: true, files: [{ state: 'link' }], totals: { bytesSaved: content.length } });
    expect(inode(a)).not.toBe(inode(b));
    expect(below(place.folder)).toEqual(before);
  });

  it('leaves small files alone', async () => {
    for (const repo of [a, b]) leave(repo, bytesOf(MiB - 1, 3));
    expect((await run()).result.files).toEqual([]);
  });

  it.each([
    ['kept', a],
    ['replaced', b],
  ])('shares nothing where the one that would be %s is damaged, and names it', async (_, damagedRepo) => {
    for (const repo of [a, b]) leave(repo);
    const damaged = Buffer.from(content);
    damaged[7_000_000] = (damaged[7_000_000] ?? 0) ^ 1;
    leave(damagedRepo, damaged, content);
    const { result, context } = await run();
    expect(result).toMatchObject({ files: [{ state: 'damaged' }], totals: { files: 0, bytesSaved: 0 } });
    expect(inode(a)).not.toBe(inode(b));
    const warnings = context.events.flatMap((event) => (event.type === 'warning' ? event.message : []));
    expect(warnings).toEqual([expect.stringContaining(blobOf(damagedRepo))]);
  });

  it('leaves a repo alone from which somebody deletes', async () => {
    for (const repo of [a, b]) leave(repo);
    const files = new CacheFiles(place.folder);
    const answer = await new Leases({ folder: layoutOf(b).leases, files, writer: writerA }).tryExclusive('repo');
    if (!('lease' in answer)) throw new Error('nobody else holds it');
    utimesSync(blobOf(b), 1000, 1000);
    expect((await run()).result.files).toMatchObject([{ state: 'skipped', reason: 'somebody deletes from this repo' }]);
    await answer.lease.release();
    expect((await run()).result.files).toMatchObject([{ state: 'linked' }]);
  });

  it('leaves a link into Python’s shared store alone, and a file that a snapshot has too', async () => {
    for (const repo of [a, b, c]) leave(repo);
    const payload = join(place.folder, 'blobs', 'ab', 'ab'.repeat(32));
    mkdirSync(dirname(payload), { recursive: true });
    renameSync(blobOf(b), payload);
    symlinkSync(`../../blobs/ab/${'ab'.repeat(32)}`, blobOf(b));
    for (const repo of [a, c]) linkSync(blobOf(repo), join(layoutOf(repo).snapshots, 'entry'));
    expect((await run()).result.files).toEqual([]);
    expect(lstatSync(blobOf(b)).isSymbolicLink()).toBe(true);
  });

  it('does not give away who may read a file', async () => {
    for (const repo of [a, b]) leave(repo);
    chmodSync(blobOf(b), 0o600);
    expect((await run()).result.files).toEqual([]);
  });

  it('ends with the signal', async () => {
    for (const repo of [a, b]) leave(repo);
    const context = contextWith(settingsWith(place.folder));
    const tell: typeof context.tell = ({ type }) => {
      if (type === 'checking') context.controller.abort();
    };
    await expect(dedupe({ dryRun: false }, { ...context, tell })).rejects.toMatchObject({ code: 'interrupted' });
    expect(inode(a)).not.toBe(inode(b));
  });
});
