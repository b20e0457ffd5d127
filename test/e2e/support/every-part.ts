import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { repoWith } from '../../support/hub-server/repos.js';
import { soundBlobs } from './cache-folder.js';
import { type Machine, newMachine, serve } from './machine.js';
import { programWords } from './program-under-test.js';
import { authorityFile, serveSecurely } from './secure-front.js';

const MB = 1_000_000;
const id = 'org/name';
/** Two of them are digested on a thread. */
const files = {
  'config.json': '{}',
  'model-1.bin': { size: 12 * MB, lfs: true, seed: 1 },
  'model-2.bin': { size: 9 * MB, lfs: true, seed: 2 },
  'notes/large.txt': { size: 9 * MB, lfs: false, seed: 3 },
};
const card = `---
configs:
  - config_name: cola
    data_files: cola.csv
  - config_name: sst2
    data_files: sst2.csv
---
`;
const dataset = { 'README.md': card, 'cola.csv': 'a,b\n1,2\n', 'sst2.csv': 'c,d\n3,4\n' };

/**
 * Short tests that reach each part of the program which a form of it, or a Node, could lack: what is loaded late, its
 * threads, TLS, signals, and what it finds out about itself.
 *
 * @param words  what starts the program
 */
export function testEveryPart(words: () => readonly string[] = programWords): void {
  async function prepare() {
    const repos = [repoWith({ id, files }), repoWith({ id: 'org/set', type: 'dataset', files: dataset })];
    const hub = await serve({ repos });
    const machine = await newMachine(hub);
    machine.program = words();
    return { hub, machine };
  }

  async function well(machine: Machine, ...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await machine.run(...args);
    expect(exitCode, `${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  }

  test('tells its version and its help', async () => {
    const { machine } = await prepare();
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await well(machine, '--version')).toBe(`${version}\n`);
    expect(await well(machine, '--help')).toContain('hub download facebook/opt-13b');
  });

  test('downloads, goes on after a signal, and verifies', async () => {
    const { hub, machine } = await prepare();
    const cut = machine.start('download', id, '--limit-rate', '5MB', '--progress', 'json');
    await cut.says(/"type":"progress"/);
    cut.signal('SIGINT');
    expect(await cut.ended).toMatchObject({ exitCode: 130 });
    expect(await well(machine, 'download', id)).toBe(`${join(machine.repo(id), 'snapshots', hub.head(id))}\n`);
    expect(await soundBlobs(machine.repo(id))).toHaveLength(4);
    expect(await well(machine, 'cache', 'verify')).toContain('4 files');
    expect(await well(machine, 'cache', 'ls', '--json')).toContain(id);
  });

  test('reads the card of a dataset', async () => {
    const { machine } = await prepare();
    const folder = (await well(machine, 'download', 'datasets/org/set', '--subset', 'cola')).trim();
    expect(await readFile(join(folder, 'cola.csv'), 'utf8')).toBe(dataset['cola.csv']);
  });

  test('speaks TLS, for the connections of the fast lane too', async () => {
    const { hub, machine } = await prepare();
    const { origin } = await serveSecurely(hub);
    Object.assign(machine.environment, { HF_ENDPOINT: origin, SSL_CERT_FILE: authorityFile });
    await well(machine, 'download', id, 'config.json', 'model-1.bin', '--concurrency', '4');
    expect(await soundBlobs(machine.repo(id))).toHaveLength(2);
  });

  test('writes its config file and reads it', async () => {
    const { machine } = await prepare();
    machine.environment['MODEL_HUB_CONFIG'] = join(machine.home, 'config.toml');
    await well(machine, 'config', 'set', 'stall-timeout', '1m');
    expect(await well(machine, 'env')).toMatch(/60s.*config\.toml/);
  });

  test('takes a bundle of its own', async () => {
    const { machine } = await prepare();
    await well(machine, 'download', id, 'config.json');
    const bundle = join(machine.folder, 'bundle.tar');
    await well(machine, 'cache', 'export', id, '-o', bundle);
    await well(machine, 'cache', 'import', bundle, '--cache-dir', join(machine.folder, 'other'));
  });

  test('completes a command line', async () => {
    const { machine } = await prepare();
    expect(await well(machine, 'completion', 'bash')).toContain('complete ');
    expect(await well(machine, '__complete', 'cache', 'v')).toContain('verify');
  });

  test('the doctor finds nothing wrong', async () => {
    const { machine } = await prepare();
    expect(await well(machine, 'doctor', id)).toContain('nothing failed');
  });
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
