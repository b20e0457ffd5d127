import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { treeOf } from './support/cache-folder.js';
import { newMachine, serve } from './support/machine.js';

const MB = 1_000_000;
const id = 'org/name';
const weights = { size: 3 * MB, lfs: true, seed: 1 };
const files = { 'config.json': '{}', 'model.bin': weights, 'copy.bin': weights };

async function prepare() {
  const hub = await serve({ repos: [repoWith({ id, files })] });
  return { hub, machine: await newMachine(hub) };
}

describe('hub download --dry-run', () => {
  test('writes nothing at all and fetches no file', async () => {
    const { hub, machine } = await prepare();
    const { exitCode } = await machine.run('download', id, '--dry-run');
    expect(exitCode).toBe(0);
    expect(await treeOf(machine.folder)).toEqual(['home/']);
    expect(hub.count({ kind: ['resolve', 'resolve-cache', 'cdn'] })).toBe(0);
  });

  test('prints a table: each file with size and what would happen, totals, free space', async () => {
    const { hub, machine } = await prepare();
    const { stdout } = await machine.run('download', id, '--dry-run');
    expect(stdout).toContain(`${id}@main (${hub.head(id)})`);
    expect(stdout).toMatch(/^fetch +2 B +config\.json$/m);
    expect(stdout).toMatch(/^fetch +3\.\d* MB +\w+\.bin$/m);
    expect(stdout).toMatch(/^link +3\.\d* MB +\w+\.bin$/m);
    expect(stdout).toMatch(/^disk: 3\.\d* MB needed, .* free$/m);
  });

  test('--json: the plan as the result', async () => {
    const { machine } = await prepare();
    const { stdout } = await machine.run('download', id, '--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      repo: id,
      files: [
        { path: 'config.json', size: 2, state: 'fetch', bytesToFetch: 2 },
        { path: 'copy.bin', state: 'fetch', bytesToFetch: 3 * MB },
        { path: 'model.bin', state: 'link', bytesToFetch: 0 },
      ],
      totals: { files: 3, bytesToFetch: 3 * MB + 2, bytesCached: 0 },
      disk: { needed: 3 * MB + 2 },
    });
  });

  test('of what is cached: nothing would move', async () => {
    const { machine } = await prepare();
    await machine.run('download', id);
    const before = await treeOf(machine.hfHome);
    const { stdout } = await machine.run('download', id, '--dry-run', '--json');
    const plan = JSON.parse(stdout) as { files: { state: string }[] };
    expect(plan.files.map(({ state }) => state)).toEqual(['cached', 'cached', 'cached']);
    expect(plan).toMatchObject({ complete: true, totals: { bytesToFetch: 0 }, disk: { needed: 0 } });
    expect(await treeOf(machine.hfHome)).toEqual(before);
  });

  test('"complete" is as it is now', async () => {
    const { machine } = await prepare();
    const { stdout } = await machine.run('download', id, '--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ complete: false });
  });

  test.each([
    { words: ['org/none'], exitCode: 3 },
    { words: [id, 'none.json'], exitCode: 3 },
    { words: [id, '--include', '*.none'], exitCode: 3 },
    { words: ['org/open@none'], exitCode: 3 },
    { words: [id, '--offline'], exitCode: 8 },
    { words: ['not/a/repo'], exitCode: 2 },
  ])('$words: exits with $exitCode, as the run would', async ({ words, exitCode }) => {
    const { machine } = await prepare();
    const ended = await machine.run('download', ...words, '--dry-run');
    expect(ended).toMatchObject({ exitCode, stdout: '' });
    expect(await treeOf(machine.hfHome)).toEqual([]);
  });
});
