import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { newMachine, serve, type Machine } from '../e2e/support/machine.js';
import type { Hub } from '../support/hub-server/server.js';
import type { PythonClient } from './clients.js';
import { findingsOf, hf, id, python, runHub, sampleRepo, type Scan } from './support.js';

const fileSizes = {
  'config.json': 18,
  'README.md': 10,
  'model.safetensors': 3_000_000,
  'onnx/model.onnx': 200_000,
  'tokenizer/a/vocab.txt': 4,
  empty: 0,
};

async function prepare(): Promise<{ hub: Hub; machine: Machine }> {
  const hub = await serve({ repos: [sampleRepo()] });
  return { hub, machine: await newMachine(hub) };
}

function bytesAskedOf(hub: Hub): number {
  return hub.count({ method: 'GET', kind: ['resolve', 'resolve-cache', 'cdn'] });
}

const clients = inject('clients');

describe.each(clients)('what hub has downloaded, to huggingface_hub $version', (client) => {
  async function afterHub(): Promise<{ hub: Hub; machine: Machine; main: string; v2: string }> {
    const { hub, machine } = await prepare();
    await runHub(machine, 'download', id);
    await runHub(machine, 'download', `${id}@v2`);
    hub.clearRequests();
    return { hub, machine, main: hub.head(id), v2: hub.head(id, 'v2') };
  }

  test('is read offline, by snapshot and by file, without a request', async () => {
    const { hub, machine, main } = await afterHub();
    machine.environment['HF_HUB_OFFLINE'] = '1';
    const { path, files } = await python(client, machine, 'snapshot', { repo_id: id });
    expect(path).toBe(`${machine.repo(id)}/snapshots/${main}`);
    expect(files).toEqual(fileSizes);
    const file = await python<{ path: string }>(client, machine, 'file', {
      repo_id: id,
      filename: 'onnx/model.onnx',
      revision: 'v2',
    });
    expect(file.path).toContain(hub.head(id, 'v2'));
    expect(hub.requests).toEqual([]);
  });

  test('is not fetched again online', async () => {
    const { hub, machine } = await afterHub();
    const { files } = await python(client, machine, 'snapshot', { repo_id: id });
    expect(files).toEqual(fileSizes);
    expect(bytesAskedOf(hub)).toBe(0);
  });

  test('is scanned without a warning', async () => {
    const { machine, main, v2 } = await afterHub();
    const { warnings, repos } = await python<Scan>(client, machine, 'scan');
    // The oldest line knows no tag for backup tools, which the later ones write too.
    expect(warnings.filter((warning) => !warning.includes('CACHEDIR.TAG'))).toEqual([]);
    expect(repos).toEqual([
      {
        repo: id,
        type: 'model',
        bytes: Object.values(fileSizes).reduce((sum, size) => sum + size) + '{"hidden_size": 16}'.length,
        refs: { main, v2 },
        revisions: [main, v2].sort(),
      },
    ]);
  });

  test('is read offline out of an unpacked bundle', async () => {
    const { hub, machine } = await afterHub();
    const bundle = `${machine.home}/bundle.tar`;
    await runHub(machine, 'cache', 'export', id, '-o', bundle);
    const cacheDir = `${machine.home}/unpacked`;
    await mkdir(cacheDir);
    await promisify(execFile)('tar', ['xf', bundle, '-C', cacheDir]);
    Object.assign(machine.environment, { HF_HUB_CACHE: cacheDir, HF_HUB_OFFLINE: '1' });
    expect((await python(client, machine, 'snapshot', { repo_id: id })).files).toEqual(fileSizes);
    expect(hub.requests).toEqual([]);
  });

  test.skipIf(client.version.startsWith('0.'))('passes hf cache verify', async () => {
    const { machine } = await afterHub();
    expect(await hf(client, machine, 'cache', 'verify', id, '--revision', 'v2')).not.toMatch(/mismatch|missing/i);
  });

  test('stays whole when one revision is deleted there', async () => {
    const { hub, machine, main, v2 } = await afterHub();
    await python(client, machine, 'delete', { revisions: [v2] });
    expect(await findingsOf(machine)).toEqual([]);
    await runHub(machine, 'cache', 'verify');
    await runHub(machine, 'download', id, '--offline');
    expect(hub.requests).toEqual([]);
    expect((await python<Scan>(client, machine, 'scan')).repos[0]?.revisions).toEqual([main]);
  });

  test('stays whole after prune, which takes what no ref names', async () => {
    const { hub, machine, main } = await afterHub();
    hub.commit(id, { 'config.json': '{"hidden_size": 64}' });
    await runHub(machine, 'download', id);
    await prune(client, machine, [main]);
    expect(await findingsOf(machine)).toEqual([]);
    await runHub(machine, 'cache', 'verify');
    hub.clearRequests();
    await runHub(machine, 'download', id, '--offline');
    expect(hub.requests).toEqual([]);
  });
});

/** The oldest line has no prune: there the same is done by its functions. */
async function prune(client: PythonClient, machine: Machine, nameless: string[]): Promise<void> {
  if (client.version.startsWith('0.')) await python(client, machine, 'delete', { revisions: nameless });
  else await hf(client, machine, 'cache', 'prune', '-y');
}

describe.each(clients)('what huggingface_hub $version has downloaded, to hub', (client) => {
  async function afterPython(): Promise<{ hub: Hub; machine: Machine; main: string; v2: string }> {
    const { hub, machine } = await prepare();
    await python(client, machine, 'snapshot', { repo_id: id });
    await python(client, machine, 'snapshot', { repo_id: id, revision: 'v2' });
    hub.clearRequests();
    return { hub, machine, main: hub.head(id), v2: hub.head(id, 'v2') };
  }

  test('is not fetched again', async () => {
    const { hub, machine, main } = await afterPython();
    const { stdout } = await runHub(machine, 'download', id);
    expect(stdout.trim()).toBe(`${machine.repo(id)}/snapshots/${main}`);
    expect(bytesAskedOf(hub)).toBe(0);
  });

  test('is read offline', async () => {
    const { hub, machine } = await afterPython();
    await runHub(machine, 'download', id, '--offline');
    expect(hub.requests).toEqual([]);
  });

  test('is listed with its revisions, and nothing is found wrong', async () => {
    const { machine, main, v2 } = await afterPython();
    expect(await findingsOf(machine)).toEqual([]);
    const { stdout } = await runHub(machine, 'cache', 'ls', '--json');
    const { repos } = JSON.parse(stdout) as { repos: { repo: string; revisions: { commit: string }[] }[] };
    expect(repos.map(({ repo }) => repo)).toEqual([id]);
    expect(repos[0]?.revisions.map(({ commit }) => commit).sort()).toEqual([main, v2].sort());
  });

  test('passes verify', async () => {
    const { machine } = await afterPython();
    await runHub(machine, 'cache', 'verify');
  });

  test('stays whole when hub removes one revision', async () => {
    const { machine, main, v2 } = await afterPython();
    await runHub(machine, 'cache', 'rm', v2, '-y');
    const { warnings, repos } = await python<Scan>(client, machine, 'scan');
    expect(warnings).toEqual([]);
    expect(repos[0]?.revisions).toEqual([main]);
    machine.environment['HF_HUB_OFFLINE'] = '1';
    expect((await python(client, machine, 'snapshot', { repo_id: id })).files).toEqual(fileSizes);
  });

  test('stays whole after prune and gc', async () => {
    const { hub, machine } = await afterPython();
    hub.commit(id, { 'config.json': '{"hidden_size": 64}' });
    await python(client, machine, 'snapshot', { repo_id: id });
    await runHub(machine, 'cache', 'prune', '--all', '--grace', '0', '-y');
    await runHub(machine, 'cache', 'gc', '--max-size', '1GB', '-y');
    const { warnings, repos } = await python<Scan>(client, machine, 'scan');
    expect(warnings).toEqual([]);
    expect(repos[0]?.revisions).toEqual([hub.head(id), hub.head(id, 'v2')].sort());
  });
});

describe.each(clients)('a local dir, with huggingface_hub $version', (client) => {
  test('of hub is not fetched again there', async () => {
    const { hub, machine } = await prepare();
    const local = `${machine.home}/model`;
    await runHub(machine, 'download', id, '--local-dir', local);
    hub.clearRequests();
    expect((await python(client, machine, 'snapshot', { repo_id: id, local_dir: local })).files).toEqual(fileSizes);
    expect(bytesAskedOf(hub)).toBe(0);
  });

  test('of Python is not fetched again by hub, which brings only what changed', async () => {
    const { hub, machine } = await prepare();
    const local = `${machine.home}/model`;
    await python(client, machine, 'snapshot', { repo_id: id, local_dir: local });
    hub.clearRequests();
    await runHub(machine, 'download', id, '--local-dir', local);
    expect(bytesAskedOf(hub)).toBe(0);
    hub.commit(id, { 'README.md': '# Another model\n' });
    await runHub(machine, 'download', id, '--local-dir', local);
    expect(hub.count({ method: 'GET', kind: 'resolve' })).toBe(1);
  });
});
