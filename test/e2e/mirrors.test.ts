import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../support/hub-server/faults.js';
import { repoWith } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { soundBlobs } from './support/cache-folder.js';
import { newMachine, serve, type Machine } from './support/machine.js';

const MB = 1_000_000;
const id = 'org/name';
const token = 'hf_sEcReTsEcReTsEcReT';
const cdn = { kind: 'cdn' } as const;

async function prepare(faults: readonly Fault[] = []): Promise<{ first: Hub; second: Hub; machine: Machine }> {
  const files = { 'config.json': '{}', 'model.bin': { size: 20 * MB, lfs: true, seed: 1 } };
  const [first, second] = [
    await serve({ repos: [repoWith({ id, files })], users: [{ token, name: 'user' }] }),
    await serve({ repos: [repoWith({ id, files })], users: [{ token, name: 'user' }] }),
  ];
  for (const fault of faults) first.fault({ times: Infinity, ...fault });
  const machine = await newMachine(first);
  machine.environment['HUB_ENDPOINTS'] = `${first.endpoint},${second.endpoint}`;
  return { first, second, machine };
}

interface Document {
  sources: Record<string, number>;
  droppedEndpoints?: { endpoint: string; why: string }[];
  totals: { retries: number };
}

describe('several endpoints', () => {
  test.each([
    { name: 'the first is down', faults: [{ beforeHeaders: 'reset' }] },
    { name: 'the first fails', faults: [{ status: 503 }] },
    { name: 'the CDN of the first is down', faults: [{ match: cdn, beforeHeaders: 'reset' }] },
    { name: 'the first breaks off in each body', faults: [{ match: cdn, closeAfter: 300_000 }] },
    { name: 'the first lacks the file', faults: [{ match: { kind: 'resolve', path: 'model.bin' }, status: 404 }] },
  ] satisfies { name: string; faults: Fault[] }[])(
    '$name: the next takes over, no try is spent',
    async ({ faults }) => {
      const { second, machine } = await prepare(faults);
      const { exitCode, stdout, stderr } = await machine.run('download', id, '--retries', '0', '--json');
      expect(exitCode, stderr).toBe(0);
      const { sources, droppedEndpoints } = JSON.parse(stdout) as Document;
      expect(sources[second.cdnOrigin]).toBeGreaterThan(0);
      expect(droppedEndpoints).toBeUndefined();
      expect(await soundBlobs(machine.repo(id))).toHaveLength(2);
    },
  );

  test.each([
    { name: 'wrong bytes', fault: { match: cdn, flipByteAt: 10 * MB }, why: 'sent wrong bytes of model.bin' },
    { name: 'a web page', fault: { match: cdn, captivePortal: true }, why: 'sent a web page' },
    {
      name: 'a wrong size',
      fault: { match: cdn, headers: { 'Content-Range': 'bytes 0-1048575/99' } },
      why: 'has 99 bytes instead of 20000000 bytes',
    },
  ] satisfies { name: string; fault: Fault; why: string }[])(
    'one that sends $name is dropped, and stderr and --json name it',
    async ({ fault, why }) => {
      const { first, machine } = await prepare([fault]);
      const { exitCode, stdout, stderr } = await machine.run('download', id, '--json');
      expect(exitCode, stderr).toBe(0);
      expect((JSON.parse(stdout) as Document).droppedEndpoints).toEqual([{ endpoint: first.endpoint, why }]);
      expect(stderr).toContain(`${first.endpoint} was not asked any more: it ${why}`);
      expect(await soundBlobs(machine.repo(id))).toHaveLength(2);
    },
  );

  test('--endpoint repeated: the token goes to the first and to those that the config file marks', async () => {
    const { first, second, machine } = await prepare();
    machine.environment['HF_TOKEN'] = token;
    for (const hub of [first, second]) hub.fault({ match: { kind: 'info' }, status: 500 });
    const words = ['download', id, 'config.json', '--endpoint', first.endpoint, '--endpoint', second.endpoint];
    expect((await machine.run(...words)).exitCode).toBe(0);
    expect(first.requests[0]?.headers.authorization).toBe(`Bearer ${token}`);
    expect(second.requests[0]?.headers.authorization).toBeUndefined();

    second.clearRequests();
    const config = join(machine.home, '.config', 'model-hub', 'config.toml');
    await mkdir(dirname(config), { recursive: true });
    await writeFile(config, `endpoints = [{ url = "${second.endpoint}", token = true }]\n`);
    for (const hub of [first, second]) hub.fault({ match: { kind: 'info' }, status: 500 });
    expect((await machine.run(...words, '--force')).exitCode).toBe(0);
    expect(second.requests[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });

  test('all down: exit 5 after three tries, and each is named', async () => {
    const { first, second, machine } = await prepare([{ beforeHeaders: 'reset' }]);
    second.fault({ beforeHeaders: 'reset', times: Infinity });
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode).toBe(5);
    for (const { endpoint } of [first, second]) expect(stderr).toContain(endpoint);
    expect(first.requests).toHaveLength(3);
    expect(second.requests).toHaveLength(3);
  });
});
