import { access, chmod, cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve } from './support/machine.js';

// What can be tried of the image without Docker: that what it copies is built, and that its words run.

const root = fileURLToPath(new URL('../..', import.meta.url));
const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
/** What follows an instruction of the Dockerfile, each time that it stands there. */
const saidBy = (instruction: string): string[] =>
  [...dockerfile.matchAll(new RegExp(`^${instruction} (.*)$`, 'gm'))].map(([, text = '']) => text);
const [source = '', target = ''] = saidBy('COPY').flatMap((text) => text.split(' '));
const wordsOf = (instruction: string): string[] => JSON.parse(saidBy(instruction)[0] ?? '[]') as string[];

const isRoot = process.getuid?.() === 0;
const stranger = 54_321;

/** The place of the image's file and of its link, below a folder. */
async function unpackedImage(folder: string): Promise<string> {
  const file = join(folder, target);
  await cp(join(inject('project'), source), file);
  const [, linkTarget = '', link = ''] = /ln -s (\S+) (\S+)/.exec(saidBy('RUN').join()) ?? [];
  expect(linkTarget).toBe(target);
  await mkdir(join(folder, dirname(link)), { recursive: true });
  await symlink(file, join(folder, link));
  expect(basename(link)).toBe(wordsOf('ENTRYPOINT')[0]);
  return join(folder, dirname(link));
}

test('the image takes one file, which the build makes and which .dockerignore lets pass', async () => {
  expect(saidBy('COPY')).toEqual([`${source} ${target}`]);
  const ignored = (await readFile(join(root, '.dockerignore'), 'utf8')).trim().split('\n');
  expect(ignored).toEqual(['*', `!${source}`]);
  await expect(access(join(inject('project'), source))).resolves.toBeUndefined();
});

test.skipIf(process.platform === 'win32')('its words run, and what they bring is in the volume', async () => {
  const hub = await serve({ repos: [repoWith({ id: 'org/name', files: { 'config.json': '{}' } })] });
  const machine = await newMachine(hub);
  const volume = join(machine.folder, 'cache');
  const path = await unpackedImage(join(machine.folder, 'image'));
  machine.environment['PATH'] = `${path}:${dirname(process.execPath)}:${machine.environment['PATH'] ?? ''}`;
  expect(saidBy('ENV')).toEqual([`HF_HOME=${saidBy('VOLUME').join()}`]);
  machine.environment['HF_HOME'] = volume;
  machine.program = wordsOf('ENTRYPOINT');
  expect(await machine.run(...wordsOf('CMD'))).toMatchObject({ exitCode: 0, stderr: '' });
  const { exitCode, stdout, stderr } = await machine.run('download', 'org/name');
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toBe(`${join(volume, 'hub', 'models--org--name', 'snapshots', hub.head('org/name'))}\n`);
});

test.skipIf(!isRoot)('a user whom the system does not know, as --user may name one, needs no home', async () => {
  const hub = await serve({ repos: [repoWith({ id: 'org/name', files: { 'config.json': '{}' } })] });
  const machine = await newMachine(hub);
  delete machine.environment['HOME'];
  await mkdir(machine.hfHome);
  for (const folder of [machine.folder, machine.hfHome]) await chmod(folder, 0o777);
  machine.userId = stranger;
  expect(await machine.run('download', 'org/name', '--quiet')).toMatchObject({ exitCode: 0, stderr: '' });
});
