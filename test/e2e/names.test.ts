import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { treeOf } from './support/cache-folder.js';
import { newMachine, serve } from './support/machine.js';

const id = 'org/name';

function entry(path: string) {
  return { type: 'file', path, size: 3, oid: 'ab'.repeat(20) };
}

/** A hub that lists these beside what it has. */
async function listing(...paths: string[]) {
  const hub = await serve({ repos: [repoWith({ id, files: { 'config.json': '{}' } })] });
  hub.fault({ match: { kind: 'tree' }, times: Infinity, entries: paths.map(entry) });
  return { hub, machine: await newMachine(hub) };
}

const hostile = [
  ['climbs out', '../evil'],
  ['climbs out in its middle', 'a/../../evil'],
  ['climbs out by Windows rules', 'a\\..\\..\\evil'],
  ['is absolute', '/etc/evil'],
  ['is absolute by Windows rules', '\\evil'],
  ['names a drive', 'C:\\evil'],
  ['names a drive, relatively', 'C:evil'],
  ['is a UNC path', '\\\\server\\share\\evil'],
  ['is a UNC path with slashes', '//server/share/evil'],
  ['holds a NUL', 'a\0b'],
  ['has an empty part', 'a//b'],
  ['ends with a slash', 'a/'],
  ['is empty', ''],
] as const;

describe('a name that can not be trusted', () => {
  test.each(hostile)('%s: exit 6, and nothing is written', async (_, path) => {
    const { hub, machine } = await listing(path);
    const { exitCode, stdout } = await machine.run('download', id);
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
    expect(hub.bytesSent()).toBe(0);
    expect(await treeOf(machine.folder)).toEqual(['home/']);
  });

  test.each(hostile)('%s, filtered out: exit 6 all the same', async (_, path) => {
    const { machine } = await listing(path);
    const { exitCode } = await machine.run('download', id, 'config.json');
    expect(exitCode).toBe(6);
  });

  test('a file and a folder of one name: exit 6', async () => {
    const { machine } = await listing('a', 'a/b');
    expect((await machine.run('download', id, 'config.json')).exitCode).toBe(6);
  });

  test('the same path twice: exit 6', async () => {
    const { machine } = await listing('a', 'a');
    expect((await machine.run('download', id, 'config.json')).exitCode).toBe(6);
  });
});

describe('a name that this file system can not hold', () => {
  const tooLong = 'x'.repeat(300);

  test('selected: exit 7 that names it, nothing written', async () => {
    const { hub, machine } = await listing(tooLong);
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode).toBe(7);
    expect(stderr).toContain('xxxxxxxx');
    expect(hub.bytesSent()).toBe(0);
    expect(await treeOf(machine.folder)).toEqual(['home/']);
  });

  test('not selected: does no harm', async () => {
    const { machine } = await listing(tooLong);
    expect((await machine.run('download', id, 'config.json')).exitCode).toBe(0);
  });

  test('--dry-run: exit 7 too', async () => {
    const { machine } = await listing(tooLong);
    expect((await machine.run('download', id, '--dry-run')).exitCode).toBe(7);
  });
});

describe.skipIf(process.platform === 'win32')('an odd name', () => {
  test.each([
    'with space.json',
    'percent%20sign%',
    'question?mark',
    'hash#tag',
    'plus+and&amp',
    'quote\'s"',
    'ünïcode/日本語.json',
    'emoji-🤗',
    'back`tick$(x)',
    '-rf',
    'semicolon;colon',
    '[brackets]{braces}*',
    ' leading and trailing ',
    '.hidden/.file',
    'line\nbreak\u001b[31m',
  ])('%j is stored as it is', async (path) => {
    const hub = await serve({
      repos: [repoWith({ id, files: { [path]: 'text', [`lfs/${path}`]: { size: 9, lfs: true } } })],
    });
    const machine = await newMachine(hub);
    const { exitCode, stdout, stderr } = await machine.run('download', id);
    expect(exitCode, stderr).toBe(0);
    const stored = await treeOf(stdout.trimEnd());
    expect(stored.some((line) => line.startsWith(`${path} -> `))).toBe(true);
    expect(stored.some((line) => line.startsWith(`${join('lfs', path)} -> `))).toBe(true);
  });

  test('control characters are escaped whenever they are printed', async () => {
    const path = 'red\u001b[31m\nline';
    const hub = await serve({ repos: [repoWith({ id, files: { [path]: { size: 11_000_000, lfs: true } } })] });
    const machine = await newMachine(hub);
    const outputs = [
      await machine.run('download', id, '--dry-run'),
      await machine.run('download', id, '--progress', 'plain', '--verbose'),
      await machine.run('download', id, '--json', '--force'),
    ];
    for (const { exitCode, stdout, stderr } of outputs) {
      expect(exitCode, stderr).toBe(0);
      expect(stdout + stderr).not.toContain('\u001b');
      expect(stdout + stderr).toContain('red');
    }
  });

  test('in an error they are escaped too', async () => {
    const { machine } = await listing('../\u001b[31mevil');
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode).toBe(6);
    expect(stderr).not.toContain('\u001b');
  });
});
