import { createHash } from 'node:crypto';
import { chmod, lchown, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { soundBlobs, treeOf } from './support/cache-folder.js';
import { newMachine, serve } from './support/machine.js';

const id = 'org/name';
const stranger = 65_534;
const files = { 'sub/config.json': '{}', 'model.bin': { size: 2_000_000, lfs: true, seed: 1 } };

async function prepare() {
  const hub = await serve({ repos: [repoWith({ id, files, branches: { 'deep/branch': files } })] });
  return { hub, machine: await newMachine(hub) };
}

describe.skipIf(process.getuid?.() !== 0)('a link that somebody else planted in the cache', () => {
  const levels = (commit: string) => [
    '.',
    'blobs',
    'refs',
    'refs/deep',
    'snapshots',
    `snapshots/${commit}`,
    `snapshots/${commit}/sub`,
    '.hub',
    '.hub/partial',
    '.hub/leases',
    '.hub/listings',
    '.hub/snapshots',
  ];

  test.each(levels('<commit>'))(
    'in place of the folder %s: nothing is written or deleted where it leads',
    async (level) => {
      const { hub, machine } = await prepare();
      const revision = 'deep/branch';
      const outside = join(machine.folder, 'outside');
      await mkdir(join(outside, 'kept'), { recursive: true });
      await writeFile(join(outside, 'kept', 'file'), 'mine');
      const path = join(machine.repo(id), level.replace('<commit>', hub.head(id, revision)));
      await mkdir(dirname(path), { recursive: true });
      await symlink(outside, path);
      await lchown(path, stranger, stranger);
      const { exitCode, stderr } = await machine.run('download', id, '--revision', revision, '--json');
      // The ref alone is none of the files: it is told that it can't be noted.
      expect(exitCode, stderr).toBe(level.startsWith('refs') ? 0 : 7);
      expect(stderr).toContain(path);
      expect(await treeOf(outside)).toEqual(['kept/', 'kept/file']);
      expect(await readFile(join(outside, 'kept', 'file'), 'utf8')).toBe('mine');
    },
  );

  test('in place of a file: it is replaced, and what it led to stays', async () => {
    const { hub, machine } = await prepare();
    const commit = hub.head(id);
    const outside = join(machine.folder, 'outside');
    await writeFile(outside, 'mine');
    const { stdout } = await machine.run('download', id);
    const repo = machine.repo(id);
    const [blob = ''] = await readdir(join(repo, 'blobs'));
    const planted = ['refs/main', `snapshots/${commit}/sub/config.json`, `blobs/${blob}`];
    planted.push(`.hub/listings/${commit}.json`, `.hub/snapshots/${commit}.json`, '.hub/leases/repo.exclusive');
    for (const path of planted) {
      await rm(join(repo, path), { force: true });
      await symlink(outside, join(repo, path));
      await lchown(join(repo, path), stranger, stranger);
    }
    await chmod(outside, 0o666);
    const again = await machine.run('download', id);
    expect(again, again.stderr).toMatchObject({ exitCode: 0, stdout });
    expect(await soundBlobs(repo)).toHaveLength(2);
    expect(await readFile(outside, 'utf8')).toBe('mine');
  });
});

describe('a size that is a lie', () => {
  test.each([
    { name: 'too large', size: 2_000_001 },
    { name: 'too small', size: 1_999_999 },
    { name: 'none', size: 0 },
  ])('$name: exit 6, and nothing is stored under that name', async ({ size }) => {
    const { hub, machine } = await prepare();
    const oid = createHash('sha256')
      .update(await hub.file(id, 'model.bin').content.read(0, 2_000_000))
      .digest('hex');
    const entry = { type: 'file', path: 'model.bin', size, oid: 'cd'.repeat(20), lfs: { oid, size } };
    hub.fault({ match: { kind: 'tree' }, times: Infinity, json: [entry] });
    const { exitCode, stderr } = await machine.run('download', id, '--retries', '1');
    expect(exitCode, stderr).toBe(6);
    expect(await soundBlobs(machine.repo(id))).toEqual([]);
  });

  test('beyond any disk: exit 7 before the first byte', async () => {
    const { hub, machine } = await prepare();
    const size = Number.MAX_SAFE_INTEGER;
    const entry = { type: 'file', path: 'model.bin', size, oid: 'cd'.repeat(20), lfs: { oid: 'ab'.repeat(32), size } };
    hub.fault({ match: { kind: 'tree' }, times: Infinity, json: [entry] });
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode, stderr).toBe(7);
    expect(hub.bytesSent()).toBe(0);
    expect(await treeOf(machine.hfHome)).toEqual([]);
  });
});

test('names that differ in case alone are two files, or exit 7 where the file system has one of them', async () => {
  const hub = await serve({ repos: [repoWith({ id, files: { 'A.txt': 'upper', 'a.txt': 'lower' } })] });
  const machine = await newMachine(hub);
  const { exitCode, stdout } = await machine.run('download', id);
  if (exitCode === 7) return;
  expect(await readFile(join(stdout.trimEnd(), 'A.txt'), 'utf8')).toBe('upper');
  expect(await readFile(join(stdout.trimEnd(), 'a.txt'), 'utf8')).toBe('lower');
});

test.each([
  { kind: 'info', fault: { redirectTo: 'self' } },
  { kind: 'tree', fault: { redirectTo: 'self' } },
  { kind: 'resolve', fault: { redirectTo: 'self' } },
] as const)('redirects without end of $kind, for a while: tried again, exit 0', async ({ kind, fault }) => {
  const { hub, machine } = await prepare();
  // The first request and the ten that follow it are one try.
  hub.fault({ match: { kind }, times: 11, ...fault });
  const { exitCode, stderr } = await machine.run('download', id, '--concurrency', '1');
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toMatch(/redirects without end; trying again/);
});
