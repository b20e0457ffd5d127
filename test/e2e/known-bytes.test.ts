import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import type { DownloadPlanResult, DownloadResult } from '../../src/operations/download-result.js';
import { newMachine, serve } from './support/machine.js';

const MB = 1_000_000;
const weights = { size: 30 * MB, lfs: true, seed: 1 };
const [base, fork] = ['org/base', 'me/fork'];

async function prepare() {
  const repos = [
    repoWith({ id: base, files: { 'config.json': '{}', 'model.bin': weights } }),
    repoWith({ id: fork, files: { 'config.json': '{"fork":true}', 'model.bin': weights } }),
  ];
  const hub = await serve({ repos });
  return { hub, machine: await newMachine(hub) };
}

const inode = async (path: string) => (await stat(path)).ino;

function weightsOf(stdout: string) {
  return (JSON.parse(stdout) as DownloadResult).files.find(({ path }) => path === 'model.bin');
}

describe('a fork that shares its weights', () => {
  test('costs no byte of them, neither of the network nor of the disk, and outlives the other', async () => {
    const { hub, machine } = await prepare();
    await machine.run('download', base);
    const sent = hub.bytesSent();
    const plan = await machine.run('download', fork, '--dry-run', '--json');
    const planned = JSON.parse(plan.stdout) as DownloadPlanResult;
    expect(planned.totals).toMatchObject({ bytesToFetch: 13, bytesLinked: 30 * MB });
    expect(planned.files[1]).toMatchObject({ state: 'link', bytesToFetch: 0 });
    const { exitCode, stdout, stderr } = await machine.run('download', fork, '--json');
    expect(exitCode, stderr).toBe(0);
    expect(weightsOf(stdout)).toMatchObject({ state: 'linked', bytesFetched: 0 });
    expect(hub.bytesSent() - sent).toBeLessThan(1000);
    expect(stderr).toContain('linked 30.0 MB');
    const [ofBase, ofFork] = [base, fork].map((id) => join(machine.repo(id), 'snapshots', hub.head(id), 'model.bin'));
    expect(await inode(ofFork ?? '')).toBe(await inode(ofBase ?? ''));
    await rm(machine.repo(base), { recursive: true });
    expect((await readFile(ofFork ?? '')).length).toBe(30 * MB);
    expect((await machine.run('download', fork, '--offline')).exitCode).toBe(0);
  });

  test('is fetched where the other has gone bad', async () => {
    const { hub, machine } = await prepare();
    await machine.run('download', base);
    const path = join(machine.repo(base), 'snapshots', hub.head(base), 'model.bin');
    const bytes = await readFile(path);
    bytes[20 * MB] = (bytes[20 * MB] ?? 0) ^ 1;
    await writeFile(path, bytes);
    const { stdout, stderr } = await machine.run('download', fork, '--json');
    expect(weightsOf(stdout)).toMatchObject({ state: 'fetched', bytesFetched: 30 * MB });
    expect(stderr).toMatch(/^warning: .*models--org--base.* is damaged/m);
  });
});

test('dedupe makes one file of what two repos have, and tells what it freed', async () => {
  const { hub, machine } = await prepare();
  await machine.run('download', base);
  await machine.run('download', fork, '--force');
  const dry = await machine.run('cache', 'dedupe', '--dry-run');
  expect(dry.stdout).toContain('1 file, 30.0 MB would be freed');
  const { exitCode, stdout, stderr } = await machine.run('cache', 'dedupe', '--json');
  expect(exitCode, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 1,
    dryRun: false,
    files: [{ state: 'linked', size: 30 * MB }],
    totals: { files: 1, bytesSaved: 30 * MB },
  });
  const [one, other] = [base, fork].map((id) => join(machine.repo(id), 'snapshots', hub.head(id), 'model.bin'));
  expect(await inode(one ?? '')).toBe(await inode(other ?? ''));
});

test('dedupe that is killed at any point leaves every repo whole, and the next run ends it', async () => {
  const ids = ['a/1', 'a/2', 'a/3', 'a/4'];
  const files = { 'one.bin': { ...weights, size: 5 * MB }, 'two.bin': { ...weights, size: 6 * MB, seed: 2 } };
  const hub = await serve({ repos: ids.map((id) => repoWith({ id, files })) });
  const machine = await newMachine(hub);
  for (const id of ids) expect((await machine.run('download', id, '--force')).exitCode).toBe(0);
  const blobs = async () => {
    const paths = ids.flatMap((id) =>
      Object.keys(files).map((path) => join(machine.repo(id), 'snapshots', hub.head(id), path)),
    );
    return Promise.all(
      paths.map(async (path) => ({ ino: await inode(path), text: (await readFile(path)).toString('hex') })),
    );
  };
  const before = (await blobs()).map(({ text }) => text);
  for (let kill = 0; kill < 8; kill += 1) {
    const running = machine.start('cache', 'dedupe');
    await setTimeout(100 + kill * 40);
    await running.killAndWait();
    expect((await blobs()).map(({ text }) => text)).toEqual(before);
  }
  expect((await machine.run('cache', 'dedupe')).exitCode).toBe(0);
  const after = await blobs();
  expect(after.map(({ text }) => text)).toEqual(before);
  expect(new Set(after.map(({ ino }) => ino)).size).toBe(2);
});

test.for([
  { name: 'a flag', words: (dir: string) => ['--read-cache', dir], environment: () => ({}) },
  { name: 'a variable', words: () => [], environment: (dir: string) => ({ HUB_READ_CACHES: `/nowhere,${dir}` }) },
])('a read cache that $name names comes before the network', async ({ words, environment }) => {
  const { hub, machine } = await prepare();
  await machine.run('download', base);
  const readCache = machine.cacheDir;
  machine.environment['HF_HUB_CACHE'] = join(machine.folder, 'own');
  Object.assign(machine.environment, environment(readCache));
  const sent = hub.bytesSent();
  const { exitCode, stdout, stderr } = await machine.run('download', base, '--json', ...words(readCache));
  expect(exitCode, stderr).toBe(0);
  expect((JSON.parse(stdout) as DownloadResult).files.map(({ state }) => state)).toEqual(['linked', 'linked']);
  expect(hub.bytesSent()).toBe(sent);
});

test.skipIf(process.getuid?.() !== 0)(
  "another user's blob that he keeps to himself: exit 7, owner and cure",
  async () => {
    const { hub, machine } = await prepare();
    await machine.run('download', base);
    const path = join(machine.repo(base), 'snapshots', hub.head(base), 'model.bin');
    await chmod(path, 0o600);
    for (const folder of [machine.folder, machine.hfHome]) await chmod(folder, 0o755);
    machine.userId = 65_534;
    const { exitCode, stdout, stderr } = await machine.run('download', base);
    expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: '' });
    expect(stderr).toMatch(/^error: .*blobs\/[0-9a-f]{64}: you may not read it: it belongs to root, mode 0600$/m);
    expect(stderr).toMatch(/^hint: Ask root to run "chmod o\+r" on it/m);
  },
);
