import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newMachine, serve, type Machine } from './support/machine.js';

/** util-linux's `script` gives a command a terminal; the BSD one has other flags. */
const canFakeTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

const configPath = (machine: Machine) => join(machine.home, '.config', 'model-hub', 'config.toml');

async function prepare() {
  const hub = await serve({ repos: [] });
  const machine = await newMachine(hub);
  Object.assign(machine.environment, { TERM: 'xterm-256color', SHELL: '/bin/bash', NO_COLOR: '1' });
  // So that what is asked next comes from nowhere else.
  delete machine.environment['HF_ENDPOINT'];
  return { hub, machine };
}

/** Runs `hub config init` on a terminal, and types each answer once the question that it is for is there. */
async function answer(machine: Machine, endpoint: string, answers: readonly string[]) {
  const typing = answers.map(
    (typed, index) =>
      `until [ "$(grep -o ']:' screen | wc -l)" -gt ${String(index)} ]; do sleep 0.05; done; printf '${typed}'`,
  );
  const { exitCode, stdout: screen } = await machine.shell(
    `touch screen; (${typing.join('; ')}; sleep 0.3) | script -qefc 'hub config init --endpoint ${endpoint}' screen`,
  );
  return { exitCode, screen };
}

describe.skipIf(!canFakeTerminal)('hub config init on a terminal', () => {
  test('says which endpoints answer, asks four questions, and Enter takes the defaults', async () => {
    const { hub, machine } = await prepare();
    const enter = String.raw`\n`;
    const { exitCode, screen } = await answer(
      machine,
      `${hub.endpoint} --endpoint http://127.0.0.1:1`,
      Array<string>(4).fill(enter),
    );
    expect(exitCode, screen).toBe(0);
    expect(screen).toMatch(new RegExp(`${hub.endpoint} +answers in \\d+ ms`));
    expect(screen).toMatch(/http:\/\/127\.0\.0\.1:1 .*(refused|127\.0\.0\.1:1)/);
    expect(await readFile(configPath(machine), 'utf8')).toBe(
      `endpoints = ["${hub.endpoint}"]\ncache-dir = "${machine.cacheDir}"\nframework = "all"\n`,
    );
  });

  test('takes other answers, asks again after one that means nothing, and keeps the rest of the file', async () => {
    const { hub, machine } = await prepare();
    await mkdir(dirname(configPath(machine)), { recursive: true });
    await writeFile(configPath(machine), '# mine\nlimit-rate = "1MB" # slow\nretries = 3\n');
    const typed = [
      String.raw`https://a.example, https://b.example\n`,
      String.raw`~/models\n`,
      String.raw`tensorfow\n`,
      String.raw`tf\n`,
      String.raw`none\n`,
    ];
    const { exitCode, screen } = await answer(machine, hub.endpoint, typed);
    expect(exitCode, screen).toBe(0);
    expect(screen).toContain('tensorfow');
    expect(await readFile(configPath(machine), 'utf8')).toBe(
      '# mine\nretries = 3\nendpoints = ["https://a.example", "https://b.example"]\n' +
        `cache-dir = "${machine.home}/models"\nframework = "tf"\n`,
    );
  });

  test.each([
    ['Ctrl-C', String.raw`\003`, 130],
    ['the end of the input', String.raw`\004`, 0],
  ])('%s: nothing is written', async (_, key, expected) => {
    const { hub, machine } = await prepare();
    const { exitCode, screen } = await answer(machine, hub.endpoint, [String.raw`\n`, key]);
    expect(exitCode, screen).toBe(expected);
    expect(existsSync(configPath(machine))).toBe(false);
  });
});

test('without a terminal it asks nobody, and no hub either; with --yes it takes the defaults', async () => {
  const { hub, machine } = await prepare();
  const refused = await machine.run('config', 'init', '--endpoint', hub.endpoint);
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain('hub config set');
  expect(hub.requests).toEqual([]);
  expect(existsSync(configPath(machine))).toBe(false);
  const nobody = 'http://127.0.0.1:1';
  const words = ['config', 'init', '--endpoint', nobody, '--endpoint', hub.endpoint, '--yes', '--json'];
  const { exitCode, stdout } = await machine.run(...words);
  expect({ exitCode, document: JSON.parse(stdout) as unknown }).toMatchObject({
    exitCode: 0,
    document: {
      schema: 1,
      configPath: configPath(machine),
      changed: true,
      declined: false,
      endpoints: [
        { endpoint: nobody, ms: null, reason: expect.any(String) as string },
        { endpoint: hub.endpoint, ms: expect.any(Number) as number },
      ],
    },
  });
  expect(await readFile(configPath(machine), 'utf8')).toContain(`endpoints = ["${hub.endpoint}"]\n`);
});
