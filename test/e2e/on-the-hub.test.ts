import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve, type Machine } from './support/machine.js';

const files = { 'config.json': '{}', 'model.bin': { size: 3000, lfs: true, seed: 1 }, 'tf/model.h5': 'h5' };

async function machineWith(): Promise<Machine> {
  const repos = [
    repoWith({ id: 'org/name', files, downloads: 12_345, likes: 6 }),
    repoWith({ id: 'org/data', type: 'dataset', files }),
  ];
  return newMachine(await serve({ repos }));
}

describe('hub ls', () => {
  test('prints a table with a total, or one document', async () => {
    const machine = await machineWith();
    const { stdout, stderr, exitCode } = await machine.run('ls', 'org/name', '-x', '*.h5');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^ +SIZE {2}DIGEST +PATH\n +2 B {2}git-sha1:\w{40} +config\.json\n3\.00 kB {2}sha256:\w{64} /,
    );
    expect(stdout).toMatch(/\n2 of 3 files, 3\.00 kB, in org\/name@main \(\w{10}\)\n$/);
    const { stdout: json } = await machine.run('ls', 'datasets/org/data@main', 'tf/', '--json');
    expect(JSON.parse(json)).toMatchObject({
      schema: 1,
      repo: 'org/data',
      type: 'dataset',
      files: [{ path: 'tf/model.h5', size: 2 }],
      totals: { files: 1, bytes: 2, filesInRepo: 3 },
    });
  });

  test('of a repo that is not there prints nothing but the hint', async () => {
    const machine = await machineWith();
    const { stdout, stderr, exitCode } = await machine.run('ls', 'org/data');
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^error: model org\/data is not on .*\nhint: .*Did you mean: datasets\/org\/data\?\n$/);
    const { stdout: json } = await machine.run('ls', 'org/data', '--json');
    expect(JSON.parse(json)).toMatchObject({
      error: { exitCode: 3, hint: expect.stringContaining('datasets/org/data') as string },
    });
  });
});

describe('hub search', () => {
  test('prints a table, or one document', async () => {
    const machine = await machineWith();
    const { stdout, stderr, exitCode } = await machine.run('search', 'name');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^REPO +DOWNLOADS +LIKES +UPDATED\norg\/name +12\.3k +6 +\d+ d ago\n$/);
    const { stdout: json } = await machine.run('search', 'dat', '-t', 'dataset', '--json');
    expect(JSON.parse(json)).toMatchObject({ schema: 1, repos: [{ repo: 'org/data', type: 'dataset' }] });
  });

  test('that finds nothing is no failure', async () => {
    const { stdout, stderr, exitCode } = await (await machineWith()).run('search', 'nothing-like-it');
    expect([exitCode, stdout, stderr]).toEqual([0, '', 'no model is called so\n']);
  });

  test.each([
    [[], 'nothing to look for'],
    [['x', '--limit', '0'], '--limit: "0"'],
    [['x', '--limit', 'all'], '--limit: "all"'],
    [['x', '-t', 'kernel'], "argument 'kernel' is invalid"],
  ])('%j is a usage error', async (words, message) => {
    const { stdout, stderr, exitCode } = await (await machineWith()).run('search', ...words);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});
