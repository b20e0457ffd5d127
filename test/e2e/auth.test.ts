import { spawnSync } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newMachine, serve } from './support/machine.js';

const token = 'hf_abcdefghijklmnopqrstuvwxyz';
const canFakeTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

async function prepare() {
  const hub = await serve({ repos: [], users: [{ token, name: 'ann', orgs: ['lab'] }] });
  const machine = await newMachine(hub);
  return { hub, machine, tokenFile: join(machine.hfHome, 'token') };
}

test('login from stdin, whoami and logout', async () => {
  const { machine, tokenFile } = await prepare();
  const login = await machine.shell(`echo ' ${token} ' | hub auth login`);
  expect(login).toMatchObject({ exitCode: 0, stdout: 'ann\n' });
  expect(login.stderr).not.toContain(token);
  expect(await readFile(tokenFile, 'utf8')).toBe(token);
  expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
  expect(await machine.run('auth', 'whoami')).toMatchObject({ exitCode: 0, stdout: 'ann\norganisations: lab\n' });
  const known = JSON.parse((await machine.run('auth', 'whoami', '--json')).stdout) as unknown;
  expect(known).toMatchObject({
    schema: 1,
    name: 'ann',
    organisations: ['lab'],
    origin: { kind: 'file', name: tokenFile },
  });
  expect((await machine.run('auth', 'logout')).exitCode).toBe(0);
  await expect(stat(tokenFile)).rejects.toThrow();
  const nobody = await machine.run('auth', 'whoami');
  expect(nobody).toMatchObject({
    exitCode: 4,
    stdout: '',
    stderr: expect.stringContaining('hub auth login') as string,
  });
});

test('a token that the hub does not accept is told, and what was stored stays', async () => {
  const { machine, tokenFile } = await prepare();
  await mkdir(machine.hfHome, { recursive: true });
  await writeFile(tokenFile, 'hf_before');
  machine.environment['HF_TOKEN'] = 'hf_anotherone';
  const { exitCode, stdout, stderr } = await machine.shell('echo hf_wrongwrongwrong | hub auth login');
  expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
  expect(stderr).not.toContain('hf_wrong');
  // It was typed.
  expect(stderr).not.toContain('the token comes from');
  expect(await readFile(tokenFile, 'utf8')).toBe('hf_before');
});

test('nothing on stdin, and something that is no token, are usage errors', async () => {
  const { machine } = await prepare();
  expect((await machine.shell('hub auth login < /dev/null')).exitCode).toBe(2);
  expect((await machine.shell('echo "hf_a b" | hub auth login')).exitCode).toBe(2);
  expect((await machine.run('auth', 'login', '--token', token)).exitCode).toBe(2);
});

test('a variable that counts more than what is stored is told', async () => {
  const { machine } = await prepare();
  machine.environment['HF_TOKEN'] = token;
  const { exitCode, stderr } = await machine.shell(`echo ${token} | hub auth login`);
  expect(exitCode).toBe(0);
  expect(stderr).toContain('HF_TOKEN is set in the environment');
});

test.skipIf(!canFakeTerminal)('on a terminal the token is asked for and not shown', async () => {
  const { machine, tokenFile } = await prepare();
  machine.environment['SHELL'] = '/bin/bash';
  const typing = `until grep -q 'not shown' screen 2>/dev/null; do sleep 0.05; done; printf 'x\\177${token}\\r'; sleep 0.5`;
  const { stdout: screen, exitCode } = await machine.shell(`(${typing}) | script -qefc 'hub auth login' screen`);
  expect(exitCode, screen).toBe(0);
  expect(screen).not.toContain(token);
  expect(await readFile(tokenFile, 'utf8')).toBe(token);
});
