import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { newMachine, serve, type Machine } from './support/machine.js';

const token = 'hf_sEcReTsEcReTsEcReT';
const id = 'org/private';

async function prepare() {
  const files = { 'config.json': '{}', 'model.bin': { size: 3_000_000, lfs: true, seed: 1 } };
  const hub = await serve({
    repos: [repoWith({ id, private: true, files }), repoWith({ id: 'org/public', files })],
    users: [{ token, name: 'user', mayRead: [id] }],
  });
  return { hub, machine: await newMachine(hub) };
}

function authorizations(hub: Hub, kind: 'hub' | 'cdn'): Set<string | undefined> {
  const asked = hub.requests.filter((request) => (request.kind === 'cdn') === (kind === 'cdn'));
  return new Set(asked.map(({ headers }) => headers.authorization));
}

async function writeTokenFile(machine: Machine): Promise<string> {
  const path = join(machine.hfHome, 'token');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${token}\n`);
  return path;
}

describe('the token', () => {
  test.each([
    { from: 'HF_TOKEN', prepareToken: (machine: Machine) => void (machine.environment['HF_TOKEN'] = token) },
    {
      from: "the Hugging Face tools' token file",
      prepareToken: writeTokenFile,
    },
    {
      from: 'HF_TOKEN_PATH',
      prepareToken: async (machine: Machine) => {
        const path = join(machine.home, 'my-token');
        await writeFile(path, token);
        machine.environment['HF_TOKEN_PATH'] = path;
      },
    },
  ])('from $from goes to the hub, and never to the CDN', async ({ prepareToken }) => {
    const { hub, machine } = await prepare();
    await prepareToken(machine);
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode, stderr).toBe(0);
    expect(authorizations(hub, 'hub')).toEqual(new Set([`Bearer ${token}`]));
    expect(authorizations(hub, 'cdn')).toEqual(new Set([undefined]));
  });

  test('--token-file', async () => {
    const { machine } = await prepare();
    const path = join(machine.home, 'my-token');
    await writeFile(path, token);
    const { exitCode, stderr } = await machine.run('download', id, '--token-file', path);
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain('warning');
  });

  test('--token: works, with a warning', async () => {
    const { machine } = await prepare();
    const { exitCode, stderr } = await machine.run('download', id, '--token', token);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: .*--token/m);
  });

  test('HF_HUB_DISABLE_IMPLICIT_TOKEN: the file is not used', async () => {
    const { hub, machine } = await prepare();
    await writeTokenFile(machine);
    machine.environment['HF_HUB_DISABLE_IMPLICIT_TOKEN'] = '1';
    expect((await machine.run('download', 'org/public')).exitCode).toBe(0);
    expect(authorizations(hub, 'hub')).toEqual(new Set([undefined]));
  });

  test('does not follow a redirect to another origin', async () => {
    const { hub, machine } = await prepare();
    const other = await serve({ repos: [repoWith({ id: 'org/public', files: { 'config.json': '{}' } })] });
    hub.fault({
      match: { kind: 'resolve' },
      times: Infinity,
      redirectTo: `${other.endpoint}/org/public/resolve/main/config.json`,
    });
    machine.environment['HF_TOKEN'] = token;
    const { exitCode } = await machine.run('download', 'org/public', 'config.json');
    expect(exitCode).toBe(0);
    expect(other.count()).toBeGreaterThan(0);
    for (const { headers } of other.requests) expect(headers.authorization).toBeUndefined();
  });
});

describe('no output has the token or a signed query', () => {
  test.each([
    { name: 'a verbose success', words: [id, '--verbose'], env: true },
    { name: '--progress json', words: [id, '--verbose', '--progress', 'json'], env: true },
    { name: '--json', words: [id, '--json', '--verbose'], env: true },
    { name: '--token', words: [id, '--verbose', '--token', token], env: false },
    { name: '--token=', words: [id, '--verbose', '--json', `--token=${token}`], env: false },
    { name: 'a mistyped flag', words: [id, `--tokn=${token}`], env: false },
    { name: 'a failure with --token', words: ['org/none', '--json', '--verbose', '--token', token], env: false },
    { name: 'a usage error with --token', words: [id, '--token', token, '--no-such-flag', '--json'], env: false },
  ])('$name', async ({ words, env }) => {
    const { machine } = await prepare();
    if (env) machine.environment['HF_TOKEN'] = token;
    const { stdout, stderr } = await machine.run('download', ...words);
    expect(stdout + stderr).not.toContain(token);
    expect(stdout + stderr).not.toMatch(/Signature=|Expires=/);
  });

  test('a CDN that fails again and again', async () => {
    const { hub, machine } = await prepare();
    machine.environment['HF_TOKEN'] = token;
    hub.fault({ match: { kind: 'cdn' }, status: 500, times: Infinity });
    const { exitCode, stdout, stderr } = await machine.run('download', id, '--json', '--verbose', '--retries', '1');
    expect(exitCode).toBe(5);
    expect(stdout + stderr).not.toContain(token);
    expect(stdout + stderr).not.toMatch(/Signature=|Expires=/);
  });

  test('user and password of --endpoint and --proxy', async () => {
    const { hub, machine } = await prepare();
    const endpoint = hub.endpoint.replace('//', `//me:${token}@`);
    const { stdout, stderr } = await machine.run('download', 'org/none', '--json', '--verbose', '--endpoint', endpoint);
    expect(stdout + stderr).not.toContain(token);
    const proxied = await machine.run('download', 'org/none', '--json', '--proxy', endpoint, '--retries', '0');
    expect(proxied.stdout + proxied.stderr).not.toContain(token);
  });
});
