import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documents } from '../documents/documents.js';
import { commandOf, expectDocument } from '../documents/expect-document.js';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve } from './support/machine.js';

const id = 'org/name';
const token = 'hf_abcdefghijklmnopqrstuvwxyz';

test('each command prints the document that docs/json.md says', async () => {
  const weights = { size: 2_000_000, lfs: true, seed: 1 };
  const files = { 'config.json': '{}', 'model.safetensors': weights, 'pytorch_model.bin': { ...weights, seed: 2 } };
  const twin = { 'model.safetensors': weights };
  const hub = await serve({
    repos: [repoWith({ id, files }), repoWith({ id: 'org/twin', files: twin })],
    users: [{ token, name: 'ann', orgs: ['lab'] }],
  });
  const machine = await newMachine(hub);
  const [folder, bundle] = [join(machine.folder, 'folder'), join(machine.folder, 'bundle.tar')];
  const called = new Set<string>();

  const login = await machine.shell(`echo ${token} | hub auth login --json`);
  expect(login.exitCode, login.stderr).toBe(0);
  expectDocument(['auth', 'login'], JSON.parse(login.stdout));
  called.add('auth login');

  // What goes by the working folder.
  for (const words of [['add', id], ['lock'], ['lock', '--check'], ['sync']]) {
    const { exitCode, stdout, stderr } = await machine.shell(`hub ${words.join(' ')} --json`);
    expect(exitCode, `${words.join(' ')}: ${stderr}`).toBe(0);
    expectDocument(words, JSON.parse(stdout));
    called.add(commandOf(words)?.command ?? words.join(' '));
  }

  const lines: readonly string[][] = [
    ['auth', 'whoami'],
    ['download', id, '--dry-run'],
    ['download', id, '--progress', 'json'],
    ['download', 'org/twin'],
    ['download', id, '--local-dir', folder],
    ['mirror', id, 'org/twin'],
    ['ls', id],
    ['info', id, '--pull-requests'],
    ['search', 'name'],
    ['cache', 'ls'],
    ['cache', 'path', id],
    ['cache', 'verify'],
    ['cache', 'verify', '--local-dir', folder],
    ['cache', 'export', id, '-o', bundle],
    ['cache', 'import', bundle],
    ['cache', 'dedupe'],
    ['cache', 'gc', '--max-size', '1KB', '--dry-run'],
    ['cache', 'prune', '--dry-run'],
    ['cache', 'rm', 'org/twin', '-y'],
    ['env'],
    ['completion', 'bash'],
    ['config', 'set', 'retries', '3'],
    ['config', 'get', 'retries'],
    ['config', 'unset', 'retries'],
    ['config', 'path'],
    ['config', 'init', '-y', '--endpoint', hub.endpoint],
    ['doctor', id],
    ['auth', 'logout'],
  ];
  for (const words of lines) {
    const { exitCode, stdout, stderr } = await machine.run(...words, '--json');
    expect(exitCode, `${words.join(' ')}: ${stderr}`).toBe(0);
    expect(JSON.parse(stdout), words.join(' ')).toMatchObject({ schema: 1 });
    called.add(commandOf(words)?.command ?? words.join(' '));
  }
  expect([...called].sort()).toEqual(documents.flatMap(({ commands }) => commands).sort());
});

test.each([
  { what: 'a command line that nobody understands', words: ['download', id, '--no-such-flag'] },
  { what: 'a command that there is not', words: ['no-such-command'] },
  { what: 'a repo that there is not', words: ['info', 'org/none'] },
  { what: 'a cache that lacks what is named', words: ['cache', 'path', 'org/none'] },
  { what: 'a question to a hub, offline', words: ['search', 'name', '--offline'] },
  { what: 'nobody logged in', words: ['auth', 'whoami'] },
])('$what: the document of a run that fails', async ({ words }) => {
  const machine = await newMachine(await serve({ repos: [] }));
  const { exitCode, stdout } = await machine.run(...words, '--json');
  expect(exitCode).not.toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ schema: 1, error: { exitCode } });
});
