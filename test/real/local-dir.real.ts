import { execFile } from 'node:child_process';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { newMachine, serve, type Machine } from '../e2e/support/machine.js';
import { repoWith } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';

const id = 'org/name';
const python = inject('python');
/** Of files; the API's answers are no bytes of these. */
const filesOnly = { kind: ['cdn', 'resolve-cache'] } as const;
const script = `
import sys
from huggingface_hub import snapshot_download
print(snapshot_download("${id}", local_dir=sys.argv[1]))
`;

async function prepare(): Promise<{ hub: Hub; machine: Machine; dir: string }> {
  const files = { 'model.bin': { size: 5_000_000, lfs: true }, 'onnx/config.json': '{}', 'README.md': 'read me' };
  const hub = await serve({ repos: [repoWith({ id, files })] });
  const machine = await newMachine(hub);
  return { hub, machine, dir: join(machine.home, 'name') };
}

async function byHub(machine: Machine, dir: string, ...flags: string[]): Promise<void> {
  const { exitCode, stderr } = await machine.run('download', id, '--local-dir', dir, ...flags);
  expect(exitCode, stderr).toBe(0);
}

async function byPython(machine: Machine, dir: string): Promise<void> {
  if (python === undefined) throw new Error('there is no Python');
  const env = { ...machine.environment, HF_HUB_DISABLE_XET: '1' };
  await promisify(execFile)(python.interpreter, ['-c', script, dir], { env });
}

describe.skipIf(python === undefined)('a local folder of both', () => {
  test('filled by hub, costs huggingface_hub no byte of a file, and hub neither afterwards', async () => {
    const { hub, machine, dir } = await prepare();
    await byHub(machine, dir);
    hub.clearRequests();
    await byPython(machine, dir);
    expect(hub.bytesSent(filesOnly)).toBe(0);
    hub.clearRequests();
    await byHub(machine, dir);
    expect(hub.requests).toHaveLength(1);
  });

  test('filled by huggingface_hub, costs hub one request, and offline none', async () => {
    const { hub, machine, dir } = await prepare();
    await byPython(machine, dir);
    hub.clearRequests();
    await byHub(machine, dir);
    expect(hub.requests).toHaveLength(1);
    hub.clearRequests();
    await byHub(machine, dir, '--offline');
    expect(hub.requests).toEqual([]);
  });

  test('whose branch has moved gets only what has changed, by turns', async () => {
    const { hub, machine, dir } = await prepare();
    await byPython(machine, dir);
    hub.commit(id, { 'README.md': 'two' });
    hub.clearRequests();
    await byHub(machine, dir);
    expect(hub.bytesSent(filesOnly)).toBe('two'.length);
    hub.commit(id, { 'README.md': 'three' });
    hub.clearRequests();
    await byPython(machine, dir);
    expect(hub.bytesSent(filesOnly)).toBe('three'.length);
    hub.clearRequests();
    await byHub(machine, dir);
    expect(hub.bytesSent(filesOnly)).toBe(0);
    expect(await readFile(join(dir, 'README.md'), 'utf8')).toBe('three');
  });

  test('keeps what the user has changed after huggingface_hub', async () => {
    const { machine, dir } = await prepare();
    await byPython(machine, dir);
    // Python itself takes a change within a second for none.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await appendFile(join(dir, 'README.md'), ', and my notes');
    const { exitCode } = await machine.run('download', id, '--local-dir', dir);
    expect(exitCode).toBe(9);
    expect(await readFile(join(dir, 'README.md'), 'utf8')).toBe('read me, and my notes');
  });
});
