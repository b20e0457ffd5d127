import { execFile } from 'node:child_process';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test, type TestContext } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { soundBlobs, treeOf } from './support/cache-folder.js';
import { newMachine, serve } from './support/machine.js';
import { mountDisk, remountReadOnly } from './support/small-disk.js';

const run = promisify(execFile);
const MB = 1_000_000;
const id = 'org/name';

async function prepare() {
  const files = { 'config.json': '{}', 'model.bin': { size: 3 * MB, lfs: true, seed: 1 } };
  const hub = await serve({ repos: [repoWith({ id, files })] });
  return { hub, machine: await newMachine(hub) };
}

/** The cache on a disk of its own of that size, where this machine lets us make one. */
async function onDiskOf(bytes: number, context: TestContext) {
  const { hub, machine } = await prepare();
  const disk = join(machine.folder, 'disk');
  await mountDisk(disk, bytes, context);
  machine.environment['HF_HUB_CACHE'] = join(disk, 'hub');
  return { hub, machine, disk };
}

describe('a disk that is too small', () => {
  test.for([{ flags: [] }, { flags: ['--dry-run'] }])(
    '$flags: exit 7 before the first byte, with the missing amount',
    async ({ flags }, context) => {
      const { hub, machine } = await onDiskOf(2 * MB, context);
      const { exitCode, stdout, stderr } = await machine.run('download', id, ...flags);
      expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: '' });
      expect(stderr).toMatch(/99\d kB too few/);
      if (flags.length === 0) expect(stderr).toMatch(/^not complete: config\.json, model\.bin\n0 of 2 files complete/m);
      expect(hub.bytesSent()).toBe(0);
      expect(await treeOf(machine.cacheDir)).toEqual([]);
    },
  );

  test('enough for what is asked for is enough', async (context) => {
    const { machine } = await onDiskOf(2 * MB, context);
    expect((await machine.run('download', id, '--exclude', '*.bin')).exitCode).toBe(0);
  });

  test('what is here already is counted', async (context) => {
    const { hub, machine } = await onDiskOf(4 * MB, context);
    hub.bytesPerSecond = 200_000;
    const running = machine.start('download', id);
    await hub.waitFor(() => hub.bytesSent() > 2 * MB);
    await running.killAndWait();
    hub.bytesPerSecond = undefined;
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode, stderr).toBe(0);
  });
});

test('a disk that fills up on the way: exit 7, and the same command goes on later', async (context) => {
  const { hub, machine, disk } = await onDiskOf(5 * MB, context);
  hub.bytesPerSecond = 200_000;
  const requests = 4;
  const running = machine.start('download', id, '--json', '--concurrency', String(requests));
  const asked = () => hub.count({ kind: 'cdn', path: 'model.bin' });
  // All of them are at work before the disk is full: the adaptive number could open one more meanwhile.
  await hub.waitFor(() => hub.bytesSent() > MB && asked() === requests);
  await run('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4k']).catch(() => undefined);
  hub.bytesPerSecond = undefined;
  const { exitCode, stdout, stderr } = await running.ended;
  expect(exitCode, stderr).toBe(7);
  expect(stderr).toMatch(/no space|full/i);
  expect(stderr).toMatch(
    /^not complete: model\.bin\n1 of 2 files complete.*\nTo go on:\n {2}hub download org\/name --json --concurrency 4$/m,
  );
  const failed = [{ state: 'fetched' }, { state: 'failed', error: { code: 'no-space' } }];
  expect(JSON.parse(stdout)).toMatchObject({ complete: false, files: failed, error: { code: 'no-space' } });
  // At once: nothing was asked for again.
  expect(stderr).not.toMatch(/ of 9/);
  expect(asked()).toBe(requests);
  await soundBlobs(machine.repo(id));
  await run('rm', [join(disk, 'filler')]);
  const { stdout: result } = await machine.run('download', id, '--json');
  expect(JSON.parse(result)).toMatchObject({ files: [{}, { path: 'model.bin', state: 'resumed' }] });
  expect(await soundBlobs(machine.repo(id))).toHaveLength(2);
});

test('a read-only disk: exit 7 that says so', async (context) => {
  const { machine, disk } = await onDiskOf(8 * MB, context);
  await remountReadOnly(disk);
  const { exitCode, stdout, stderr } = await machine.run('download', id, '--json');
  expect(exitCode, stderr).toBe(7);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'read-only', exitCode: 7 } });
  expect(stderr).toContain(disk);
});

test.skipIf(process.getuid?.() !== 0)("another user's cache: exit 7 that names path, owner and the cure", async () => {
  const { machine } = await prepare();
  await mkdir(machine.cacheDir, { recursive: true });
  const nobody = 65534;
  for (const path of [machine.folder, machine.hfHome]) await chmod(path, 0o755);
  await chown(machine.home, nobody, nobody);
  machine.userId = nobody;
  const { exitCode, stdout, stderr } = await machine.run('download', id, '--json');
  expect(exitCode, stderr).toBe(7);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'no-permission', exitCode: 7 } });
  expect(stderr).toContain(machine.cacheDir);
  expect(stderr).toContain('root');
  expect(stderr).toMatch(/^hint: /m);
});
