import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve, type Machine } from './support/machine.js';

const id = 'org/name';

/** What is slow to load, each with words that nobody else's code has. */
const marks = {
  commander: 'addImplicitHelpCommand',
  zod: '_zod',
  undici: 'UND_ERR_',
  minimatch: 'braceExpandMax',
  'smol-toml': 'Invalid TOML document',
  'cli-progress': 'noTTYOutput',
  'string-width': 'Default_Ignorable_Code_Point',
  'the transfer': 'FileTransfer',
};
type Part = keyof typeof marks;

async function prepare(): Promise<{ machine: Machine; commit: string }> {
  const hub = await serve({ repos: [repoWith({ id, files: { 'config.json': '{}', 'a/b.bin': { size: 30_000 } } })] });
  return { machine: await newMachine(hub), commit: hub.head(id) };
}

/** The slow parts that a command loads, as V8 counts its scripts. */
async function partsOf(machine: Machine, ...args: string[]): Promise<{ parts: Part[]; files: number }> {
  const folder = join(machine.folder, 'coverage');
  await mkdir(folder);
  machine.environment['NODE_V8_COVERAGE'] = folder;
  const { exitCode, stderr } = await machine.run(...args);
  expect(exitCode, stderr).toBe(0);
  const urls = new Set<string>();
  for (const name of await readdir(folder)) {
    const { result } = JSON.parse(await readFile(join(folder, name), 'utf8')) as { result: { url: string }[] };
    for (const { url } of result) if (/\/model-hub-cli\/.*\.js$/.test(url)) urls.add(fileURLToPath(url));
  }
  const texts = await Promise.all([...urls].map((path) => readFile(path, 'utf8')));
  const parts = Object.entries(marks).flatMap(([part, mark]) =>
    texts.some((text) => new RegExp(mark).test(text)) ? (part as Part) : [],
  );
  return { parts, files: urls.size };
}

test('the version is told by the launcher alone', async () => {
  const { machine } = await prepare();
  expect(await partsOf(machine, '--version')).toEqual({ parts: [], files: 1 });
});

test.each([[['--help']], [['help', 'download']]])(
  'the help loads only what reads the command line: %j',
  async (args) => {
    const { machine } = await prepare();
    expect((await partsOf(machine, ...args)).parts).toEqual(['commander']);
  },
);

test('a run that needs no request loads no network and no transfer', async () => {
  const { machine, commit } = await prepare();
  await machine.run('download', id);
  const { parts } = await partsOf(machine, 'download', `${id}@${commit}`);
  expect(parts).toEqual(['commander', 'zod', 'minimatch']);
});

test('a run that has all files loads the network and no transfer', async () => {
  const { machine } = await prepare();
  await machine.run('download', id);
  expect((await partsOf(machine, 'download', id)).parts).toEqual(['commander', 'zod', 'undici', 'minimatch']);
});

test('a run that brings files loads all but what draws', async () => {
  const { machine } = await prepare();
  const { parts } = await partsOf(machine, 'download', id);
  expect(parts).toEqual(['commander', 'zod', 'undici', 'minimatch', 'the transfer']);
});
