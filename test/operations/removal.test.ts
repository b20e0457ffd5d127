import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeInventory } from '../../src/cache/inventory/take-inventory.js';
import { bytesOfCache } from '../../src/retention/inventory.js';
import { type PlannedRemoval, carryOut } from '../../src/operations/removal.js';
import { type NamedTarget, planRemoveNamed } from '../../src/operations/remove-named.js';
import { planGc, planPrune } from '../../src/operations/tend-cache.js';
import { type LeaseProcess, startLeaseProcess } from '../cache/lease-process.js';
import { below } from '../cache/support.js';
import { RepoBuilder, commitOf, dayMs, digestOf, hourMs } from '../support/cache-builder.js';
import { contextWith, settingsWith } from './support.js';

let folder = '';
let cacheDir = '';
let a: RepoBuilder;
const processes: LeaseProcess[] = [];
const repo = { type: 'model' as const, name: 'org/a' };
const writer = 'b'.repeat(16);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'removal-'));
  cacheDir = join(folder, 'hub');
  a = new RepoBuilder(cacheDir, 'models--org--a');
});
afterEach(async () => {
  for (const other of processes.splice(0)) await other.kill();
  rmSync(folder, { recursive: true, force: true });
});

function context() {
  return contextWith(settingsWith(cacheDir));
}

async function remove(...named: NamedTarget[]) {
  return carryOut(await planRemoveNamed(named, context()), context());
}

async function hold(builder: RepoBuilder): Promise<LeaseProcess> {
  const other = await startLeaseProcess(cacheDir, builder.path('.hub', 'leases'), writer);
  processes.push(other);
  expect(await other.tell('shared')).toBe('taken');
  return other;
}

async function findings() {
  const inventory = await takeInventory(cacheDir, { signal: new AbortController().signal });
  return [...inventory.findings, ...inventory.repos.flatMap((it) => it.findings)];
}

/** Sizes of all blobs, each content once. */
function bytesOnDisk(): number {
  const seen = new Map<number, number>();
  for (const path of below(cacheDir)) {
    const stats = lstatSync(join(cacheDir, path));
    if (stats.isFile() && path.includes('/blobs/')) seen.set(stats.ino, stats.size);
  }
  return [...seen.values()].reduce((sum, size) => sum + size, 0);
}

const weights = 'w'.repeat(50_000);

function twoRevisions(): void {
  a.revision('1', {
    files: { 'model.bin': weights, 'config.json': 'old' },
    refs: ['old', 'refs/pr/1'],
    usedMsAgo: 9 * dayMs,
  });
  a.revision('2', { files: { 'model.bin': weights, 'config.json': 'new' }, refs: ['main'], usedMsAgo: 2 * dayMs });
}

describe('rm of a revision', () => {
  it.each(['old', 'refs/pr/1', commitOf('1'), '1111111'])(
    'named %s frees just its own, with its refs and records',
    async (revision) => {
      twoRevisions();
      a.listing(commitOf('1'), { 'config.json': 'old' });
      a.write(`.no_exist/${commitOf('1')}/x`, '');
      a.write(`trees/${commitOf('1')}.json`, '{}');
      a.write(`trees/${commitOf('2')}.json`, '{}');
      const result = await remove({ kind: 'revision', repo, revision });
      expect(result).toMatchObject({ bytesFreed: 3, removed: [{ commit: commitOf('1'), bytes: 3 }] });
      expect(below(a.root)).toEqual([
        '.hub',
        '.hub/leases',
        '.hub/listings',
        '.hub/snapshots',
        `.hub/snapshots/${commitOf('2')}.json`,
        '.no_exist',
        'blobs',
        ...[`blobs/${digestOf(weights)}`, `blobs/${digestOf('new')}`].sort(),
        'refs',
        'refs/main',
        'snapshots',
        `snapshots/${commitOf('2')}`,
        `snapshots/${commitOf('2')}/config.json`,
        `snapshots/${commitOf('2')}/model.bin`,
        'trees',
        `trees/${commitOf('2')}.json`,
      ]);
      expect(await findings()).toEqual([]);
    },
  );

  it('that is the last one removes the folder', async () => {
    twoRevisions();
    await remove({ kind: 'revision', repo, revision: 'old' }, { kind: 'commit', hash: commitOf('2') });
    expect(readdirSync(cacheDir)).toEqual([]);
  });

  it('that is the last one leaves a folder in which something strange lies', async () => {
    a.revision('1', { files: { a: 'a' }, refs: ['main'] });
    a.write('notes.txt', 'mine');
    await remove({ kind: 'commit', hash: '1111111' });
    expect(readFileSync(a.path('notes.txt'), 'utf8')).toBe('mine');
    expect(existsSync(a.path('snapshots'))).toBe(true);
  });

  it.each<[NamedTarget, string, number]>([
    [{ kind: 'repo', repo: { type: 'model', name: 'org/none' } }, 'repo-not-cached', 3],
    [{ kind: 'revision', repo, revision: 'none' }, 'not-in-cache', 3],
    [{ kind: 'commit', hash: '7777777' }, 'not-in-cache', 3],
    [{ kind: 'file', repo, revision: undefined, path: 'none.json' }, 'not-in-cache', 3],
  ])('%j: what is not there is an error', async (target, code, exitCode) => {
    twoRevisions();
    await expect(remove(target)).rejects.toMatchObject({ code, exitCode });
  });

  it('of a commit that two repos have wants the repo too', async () => {
    twoRevisions();
    new RepoBuilder(cacheDir, 'models--org--b').revision('1', { files: { a: 'a' } });
    await expect(remove({ kind: 'commit', hash: '1111111' })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('org/a and org/b') as string,
    });
  });
});

describe('rm of a file', () => {
  it('takes it out of all revisions, and its empty folder', async () => {
    a.revision('1', { files: { 'sub/model.bin': weights, b: 'b' }, refs: ['old'] });
    a.revision('2', { files: { 'sub/model.bin': weights, c: 'c' }, refs: ['main'] });
    const result = await remove({ kind: 'file', repo, revision: undefined, path: 'sub/model.bin' });
    expect(result).toMatchObject({ bytesFreed: weights.length, removed: [{ what: 'file' }, { what: 'file' }] });
    expect(readdirSync(a.path('snapshots', commitOf('1')))).toEqual(['b']);
    expect(readdirSync(a.path('snapshots', commitOf('2')))).toEqual(['c']);
    expect(await findings()).toEqual([]);
  });

  it('of one revision leaves the blob to the others', async () => {
    twoRevisions();
    const result = await remove({ kind: 'file', repo, revision: 'old', path: 'model.bin' });
    expect(result).toMatchObject({
      bytesFreed: 0,
      removed: [{ stays: [{ reason: 'needed', bytes: weights.length }] }],
    });
    expect(readFileSync(a.path('snapshots', commitOf('2'), 'model.bin'), 'utf8')).toBe(weights);
  });
});

describe('rm of a repo', () => {
  it('leaves a fork whole with which it shares a blob of 30 MB', async () => {
    const large = Buffer.alloc(30_000_000, 1);
    const blob = a.blob(large);
    a.revision('1', { files: { 'model.bin': { blob }, 'config.json': 'a' }, refs: ['main'] });
    const fork = new RepoBuilder(cacheDir, 'models--org--fork');
    a.shareWith(fork, blob);
    fork.revision('2', { files: { 'model.bin': { blob } }, refs: ['main'] });
    const before = bytesOnDisk();
    const result = await remove({ kind: 'repo', repo });
    expect(result).toMatchObject({
      removed: [{ what: 'repo', stays: [{ reason: 'hard-linked', bytes: 30_000_000 }] }],
    });
    expect(before - bytesOnDisk()).toBe(result.bytesFreed);
    expect(readFileSync(fork.path('snapshots', commitOf('2'), 'model.bin')).equals(large)).toBe(true);
    expect(readdirSync(cacheDir)).toEqual(['models--org--fork']);
  });

  it('takes all that is in its folder: unfinished, broken, strange', async () => {
    twoRevisions();
    a.ref('dangling', commitOf('9'));
    a.write('refs/bad', 'xyz');
    a.write('notes.txt', '');
    a.write('snapshots/strange', '');
    a.write('blobs/zz.partial', '');
    a.write(`blobs/${'e'.repeat(64)}.incomplete`, 'part', 2 * hourMs);
    a.write(`.hub/partial/${'e'.repeat(64)}.${writer}/bytes`, 'part');
    a.write(`.hub/partial/from-the-future`, 'part');
    a.write(`.hub/trash/old/file`, 'part');
    a.write(`.hub/leases/${'d'.repeat(16)}.shared`, '{"format":99}', hourMs);
    await remove({ kind: 'repo', repo });
    expect(readdirSync(cacheDir)).toEqual([]);
  });

  it('never follows a link out of it', async () => {
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'mine'), 'mine');
    a.revision('1', { files: { a: 'a' }, refs: ['main'] });
    symlinkSync(outside, a.path('snapshots', commitOf('1'), 'sub'));
    symlinkSync(outside, a.path('snapshots', commitOf('2')));
    symlinkSync(outside, a.path('other'));
    symlinkSync(outside, a.path('.no_exist'));
    await remove({ kind: 'repo', repo });
    expect(readdirSync(cacheDir)).toEqual([]);
    expect(readFileSync(join(outside, 'mine'), 'utf8')).toBe('mine');
  });

  it('whose folder is a link to another disk empties that folder and cuts the link', async () => {
    twoRevisions();
    const moved = join(folder, 'moved');
    renameSync(a.root, moved);
    symlinkSync(moved, a.root);
    const result = await remove({ kind: 'repo', repo });
    expect(result.bytesFreed).toBeGreaterThanOrEqual(weights.length);
    expect(readdirSync(cacheDir)).toEqual([]);
    expect(readdirSync(moved)).toEqual([]);
  });

  it('is refused while another process holds it, who is named', async () => {
    twoRevisions();
    const other = await hold(a);
    await expect(remove({ kind: 'repo', repo })).rejects.toMatchObject({
      code: 'in-use',
      exitCode: 7,
      message: expect.stringContaining(`process ${String(other.pid)}`) as string,
    });
    await other.kill();
    await remove({ kind: 'repo', repo });
    expect(existsSync(a.root)).toBe(false);
  });

  it('that somebody takes between the plan and the deed is left alone', async () => {
    twoRevisions();
    const planned = await planRemoveNamed([{ kind: 'repo', repo }], context());
    const other = await hold(a);
    const before = below(a.root);
    const result = await carryOut(planned, context());
    expect(result).toMatchObject({
      removed: [],
      bytesFreed: 0,
      kept: [{ what: 'repo', reason: 'in-use', holder: expect.stringContaining(String(other.pid)) as string }],
    });
    expect(below(a.root)).toEqual(before);
  });

  it('into which Python fetches at this moment is refused', async () => {
    twoRevisions();
    a.write(`blobs/${'e'.repeat(64)}.0123abcd.incomplete`, 'part');
    await expect(remove({ kind: 'repo', repo })).rejects.toMatchObject({ code: 'in-use' });
  });

  it('leaves alone what came between the plan and the deed, where a revision was named', async () => {
    twoRevisions();
    const planned = await planRemoveNamed([{ kind: 'revision', repo, revision: 'old' }], context());
    a.revision('3', { files: { 'config.json': 'old' }, refs: ['new'] });
    await carryOut(planned, context());
    expect(readFileSync(a.path('snapshots', commitOf('3'), 'config.json'), 'utf8')).toBe('old');
    expect(await findings()).toEqual([]);
  });
});

describe('rm --partial', () => {
  it('drops what has arrived of unfinished downloads, and no revision', async () => {
    twoRevisions();
    const arrived = a.blob('arrived');
    a.listing(commitOf('4'), { x: 'arrived', y: 'arriving', 'model.bin': weights });
    a.request(commitOf('4'), { completed: false, msAgo: hourMs });
    a.write(`.hub/partial/${digestOf('arriving')}.${writer}/bytes`, 'arri');
    a.write(`blobs/${'e'.repeat(64)}.incomplete`, 'part', 5 * 60_000);
    await remove({ kind: 'partial', repo });
    expect(readdirSync(a.path('blobs')).sort()).toEqual([digestOf(weights), digestOf('old'), digestOf('new')].sort());
    expect(readdirSync(a.path('.hub', 'partial'))).toEqual([]);
    expect(readdirSync(a.path('.hub', 'snapshots')).sort()).toEqual([`${commitOf('1')}.json`, `${commitOf('2')}.json`]);
    expect(existsSync(a.path('blobs', arrived))).toBe(false);
    expect(await findings()).toEqual([]);
  });
});

describe('prune', () => {
  it('takes nameless revisions and stale downloads, and shuts an emptied repo', async () => {
    twoRevisions();
    a.revision('3', { files: { x: 'nameless' }, usedMsAgo: 31 * dayMs });
    const pinned = new RepoBuilder(cacheDir, 'models--org--pinned');
    pinned.revision('5', { files: { x: 'x' }, usedMsAgo: 40 * dayMs });
    const result = await carryOut(await planPrune({ all: false, graceMs: hourMs }, context()), context());
    expect(result.removed.map(({ repo: name, commit }) => [name, commit?.slice(0, 1)])).toEqual([
      ['org/a', '3'],
      ['org/pinned', '5'],
    ]);
    expect(readdirSync(cacheDir)).toEqual(['models--org--a']);
  });

  it('spares a revision that was used, or named, while somebody thought about it', async () => {
    const commit = a.revision('1', { files: { x: 'x' }, usedMsAgo: 40 * dayMs });
    a.revision('2', { files: { y: 'y' }, usedMsAgo: 40 * dayMs });
    const planned = await planPrune({ all: false, graceMs: hourMs }, context());
    a.request(commit, { completed: true, msAgo: 0 });
    a.ref('main', commitOf('2'));
    const result = await carryOut(planned, context());
    expect(result).toMatchObject({ removed: [], kept: [{ reason: 'used-since' }, { reason: 'used-since' }] });
  });

  it("leaves Python's shared store to its own tool, and says what nothing links to", async () => {
    const payload = join(cacheDir, 'blobs', 'cc', 'c'.repeat(64));
    mkdirSync(join(payload, '..'), { recursive: true });
    writeFileSync(join(cacheDir, 'blobs', '.huggingface-shared-blobs'), '1\n');
    writeFileSync(payload, 'payload');
    mkdirSync(a.path('blobs'));
    symlinkSync(`../../blobs/cc/${'c'.repeat(64)}`, a.path('blobs', 'd'.repeat(64)));
    a.revision('1', { files: { x: { blob: 'd'.repeat(64) } }, usedMsAgo: 40 * dayMs });
    const result = await carryOut(await planPrune({ all: false, graceMs: hourMs }, context()), context());
    expect(result).toMatchObject({
      removed: [{ bytes: 0, stays: [{ reason: 'shared-store', bytes: 7 }] }],
      store: { bytes: 7 },
    });
    expect(statSync(payload).size).toBe(7);
    expect(existsSync(a.root)).toBe(false);
  });
});

describe('gc', () => {
  const request = { olderThanMs: undefined, keep: [], keepLocks: [], graceMs: hourMs };

  function threeRepos(): RepoBuilder[] {
    return [1, 2, 3].map((days) => {
      const builder = new RepoBuilder(cacheDir, `models--org--r${String(days)}`);
      const files = { 'model.bin': String(days).repeat(10_000), 'config.json': '{}' };
      builder.revision(String(days), { files, refs: ['main'], usedMsAgo: days * dayMs });
      return builder;
    });
  }

  async function gc(maxBytes: number, more: Partial<Parameters<typeof planGc>[0]> = {}) {
    rmSync(a.root, { recursive: true });
    const planned: PlannedRemoval = await planGc({ ...request, maxSize: { bytes: maxBytes }, ...more }, context());
    return carryOut(planned, context());
  }

  it('ends under the limit, the least recently used gone', async () => {
    threeRepos();
    const result = await gc(15_000);
    expect(readdirSync(cacheDir)).toEqual(['models--org--r1']);
    expect(result.limit).toMatchObject({ reached: true, bytesBefore: 30_006, bytesAfter: 10_002 });
    expect(bytesOfCache(await takeInventory(cacheDir, { signal: context().signal }))).toBe(10_002);
  });

  it('never removes what another process holds, and says that the limit was not reached', async () => {
    const [, , oldest] = threeRepos();
    if (oldest === undefined) throw new Error('no repo');
    const other = await hold(oldest);
    const result = await gc(0);
    expect(readdirSync(cacheDir)).toEqual(['models--org--r3']);
    expect(result).toMatchObject({
      limit: { reached: false },
      kept: [{ repo: 'org/r3', reason: 'in-use', holder: expect.stringContaining(String(other.pid)) as string }],
    });
    expect(await findings()).toEqual([]);
  });

  it('never removes what was used within the grace, or shall be kept', async () => {
    threeRepos();
    const result = await gc(0, { graceMs: 1.5 * dayMs, keep: [{ type: 'model', name: 'org/r3' }] });
    expect(readdirSync(cacheDir)).toEqual(['models--org--r1', 'models--org--r3']);
    expect(result.kept.map(({ reason }) => reason)).toEqual(['asked-for', 'recently-used']);
  });

  it('takes a share of the disk for a limit', async () => {
    threeRepos();
    rmSync(a.root, { recursive: true });
    const { result } = await planGc({ ...request, maxSize: { ofDisk: 0.8 } }, context());
    expect(result).toMatchObject({ removed: [], limit: { reached: true } });
    expect(result.limit?.bytes).toBeGreaterThan(1e9);
  });
});
