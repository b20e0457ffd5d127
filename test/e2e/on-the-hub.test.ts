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

describe('hub info', () => {
  test('prints a page, or one document', async () => {
    const machine = await machineWith();
    const { stdout, stderr, exitCode } = await machine.run('info', 'org/name');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^repo +org\/name \(model\)\n/);
    expect(stdout).toMatch(/^files +3 files, 3\.00 kB\n +3\.00 kB {2}\.bin \(1 file\)$/m);
    const { stdout: json } = await machine.run('info', 'org/data', '-t', 'dataset', '--json', '--pull-requests');
    expect(JSON.parse(json)).toMatchObject({
      schema: 1,
      repo: 'org/data',
      type: 'dataset',
      sizes: { files: 3, bytes: 3004 },
      refs: { branches: [{ name: 'main' }], pullRequests: [] },
    });
  });

  test('of a file, or offline, prints nothing', async () => {
    const machine = await machineWith();
    expect(await machine.run('info', 'hf://org/name/config.json')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await machine.run('info', 'org/name', '--offline')).toMatchObject({ exitCode: 8, stdout: '' });
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

describe('hub cat', () => {
  test('prints the file byte for byte, and nothing where it fails', async () => {
    const machine = await machineWith();
    const { stdout, exitCode } = await machine.shell(
      'hub cat org/name model.bin -q | sha256sum; hub cat org/name@main config.json -q; hub cat org/name tf/model.h5 -q --offline',
    );
    const [digest = '', rest] = stdout.split('\n');
    expect(digest).toContain(/sha256:(\w+)/.exec((await machine.run('ls', 'org/name', 'model.bin')).stdout)?.[1]);
    expect([exitCode, rest]).toEqual([8, '{}']);
    expect(await machine.run('cat', 'org/name', 'tf')).toMatchObject({ exitCode: 3, stdout: '' });
    expect(await machine.run('cat', 'org/name')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await machine.run('cat', 'hf://org/name/config.json', 'x')).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('ends quietly when its reader has had enough', async () => {
    const repos = [repoWith({ id: 'org/name', files: { big: { size: 5_000_000 } } })];
    const machine = await newMachine(await serve({ repos }));
    const { stdout, stderr } = await machine.shell(
      'hub cat org/name big -q | head -c 3 | wc -c; echo "${PIPESTATUS[0]}"',
    );
    expect([stdout, stderr]).toEqual(['3\n0\n', '']);
  });

  test('--json is a usage error, told as JSON', async () => {
    const { stdout, exitCode } = await (await machineWith()).run('cat', 'org/name', 'config.json', '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, error: { code: 'usage' } });
  });

  test.skipIf(process.platform !== 'linux')('a full disk behind stdout is told as that', async () => {
    const machine = await machineWith();
    const { stderr, exitCode } = await machine.shell('hub cat org/name config.json -q > /dev/full');
    expect(stderr).toMatch(/^error: not all could be printed: ENOSPC/);
    expect(exitCode).toBe(7);
  });
});
