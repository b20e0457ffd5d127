import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import type { Fault } from '../support/hub-server/faults.js';
import { newMachine, serve, type Machine } from './support/machine.js';
import { serveSecurely } from './support/secure-front.js';
import { treeOf } from './support/cache-folder.js';

const id = 'org/name';
const files = { 'config.json': '{}', 'sub/model.bin': { size: 2_000_000, lfs: true, seed: 1 } };

/** A cache that has it all. */
async function downloaded(...words: string[]) {
  const hub = await serve({ repos: [repoWith({ id, files })] });
  const machine = await newMachine(hub);
  const { exitCode, stdout } = await machine.run('download', id, ...words);
  expect(exitCode).toBe(0);
  hub.clearRequests();
  return { hub, machine, snapshot: join(machine.repo(id), 'snapshots', hub.head(id)), stdout };
}

describe('a branch whose hub goes away', () => {
  test.each([
    { name: 'answers 500', fault: { status: 500 } },
    { name: 'answers 503', fault: { status: 503 } },
    { name: 'answers 429', fault: { status: 429 } },
    { name: 'resets every connection', fault: { beforeHeaders: 'reset' } },
    { name: 'closes every connection', fault: { beforeHeaders: 'close' } },
    { name: 'redirects without end', fault: { redirectTo: 'self' } },
    { name: 'is behind a login page', fault: { captivePortal: true } },
  ] satisfies { name: string; fault: Fault }[])('$name: the cache answers, with a warning', async ({ fault }) => {
    const { hub, machine, stdout } = await downloaded();
    hub.fault({ times: Infinity, ...fault });
    machine.environment['HF_HUB_ETAG_TIMEOUT'] = '1';
    const late = await machine.run('download', id);
    expect(late).toMatchObject({ exitCode: 0, stdout });
    expect(late.stderr).toMatch(/^warning: /m);
  });

  test('closed altogether: the cache answers, with a warning', async () => {
    const { hub, machine, stdout } = await downloaded();
    await hub.close();
    const late = await machine.run('download', id);
    expect(late).toMatchObject({ exitCode: 0, stdout });
    expect(late.stderr).toMatch(/^warning: /m);
    expect(late.seconds).toBeLessThan(12);
  });

  test('shows a certificate that nobody trusts: the cache answers, with a warning that says why', async () => {
    const { hub, machine, stdout } = await downloaded();
    const { origin } = await serveSecurely(hub);
    machine.environment['HF_ENDPOINT'] = origin;
    const late = await machine.run('download', id);
    expect(late).toMatchObject({ exitCode: 0, stdout });
    expect(late.stderr).toMatch(/^warning: .*certificate/m);
    expect(hub.count()).toBe(0);
    const another = await machine.run('download', `${id}@another`);
    expect(another).toMatchObject({ exitCode: 5, stdout: '' });
  });

  test('silent: HF_HUB_ETAG_TIMEOUT bounds the whole look-up', async () => {
    const { hub, machine, stdout } = await downloaded();
    hub.fault({ beforeHeaders: 'hang', times: Infinity });
    machine.environment['HF_HUB_ETAG_TIMEOUT'] = '1';
    const late = await machine.run('download', id);
    expect(late).toMatchObject({ exitCode: 0, stdout });
    expect(late.seconds).toBeLessThan(4);
  });

  test('a file that the cache lacks: exit 5', async () => {
    const { hub, machine } = await downloaded('config.json');
    hub.fault({ status: 503, times: Infinity });
    const late = await machine.run('download', id, '--retries', '1');
    expect(late).toMatchObject({ exitCode: 5, stdout: '' });
  });

  test('--quiet: no warning', async () => {
    const { hub, machine, stdout } = await downloaded();
    hub.fault({ status: 503, times: Infinity });
    expect(await machine.run('download', id, '--quiet', '--retries', '1')).toMatchObject({
      exitCode: 0,
      stdout,
      stderr: '',
    });
  });
});

describe('a hub that refuses', () => {
  test.each([
    { status: 401, exitCode: 3 },
    { status: 403, exitCode: 4 },
    { status: 404, exitCode: 3 },
  ])('$status is not papered over by the cache: exit $exitCode', async ({ status, exitCode }) => {
    const { hub, machine } = await downloaded();
    hub.fault({ status, times: Infinity });
    expect(await machine.run('download', id)).toMatchObject({ exitCode, stdout: '' });
  });
});

describe('offline', () => {
  test('with an empty cache: exit 8, nothing written, no request', async () => {
    const hub = await serve({ repos: [repoWith({ id, files })] });
    const machine = await newMachine(hub);
    const { exitCode, stdout, stderr } = await machine.run('download', id, '--offline');
    expect({ exitCode, stdout }).toEqual({ exitCode: 8, stdout: '' });
    expect(stderr).toMatch(/^error: .*org\/name/m);
    expect(await treeOf(machine.hfHome)).toEqual([]);
    expect(hub.count()).toBe(0);
  });

  test('a part was downloaded, the whole is asked for: exit 8 that names what is missing', async () => {
    const { hub, machine } = await downloaded('config.json');
    const { exitCode, stderr } = await machine.run('download', id, '--offline');
    expect(exitCode).toBe(8);
    expect(stderr).toContain('sub/model.bin');
    expect(hub.count()).toBe(0);
  });

  test('--json tells that it is complete', async () => {
    const { machine } = await downloaded();
    const { stdout } = await machine.run('download', id, '--offline', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ complete: true, totals: { bytesFetched: 0 } });
  });

  test('a cache that may only be read answers', async () => {
    const { machine, stdout } = await downloaded();
    for (const path of [machine.cacheDir, machine.repo(id), join(machine.repo(id), '.hub')]) await chmod(path, 0o555);
    const late = await machine.run('download', id, '--offline');
    for (const path of [machine.cacheDir, machine.repo(id), join(machine.repo(id), '.hub')]) await chmod(path, 0o755);
    expect(late).toMatchObject({ exitCode: 0, stdout });
  });
});

/** As a cache is that Python's tools filled. */
async function forgetListings(machine: Machine): Promise<void> {
  await rm(join(machine.repo(id), '.hub'), { recursive: true });
  await rm(join(machine.repo(id), 'trees'), { recursive: true, force: true });
}

describe('offline without a listing', () => {
  test('a named file that is there is fine', async () => {
    const { machine, snapshot } = await downloaded();
    await forgetListings(machine);
    const { exitCode, stdout, stderr } = await machine.run('download', id, 'config.json', '--offline');
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0, stdout: `${join(snapshot, 'config.json')}\n` });
    expect(stderr).not.toContain('warning');
  });

  test('a named file that is missing: exit 8', async () => {
    const { machine } = await downloaded();
    await forgetListings(machine);
    const { exitCode, stderr } = await machine.run('download', id, 'missing.json', '--offline');
    expect(exitCode).toBe(8);
    expect(stderr).toContain('missing.json');
  });

  test.each([{ words: [] }, { words: ['--include', '*.bin'] }, { words: ['sub/'] }])(
    '$words: what is there, a warning, and "complete": null',
    async ({ words }) => {
      const { machine, snapshot } = await downloaded();
      await forgetListings(machine);
      const { exitCode, stdout, stderr } = await machine.run('download', id, ...words, '--offline', '--json');
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toMatch(/^warning: /m);
      expect(JSON.parse(stdout)).toMatchObject({ schema: 1, path: snapshot, complete: null });
    },
  );

  test('a pattern that matches nothing: exit 8', async () => {
    const { machine } = await downloaded();
    await forgetListings(machine);
    expect((await machine.run('download', id, '--include', '*.gguf', '--offline')).exitCode).toBe(8);
  });

  test('the hub may be asked again: it completes the cache without fetching a byte', async () => {
    const { hub, machine, stdout } = await downloaded();
    await forgetListings(machine);
    expect(await machine.run('download', id)).toMatchObject({ exitCode: 0, stdout });
    expect(hub.bytesSent()).toBe(0);
  });
});
