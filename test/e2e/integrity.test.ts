import { writeFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256Of, gitOidOf } from '../support/hub-server/content.js';
import { repoWith } from '../support/hub-server/repos.js';
import { commitOfRef, partialsOf, soundBlobs, treeOf } from './support/cache-folder.js';
import { newMachine, serve } from './support/machine.js';

const MB = 1_000_000;
const id = 'org/name';

async function serveFiles() {
  const files = { 'config.json': '{"a": 1}\n', 'model.bin': { size: 20 * MB, lfs: true, seed: 1 } };
  const hub = await serve({ repos: [repoWith({ id, files })] });
  return { hub, machine: await newMachine(hub) };
}

const flippedFiles = [
  { path: 'model.bin', kind: 'cdn', flipByteAt: 7_654_321, digestOf: sha256Of },
  { path: 'config.json', kind: 'resolve-cache', flipByteAt: 3, digestOf: gitOidOf },
] as const;

describe.each(flippedFiles)('a byte of $path flipped in transit', ({ path, kind, flipByteAt, digestOf }) => {
  test('once: noticed and healed', async () => {
    const { hub, machine } = await serveFiles();
    const flip = hub.fault({ match: { kind, path }, flipByteAt });
    const { exitCode, stdout, stderr } = await machine.run('download', id, '--json');
    expect(exitCode, stderr).toBe(0);
    expect(flip.met).toBe(1);
    const { totals } = JSON.parse(stdout) as { totals: { bytesWasted: number } };
    expect(totals.bytesWasted).toBeGreaterThan(0);
    expect(await soundBlobs(machine.repo(id))).toContain(await digestOf(hub.file(id, path).content));
  });

  test('always: exit 6, no such blob, no snapshot and no ref', async () => {
    const { hub, machine } = await serveFiles();
    hub.fault({ match: { kind, path }, flipByteAt, times: Infinity });
    const { exitCode, stdout, stderr } = await machine.run('download', id);
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
    expect(stderr).toContain(path);
    const repo = machine.repo(id);
    expect(await soundBlobs(repo)).not.toContain(await digestOf(hub.file(id, path).content));
    expect((await treeOf(join(repo, 'snapshots'))).filter((line) => line.includes(path))).toEqual([]);
    expect(await commitOfRef(repo, 'main')).toBeUndefined();
  });

  test('always: the other file is kept, and named as complete', async () => {
    const { hub, machine } = await serveFiles();
    hub.fault({ match: { kind, path }, flipByteAt, times: Infinity });
    const { stdout } = await machine.run('download', id, '--json');
    const { complete, files, error } = JSON.parse(stdout) as {
      complete: boolean;
      files: { path: string; state: string }[];
      error: unknown;
    };
    expect(complete).toBe(false);
    expect(error).toMatchObject({ code: 'digest-mismatch', exitCode: 6 });
    for (const file of files) expect(file.state).toBe(file.path === path ? 'failed' : 'fetched');
  });

  test('always, then sound: the next run heals', async () => {
    const { hub, machine } = await serveFiles();
    const flip = hub.fault({ match: { kind, path }, flipByteAt, times: Infinity });
    await machine.run('download', id);
    flip.remove();
    expect((await machine.run('download', id)).exitCode).toBe(0);
    expect(await soundBlobs(machine.repo(id))).toHaveLength(2);
    expect(await partialsOf(machine.repo(id))).toEqual([]);
  });
});

test('a blob of the wrong size is noticed when warm, and fetched again', async () => {
  const { hub, machine } = await serveFiles();
  await machine.run('download', id);
  const digest = await sha256Of(hub.file(id, 'model.bin').content);
  await truncate(join(machine.repo(id), 'blobs', digest), 5);
  expect((await machine.run('download', id)).exitCode).toBe(0);
  expect(await soundBlobs(machine.repo(id))).toContain(digest);
});

test('bytes that rotted in an unfinished download are fetched again', async () => {
  const { hub, machine } = await serveFiles();
  hub.bytesPerSecond = MB;
  const running = machine.start('download', id);
  await hub.waitFor(() => hub.bytesSent() > 6 * MB);
  await running.killAndWait();
  const [partial = ''] = await partialsOf(machine.repo(id));
  await writeFile(join(machine.repo(id), '.hub', 'partial', partial, 'bytes'), 'rotten', { flag: 'r+' });
  hub.bytesPerSecond = undefined;
  const { exitCode, stdout } = await machine.run('download', id, '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ totals: { bytesWasted: 0 } });
  expect(await soundBlobs(machine.repo(id))).toHaveLength(2);
});

test('a byte that was flipped before a kill is healed by the next run', async () => {
  const { hub, machine } = await serveFiles();
  hub.bytesPerSecond = MB;
  const flip = hub.fault({ match: { kind: 'cdn' }, flipByteAt: 1_000 });
  const running = machine.start('download', id);
  await hub.waitFor(() => hub.bytesSent() > 6 * MB);
  await running.killAndWait();
  expect(flip.met).toBe(1);
  hub.bytesPerSecond = undefined;
  const { exitCode, stderr } = await machine.run('download', id);
  expect(exitCode, stderr).toBe(0);
  expect(await soundBlobs(machine.repo(id))).toHaveLength(2);
});

test('--force from a hub that has gone bad: exit 6, and the sound blob stays', async () => {
  const { hub, machine } = await serveFiles();
  await machine.run('download', id);
  hub.fault({ match: { kind: 'cdn' }, flipByteAt: 1_000, times: Infinity });
  expect((await machine.run('download', id, '--force')).exitCode).toBe(6);
  expect(await soundBlobs(machine.repo(id))).toHaveLength(2);
  expect((await machine.run('download', id, '--offline')).exitCode).toBe(0);
});

test('a listing that gives one digest two sizes: exit 6 before any byte', async () => {
  const { hub, machine } = await serveFiles();
  const oid = 'ab'.repeat(32);
  const entry = (path: string, size: number) => ({
    type: 'file',
    path,
    size,
    oid: 'cd'.repeat(20),
    lfs: { oid, size },
  });
  hub.fault({ match: { kind: 'tree' }, times: Infinity, entries: [entry('a', 5), entry('b', 6)] });
  const { exitCode } = await machine.run('download', id);
  expect(exitCode).toBe(6);
  expect(hub.bytesSent()).toBe(0);
  expect(await treeOf(machine.hfHome)).toEqual([]);
});

test('a hub whose file is longer than it lists: exit 6', async () => {
  const { hub, machine } = await serveFiles();
  const oid = await sha256Of(hub.file(id, 'model.bin').content);
  hub.fault({
    match: { kind: 'tree' },
    times: Infinity,
    json: [{ type: 'file', path: 'model.bin', size: 5 * MB, oid: 'cd'.repeat(20), lfs: { oid, size: 5 * MB } }],
  });
  const { exitCode, stderr } = await machine.run('download', id, '--retries', '1');
  expect(exitCode, stderr).toBe(6);
  expect(await soundBlobs(machine.repo(id))).toEqual([]);
});
