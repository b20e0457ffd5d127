import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { soundBlobs, treeOf } from '../e2e/support/cache-folder.js';
import { newMachine, serve, type Machine } from '../e2e/support/machine.js';
import { repoOfFolder } from '../support/hub-server/fixture-repos.js';
import type { Hub } from '../support/hub-server/server.js';

const id = 'sentence-transformers/all-MiniLM-L6-v2';
const weights = { path: 'model.safetensors', bytes: 90_868_376 };
const weightsBlob = '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db';
const python = inject('python');

describe.skipIf(python === undefined)(`${id}, with its real weights`, () => {
  test('arrives whole, every blob named by its digest, each file asked for once', async () => {
    const { hub, machine, files } = await serveModel();
    await download(machine);
    expect(await soundBlobs(machine.repo(id))).toContain(weightsBlob);
    expect((await stat(join(machine.repo(id), 'blobs', weightsBlob))).size).toBe(weights.bytes);
    expect(hub.count({ kind: ['info', 'tree'] })).toBe(2);
    expect(hub.count({ kind: 'resolve' })).toBe(files);
    expect(hub.bytesSent({ kind: 'cdn' })).toBe(weights.bytes);
  });

  test('loads offline in transformers, tokenizers and safetensors, which change nothing', async () => {
    const { hub, machine } = await serveModel();
    const snapshot = await download(machine);
    const before = await treeOf(machine.cacheDir);
    hub.clearRequests();
    expect(await readCache(machine, 'load', { HF_HUB_OFFLINE: '1' })).toEqual({
      snapshot,
      tokens: ['a', 'cache', 'shared', 'by', 'two', 'programs', '.'],
      hiddenSize: 384,
      tensors: 104,
      embedding: [30522, 384],
      isFinite: true,
    });
    expect(hub.requests).toEqual([]);
    expect(await treeOf(machine.cacheDir)).toEqual(before);
    expect(await soundBlobs(machine.repo(id))).toContain(weightsBlob);
  });

  test("is one repo without warnings to Python's scan_cache_dir", async () => {
    const { hub, machine, files } = await serveModel();
    await download(machine);
    const bytes = [...(hub.repo(id).commits.get(hub.head(id))?.values() ?? [])].reduce(
      (sum, { content }) => sum + content.size,
      0,
    );
    expect(await readCache(machine, 'scan')).toEqual({
      warnings: [],
      repos: [{ repo: id, bytes, files, refs: { main: hub.head(id) } }],
    });
  });

  test('is not fetched again by huggingface_hub online', async () => {
    const { hub, machine } = await serveModel();
    const snapshot = await download(machine);
    hub.clearRequests();
    expect(await readCache(machine, 'snapshot', { HF_HUB_DISABLE_XET: '1' })).toEqual({ snapshot });
    expect(hub.count({ method: 'GET', kind: ['resolve', 'resolve-cache', 'cdn'] })).toBe(0);
  });
});

async function serveModel(): Promise<{ hub: Hub; machine: Machine; files: number }> {
  if (python === undefined) throw new Error('there is no model to serve');
  const hub = await serve({ repos: [await repoOfFolder(python.modelFolder, { id })] });
  const files = hub.repo(id).commits.get(hub.head(id))?.size ?? 0;
  return { hub, machine: await newMachine(hub), files };
}

/** @returns the snapshot's folder */
async function download(machine: Machine): Promise<string> {
  const { exitCode, stdout, stderr } = await machine.run('download', id);
  expect(exitCode, stderr).toBe(0);
  return stdout.trim();
}

async function readCache(machine: Machine, what: string, environment: Record<string, string> = {}): Promise<unknown> {
  if (python === undefined) throw new Error('there is no Python');
  const script = fileURLToPath(new URL('read-cache.py', import.meta.url));
  const { stdout } = await promisify(execFile)(python.interpreter, [script, what, id], {
    env: { ...machine.environment, ...environment },
  });
  return JSON.parse(stdout);
}
