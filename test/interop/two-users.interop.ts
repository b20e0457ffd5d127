import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { newMachine, serve, type Machine } from '../e2e/support/machine.js';
import type { Hub } from '../support/hub-server/server.js';
import { id, python, sampleRepo, type Scan } from './support.js';

const group = 4200;
const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write('\nSKIPPED: a cache of two users, since only root can be two\n\n');

/** A cache that is open to a group, as docs/cache.md says. */
async function sharedCache(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-shared-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await chown(folder, 0, group);
  await chmod(folder, 0o2775);
  return folder;
}

async function userOf(hub: Hub, cacheDir: string, userId: number): Promise<Machine> {
  const machine = await newMachine(hub);
  await chmod(machine.folder, 0o755);
  await chown(machine.home, userId, group);
  await mkdir(machine.hfHome);
  await chown(machine.hfHome, userId, group);
  machine.userId = userId;
  machine.groupId = group;
  machine.environment['HF_HUB_CACHE'] = cacheDir;
  return machine;
}

// One will do: it is our modes that are looked at.
const clients = inject('clients').slice(0, 1);

describe.skipIf(!isRoot).each(clients)('two users on one cache, with huggingface_hub $version', (client) => {
  test.each([
    ['077', '022'],
    ['022', '077'],
  ])('umask %s begins a repo, umask %s goes on with it, and Python loads it as that user', async (first, second) => {
    const hub = await serve({ repos: [sampleRepo()] });
    const cacheDir = await sharedCache();
    const one = await userOf(hub, cacheDir, 4201);
    const other = await userOf(hub, cacheDir, 4202);
    expect((await one.shell(`umask ${first}; hub download ${id} config.json model.safetensors`)).exitCode).toBe(0);
    const ended = await other.shell(`umask ${second}; hub download ${id}`);
    expect(ended.exitCode, ended.stderr).toBe(0);
    hub.clearRequests();
    other.environment['HF_HUB_OFFLINE'] = '1';
    for (const user of [one, other]) {
      user.environment['HF_HUB_OFFLINE'] = '1';
      const { files } = await python(client, user, 'snapshot', { repo_id: id });
      expect(Object.keys(files)).toHaveLength(6);
    }
    expect((await python<Scan>(client, one, 'scan')).warnings).toEqual([]);
    expect(hub.requests).toEqual([]);
  });
});
