import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve } from './support/machine.js';
import { mountDisk } from './support/small-disk.js';

// Whom it strikes has never read our documents: what stands on stderr must be enough.

const MB = 1_000_000;
const id = 'org/name';

async function prepare() {
  const files = { 'config.json': '{}', 'model.bin': { size: 3 * MB, lfs: true, seed: 1 } };
  const hub = await serve({ repos: [repoWith({ id, files }), repoWith({ id: 'org/gated', gated: 'manual', files })] });
  return { hub, machine: await newMachine(hub) };
}

test('an empty home: what is missing, where it was looked for, and what brings it', async () => {
  const { machine } = await prepare();
  const [listing, offline, gated, whoami] = await Promise.all([
    machine.run('cache', 'ls'),
    machine.run('download', id, '--offline'),
    machine.run('download', 'org/gated'),
    machine.run('auth', 'whoami'),
  ]);
  expect(listing).toMatchObject({ exitCode: 0, stdout: `nothing in ${machine.cacheDir}\n` });
  expect(listing.stderr).toContain('hub download <repo>');
  expect(offline.stderr).toContain(`error: ${id}: revision main is not in the cache ${machine.cacheDir}\n`);
  expect(offline.stderr).toMatch(/^hint: .*without --offline/m);
  expect(gated.stderr).toMatch(/^error: .*org\/gated is gated/m);
  expect(gated.stderr).toMatch(/^hint: Ask for access at http\S+\/org\/gated, .*hub auth login/m);
  expect(whoami.stderr).toMatch(/^error: there is no token\nhint: .*hub auth login.*HF_TOKEN/m);
});

test('an unreachable hub: which host, why, after how many tries; network, proxy, mirror, and the command that goes on', async () => {
  const { hub, machine } = await prepare();
  await hub.close();
  const { exitCode, stderr } = await machine.run('download', id);
  expect(exitCode).toBe(5);
  const { host } = new URL(hub.endpoint);
  expect(stderr).toContain(`error: cannot reach ${host}: connection refused (3 tries)\n`);
  const hint = /^hint: .*$/m.exec(stderr)?.[0];
  for (const cure of ['network', '--proxy', 'HF_ENDPOINT', '--endpoint', '--retry-for']) expect(hint).toContain(cure);
  expect(stderr).toContain(`To go on:\n  hub download ${id}\n`);
});

test('an expired token: who refuses it, where it comes from, and where a new one is made and put', async () => {
  const { hub, machine } = await prepare();
  machine.environment['HF_TOKEN'] = 'hf_oncevalidandnomore';
  const { exitCode, stderr } = await machine.run('download', id);
  expect(exitCode).toBe(4);
  expect(stderr).toContain(`error: ${new URL(hub.endpoint).host} does not accept the token\n`);
  expect(stderr).toMatch(/^hint: It may have expired/m);
  expect(stderr).toContain(`${hub.endpoint}/settings/tokens`);
  expect(stderr).toContain('hub auth login');
  expect(stderr).toContain('the token comes from HF_TOKEN\n');
  expect(stderr).not.toContain('oncevalid');
});

test('a full disk: which folder, how much is missing; what frees space, takes less or lies elsewhere', async (context) => {
  const { machine } = await prepare();
  const disk = join(machine.folder, 'disk');
  await mkdir(disk);
  await mountDisk(disk, 2 * MB, context);
  machine.environment['HF_HUB_CACHE'] = join(disk, 'hub');
  const { exitCode, stderr } = await machine.run('download', id);
  expect(exitCode).toBe(7);
  expect(stderr).toMatch(/^error: .*\/disk\/hub: 3\.\d+ MB are to come, and \d\.\d+ MB are free: 99\d kB too few$/m);
  const hint = /^hint: .*$/m.exec(stderr)?.[0];
  for (const cure of ['hub cache ls', '--framework auto', '--exclude', '--cache-dir']) expect(hint).toContain(cure);
  expect(stderr).toContain(`To go on:\n  hub download ${id}\n`);
});
