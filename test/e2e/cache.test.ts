import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RepoBuilder, commitOf, dayMs, digestOf } from '../support/cache-builder.js';
import { repoWith } from '../support/hub-server/repos.js';
import { treeOf } from './support/cache-folder.js';
import { newMachine, serve, type Machine } from './support/machine.js';
import { mountDisk } from './support/small-disk.js';

const MB = 1_000_000;

async function newCache(): Promise<{ machine: Machine; a: RepoBuilder }> {
  const machine = await newMachine(await serve({ repos: [] }));
  const a = new RepoBuilder(machine.cacheDir, 'models--org--a');
  a.revision('1', { files: { 'model.bin': 'w'.repeat(2 * MB), 'config.json': 'old' }, usedMsAgo: 40 * dayMs });
  a.revision('2', {
    files: { 'model.bin': 'w'.repeat(2 * MB), 'config.json': '{}' },
    refs: ['main'],
    usedMsAgo: 3 * dayMs,
  });
  const b = new RepoBuilder(machine.cacheDir, 'datasets--org--b');
  b.revision('3', { files: { 'data.parquet': 'd'.repeat(MB) }, refs: ['main'], usedMsAgo: 2 * dayMs });
  return { machine, a };
}

interface Listing {
  repos: { repo: string; bytes: number; revisions: { commit: string }[]; lastUsed: string }[];
  totals: { bytes: number };
}

async function namesOf(machine: Machine, ...words: string[]): Promise<string[]> {
  const { stdout, stderr, exitCode } = await machine.run('cache', 'ls', '--json', ...words);
  expect(exitCode, stderr).toBe(0);
  return (JSON.parse(stdout) as Listing).repos.map(({ repo }) => repo);
}

describe('hub cache ls', () => {
  test('is a table for a person', async () => {
    const { machine } = await newCache();
    const { stdout, exitCode } = await machine.run('cache', 'ls', '--revisions');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^datasets\/org\/b +1\.00 MB +█+\S* +2 d ago +main$/m);
    expect(stdout).toMatch(/^org\/a +2\.00 MB +█+\S* +3 d ago +main, 1 revision without a ref$/m);
    expect(stdout).toMatch(/^ {2}1111111111 +2\.00 MB .* 40 d ago +2 files$/m);
    expect(stdout).toMatch(/^2 repos, 3 revisions, 3\.00 MB, in /m);
  });

  test('--json: bytes and ISO times', async () => {
    const { machine } = await newCache();
    const { stdout } = await machine.run('cache', 'ls', 'org/a', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      repos: [
        {
          repo: 'org/a',
          type: 'model',
          bytes: 2 * MB + 5,
          files: 2,
          refs: [{ name: 'main', commit: commitOf('2') }],
          lastUsed: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
          revisions: [
            { commit: commitOf('1'), refs: [], lastUsedBy: 'record' },
            { commit: commitOf('2'), refs: ['main'] },
          ],
          findings: [],
        },
      ],
      totals: { repos: 1, revisions: 2, bytes: 2 * MB + 5 },
    });
  });

  test('--filter and --sort', async () => {
    const { machine } = await newCache();
    expect(await namesOf(machine)).toEqual(['org/b', 'org/a']);
    expect(await namesOf(machine, '--sort', 'size')).toEqual(['org/a', 'org/b']);
    expect(await namesOf(machine, '--sort', 'used')).toEqual(['org/b', 'org/a']);
    expect(await namesOf(machine, '--filter', 'size>1.5MB')).toEqual(['org/a']);
    expect(await namesOf(machine, '--filter', 'used > 60h', '--filter', 'size<=9MB')).toEqual(['org/a']);
    expect(await namesOf(machine, '--filter', 'type=dataset')).toEqual(['org/b']);
    for (const condition of ['size>big', 'colour=red', 'type=bucket', 'type>model', '']) {
      expect(await machine.run('cache', 'ls', '--filter', condition)).toMatchObject({ exitCode: 2, stdout: '' });
    }
  });

  test('tells what is broken on stderr, and lists the rest', async () => {
    const { machine, a } = await newCache();
    a.ref('dev', commitOf('9'));
    const { stdout, stderr, exitCode } = await machine.run('cache', 'ls');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('broken: ' + a.path('refs', 'dev'));
    expect(stdout).toContain('datasets/org/b');
  });

  test('of a repo that is not there is an error with its nearest name; an empty cache is none', async () => {
    const { machine } = await newCache();
    const { exitCode, stderr, stdout } = await machine.run('cache', 'ls', 'org/aa', '--json');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('Did you mean org/a?');
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'repo-not-cached' } });
    rmSync(machine.cacheDir, { recursive: true });
    expect(await machine.run('cache', 'ls')).toMatchObject({ exitCode: 0, stdout: `nothing in ${machine.cacheDir}\n` });
    expect(await treeOf(machine.cacheDir)).toEqual([]);
  });

  test('500 repos of 50 files', async () => {
    const { machine } = await newCache();
    for (let index = 0; index < 500; index += 1) {
      const files = Object.fromEntries(
        Array.from({ length: 50 }, (_, n) => [`f${String(n)}`, `${String(index)} ${String(n)}`]),
      );
      new RepoBuilder(machine.cacheDir, `models--many--r${String(index)}`).revision('1', { files, refs: ['main'] });
    }
    const { stdout, seconds } = await machine.run('cache', 'ls', '--json');
    const { repos } = JSON.parse(stdout) as Listing;
    expect(repos).toHaveLength(502);
    // A second on a machine that has nothing else to do; no machine is so busy that a look at each file would pass.
    expect(seconds).toBeLessThan(10);
  });
});

describe('hub cache path', () => {
  test('prints the folder, or the file, for scripts', async () => {
    const { machine, a } = await newCache();
    const snapshot = a.path('snapshots', commitOf('2'));
    const answers = [
      [['org/a'], snapshot],
      [['org/a', 'config.json'], join(snapshot, 'config.json')],
      [['org/a@1111111'], a.path('snapshots', commitOf('1'))],
      [['hf://org/a/model.bin'], join(snapshot, 'model.bin')],
    ] as const;
    for (const [words, path] of answers) {
      expect(await machine.run('cache', 'path', ...words)).toMatchObject({
        exitCode: 0,
        stdout: `${path}\n`,
        stderr: '',
      });
    }
  });

  test.each([[['org/none']], [['org/a', 'none.json']], [['org/a@dev']], [['org/a@9999999']]])(
    '%j: exits with 8 where it is not cached',
    async (words) => {
      const { machine } = await newCache();
      expect(await machine.run('cache', 'path', ...words)).toMatchObject({ exitCode: 8, stdout: '' });
    },
  );
});

describe('what destroys', () => {
  const commands = [['rm', 'org/a'], ['prune'], ['gc', '--max-size', '1MB']];

  test.each(commands)('%s %s %s: without a terminal and without -y it is refused', async (...words) => {
    const { machine } = await newCache();
    const before = await treeOf(machine.cacheDir);
    const { exitCode, stdout, stderr } = await machine.run('cache', ...words.filter(Boolean));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('--yes');
    expect(await treeOf(machine.cacheDir)).toEqual(before);
  });

  test.each(commands)('%s %s %s --dry-run: says what the run then does, and does nothing', async (...words) => {
    const { machine } = await newCache();
    const before = await treeOf(machine.cacheDir);
    const command = ['cache', ...words.filter(Boolean), '--json'];
    const dry = await machine.run(...command, '--dry-run');
    expect(dry.exitCode).toBe(0);
    expect(await treeOf(machine.cacheDir)).toEqual(before);
    const wet = await machine.run(...command, '--yes');
    const [planned, done] = [dry, wet].map(
      ({ stdout }) => JSON.parse(stdout) as { dryRun: boolean; removed: object[] },
    );
    expect(planned).toEqual({ ...done, dryRun: true });
    expect(done?.removed.length).toBeGreaterThan(0);
  });

  test.each([
    { words: ['rm'], exitCode: 2 },
    { words: ['rm', 'not/a/repo', '-y'], exitCode: 2 },
    { words: ['rm', 'org/none', '-y'], exitCode: 3 },
    { words: ['rm', 'org/a@none', '-y'], exitCode: 3 },
    { words: ['rm', 'hf://org/a/none.bin', '-y'], exitCode: 3 },
    { words: ['rm', '--partial', 'org/a@main', '-y'], exitCode: 2 },
    { words: ['gc', '-y'], exitCode: 2 },
    { words: ['gc', '--max-size', 'much', '-y'], exitCode: 2 },
    { words: ['gc', '--max-size', '120%', '-y'], exitCode: 2 },
    { words: ['gc', '--older-than', 'long', '-y'], exitCode: 2 },
    { words: ['gc', '--max-size', '1GB', '--keep', 'org/a@main', '-y'], exitCode: 2 },
    { words: ['gc', '--max-size', '1GB', '--keep-lock', 'hub.lock', '-y'], exitCode: 2 },
    { words: ['prune', '--grace', 'x', '-y'], exitCode: 2 },
  ])('$words: exits with $exitCode and removes nothing', async ({ words, exitCode }) => {
    const { machine } = await newCache();
    const before = await treeOf(machine.cacheDir);
    expect(await machine.run('cache', ...words)).toMatchObject({ exitCode, stdout: '' });
    expect(await treeOf(machine.cacheDir)).toEqual(before);
  });

  test('rm tells what it freed', async () => {
    const { machine } = await newCache();
    const { stdout } = await machine.run('cache', 'rm', '1111111', '-y');
    expect(stdout).toBe(
      '3 B  org/a 1111111111\n     1 file, 2.00 MB, stays: another revision or download needs it\nfreed 3 B\n',
    );
  });

  test('gc names on stderr what keeps it from its limit, and exits with 0', async () => {
    const { machine } = await newCache();
    const { exitCode, stderr, stdout } = await machine.run(
      'cache',
      'gc',
      '--max-size',
      '500kB',
      '--keep',
      'org/a',
      '-y',
    );
    expect(exitCode).toBe(0);
    expect(stderr).toBe(
      'warning: the cache takes 2.00 MB, more than 500 kB: org/a 1111111111 (--keep), 2.00 MB; org/a 2222222222 (--keep), 2.00 MB\n',
    );
    expect(stdout).toContain('freed 1.00 MB');
  });

  test('on a disk that is full to its last byte things are removed all the same', async (context) => {
    const machine = await newMachine(await serve({ repos: [] }));
    await mountDisk(machine.cacheDir, MB, context);
    const a = new RepoBuilder(machine.cacheDir, 'models--org--a');
    a.revision('1', { files: { 'model.bin': 'w'.repeat(MB / 2) }, refs: ['main'], usedMsAgo: 3 * dayMs });
    const filler = openSync(join(machine.cacheDir, 'CACHEDIR.TAG'), 'a');
    expect(() => {
      for (;;) writeSync(filler, 'x'.repeat(1000));
    }).toThrow('ENOSPC');
    closeSync(filler);
    const { exitCode, stderr } = await machine.run('cache', 'rm', 'org/a', '-y');
    expect(exitCode, stderr).toBe(0);
    expect(existsSync(a.root)).toBe(false);
  });

  test('nothing to remove: no question', async () => {
    const { machine } = await newCache();
    await machine.run('cache', 'prune', '-y');
    expect(await machine.run('cache', 'prune')).toMatchObject({ exitCode: 0, stdout: 'nothing to remove\n' });
  });
});

describe('a repo into which hub downloads', () => {
  const files = { 'model.bin': { size: 3 * MB, lfs: true, seed: 1 }, 'config.json': '{}' };

  test('is refused to rm, and left alone by prune and gc; when it is gone, the download starts anew', async () => {
    const hub = await serve({ repos: [repoWith({ id: 'org/new', files })], bytesPerSecond: 200_000 });
    const machine = await newMachine(hub);
    const download = machine.start('download', 'org/new', '--progress', 'json');
    await download.says(/"progress"/);
    const rm = await machine.run('cache', 'rm', 'org/new', '--yes', '--json');
    expect(rm.exitCode).toBe(7);
    expect(JSON.parse(rm.stdout)).toMatchObject({ error: { code: 'in-use', retryable: true } });
    expect(rm.stderr).toContain(`process ${download.pid}`);
    const prune = await machine.run('cache', 'prune', '--all', '--grace', '0', '--yes', '--json');
    expect(prune.exitCode).toBe(0);
    expect(JSON.parse(prune.stdout)).toMatchObject({ removed: [], kept: [{ reason: 'in-use' }] });
    expect(prune.stderr).toContain('warning: org/new is left alone: process');
    await download.killAndWait();
    hub.bytesPerSecond = Infinity;
    expect(await machine.run('cache', 'rm', 'org/new', '--yes')).toMatchObject({ exitCode: 0 });
    expect(existsSync(machine.repo('org/new'))).toBe(false);
    expect(await machine.run('download', 'org/new')).toMatchObject({ exitCode: 0 });
  });

  test('gets rid of what a killed removal has left there, but for what it needs itself', async () => {
    const machine = await newMachine(
      await serve({ repos: [repoWith({ id: 'org/new', files: { 'config.json': '{}' } })] }),
    );
    const left = new RepoBuilder(machine.cacheDir, 'models--org--new');
    left.blob('rubbish');
    left.write(`.hub/trash/${commitOf('1')}.0123abcd/x`, '');
    left.link(`../.hub/trash/${commitOf('1')}.0123abcd`, 'y', digestOf('rubbish'));
    expect(await machine.run('download', 'org/new')).toMatchObject({ exitCode: 0 });
    expect(existsSync(left.path('blobs', digestOf('rubbish')))).toBe(false);
    expect(existsSync(left.path('.hub', 'trash'))).toBe(false);
  });
});
