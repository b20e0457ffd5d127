import { chmod, chown, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { soundBlobs, treeOf } from './support/cache-folder.js';
import { type Machine, newMachine, serve } from './support/machine.js';
import { detach, mountDisk, remountReadOnly } from './support/small-disk.js';

const MB = 1_000_000;
const id = 'org/name';
const files = { 'config.json': '{}', 'model.bin': { size: 6 * MB, lfs: true, seed: 1 } };

async function prepare() {
  const hub = await serve({ repos: [repoWith({ id, files })] });
  return { hub, machine: await newMachine(hub) };
}

/** A download that is in the middle of its large file. */
async function inTheMiddle(hub: Awaited<ReturnType<typeof prepare>>['hub'], machine: Machine) {
  hub.bytesPerSecond = 100_000;
  const running = machine.start('download', id);
  await hub.waitFor(() => hub.bytesSent() > MB);
  return running;
}

describe('a cache that goes away in the middle: exit 7 that says so, and nothing is made in its place', () => {
  test('its disk is unmounted', async (context) => {
    const { hub, machine } = await prepare();
    const disk = join(machine.folder, 'disk');
    await mountDisk(disk, 20 * MB, context);
    machine.environment['HF_HUB_CACHE'] = join(disk, 'hub');
    const running = await inTheMiddle(hub, machine);
    await detach(disk);
    const { exitCode, stdout, stderr } = await running.ended;
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 7, stdout: '' });
    expect(stderr).toContain(machine.repo(id));
    expect(stderr).toMatch(/gone|unmounted/);
    expect(await treeOf(disk)).toEqual([]);
  });

  test('another disk is mounted over it', async (context) => {
    const { hub, machine } = await prepare();
    await mkdir(machine.cacheDir, { recursive: true });
    const running = await inTheMiddle(hub, machine);
    await mountDisk(machine.cacheDir, MB, context);
    const { exitCode, stderr } = await running.ended;
    expect(exitCode, stderr).toBe(7);
    expect(await treeOf(machine.cacheDir)).toEqual([]);
  });

  test('the folder of the repo is deleted', async () => {
    const { hub, machine } = await prepare();
    const running = await inTheMiddle(hub, machine);
    await rm(machine.repo(id), { recursive: true });
    const { exitCode, stderr } = await running.ended;
    expect(exitCode, stderr).toBe(7);
    expect(stderr).toContain(machine.repo(id));
    expect(await treeOf(machine.repo(id))).toEqual([]);
    hub.bytesPerSecond = undefined;
    expect((await machine.run('download', id)).exitCode).toBe(0);
    expect(await soundBlobs(machine.repo(id))).toHaveLength(2);
  });

  test('its unfinished files are deleted: they begin anew, exit 0', async () => {
    const { hub, machine } = await prepare();
    const running = await inTheMiddle(hub, machine);
    await rm(join(machine.repo(id), '.hub'), { recursive: true });
    hub.bytesPerSecond = undefined;
    const { exitCode, stderr } = await running.ended;
    expect(exitCode, stderr).toBe(0);
    expect(await soundBlobs(machine.repo(id))).toHaveLength(2);
  });

  test('its blobs are deleted', async () => {
    const { hub, machine } = await prepare();
    const running = await inTheMiddle(hub, machine);
    await rm(join(machine.repo(id), 'blobs'), { recursive: true });
    hub.bytesPerSecond = undefined;
    const { exitCode, stderr } = await running.ended;
    expect(exitCode, stderr).toBe(7);
    expect(stderr).toContain(machine.repo(id));
    // Not begun again and again: every take-over would be as much once more.
    expect(hub.bytesSent()).toBeLessThan(12 * MB);
    const { stdout } = await machine.run('download', id, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ files: [{}, { path: 'model.bin', state: 'resumed' }] });
  });
});

describe('blobs on another disk than the rest of the repo', () => {
  test('as a link: exit 7 before the first byte, naming both places', async (context) => {
    const { hub, machine } = await prepare();
    const disk = join(machine.folder, 'disk');
    await mountDisk(disk, 20 * MB, context);
    await mkdir(machine.repo(id), { recursive: true });
    await symlink(disk, join(machine.repo(id), 'blobs'));
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode, stderr).toBe(7);
    expect(stderr).toContain(join(machine.repo(id), 'blobs'));
    expect(stderr).toContain(join(machine.repo(id), '.hub', 'partial'));
    expect(stderr).toMatch(/^hint: /m);
    expect(hub.bytesSent()).toBe(0);
  });

  test('a whole repo on another disk, by a link, is as good as any', async (context) => {
    const { machine } = await prepare();
    const disk = join(machine.folder, 'disk');
    await mountDisk(disk, 20 * MB, context);
    await mkdir(machine.cacheDir, { recursive: true });
    await symlink(disk, machine.repo(id));
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode, stderr).toBe(0);
    expect(await soundBlobs(machine.repo(id))).toHaveLength(2);
  });
});

describe.skipIf(process.platform === 'win32')('a limit on open files', () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${String(n)}.txt`, `content ${String(n)}`]));
  const large = { size: 2 * MB, lfs: true };
  const repos = [repoWith({ id, files: { ...many, 'a.bin': { ...large, seed: 1 }, 'b.bin': { ...large, seed: 2 } } })];

  test.each([28, 50, 100])('of %d: done, or exit 7 that names it and the cure', async (limit) => {
    const machine = await newMachine(await serve({ repos }));
    const ended = await machine.shell(`ulimit -n ${String(limit)}; hub download ${id} --retries 1`);
    if (ended.exitCode !== 0) {
      expect(ended.exitCode, ended.stderr).toBe(7);
      expect(ended.stderr).toMatch(/^error: .*open files/m);
      expect(ended.stderr).toMatch(/^hint: .*ulimit -n/m);
    }
    await soundBlobs(machine.repo(id));
    expect((await machine.run('download', id)).exitCode).toBe(0);
    expect(await soundBlobs(machine.repo(id))).toHaveLength(302);
  });
});

describe('a cache that can not be written', () => {
  const nobody = 65534;

  async function readOnlyDisk(context: TestContext) {
    const { hub, machine } = await prepare();
    const disk = join(machine.folder, 'disk');
    await mountDisk(disk, 20 * MB, context);
    machine.environment['HF_HUB_CACHE'] = join(disk, 'hub');
    return { hub, machine, close: () => remountReadOnly(disk) };
  }

  async function cacheOfRoot({ skip }: TestContext) {
    skip(process.getuid?.() !== 0, 'SKIPPED: only root can run the program as another user');
    const { hub, machine } = await prepare();
    const close = async () => {
      for (const path of [machine.folder, machine.hfHome]) await chmod(path, 0o755);
      await chown(machine.home, nobody, nobody);
      machine.userId = nobody;
    };
    return { hub, machine, close };
  }

  const ways = [
    { name: 'a read-only disk', prepared: readOnlyDisk, code: 'read-only', said: /read-only/ },
    { name: "another user's", prepared: cacheOfRoot, code: 'no-permission', said: /belongs to root/ },
  ];

  test.for(ways)('$name: what is whole is used, the branch being asked for', async ({ prepared }, context) => {
    const { hub, machine, close } = await prepared(context);
    const { stdout: path } = await machine.run('download', id);
    await close();
    const before = await treeOf(machine.cacheDir);
    const sent = hub.bytesSent();
    const { exitCode, stdout, stderr } = await machine.run('download', id);
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: path });
    expect(hub.bytesSent()).toBe(sent);
    expect(hub.count({ kind: 'info' })).toBe(2);
    expect(await treeOf(machine.cacheDir)).toEqual(before);
  });

  test.for(ways)('$name: what came by its commit alone is used by a branch', async ({ prepared }, context) => {
    const { hub, machine, close } = await prepared(context);
    const { stdout: path } = await machine.run('download', `${id}@${hub.head(id)}`);
    await close();
    const { exitCode, stdout, stderr } = await machine.run('download', id);
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: path });
  });

  test.for(ways)(
    '$name: a branch that has moved: exit 7 with path and cure',
    async ({ prepared, code, said }, context) => {
      const { hub, machine, close } = await prepared(context);
      await machine.run('download', id, 'config.json');
      await close();
      const { exitCode, stdout, stderr } = await machine.run('download', id, '--json');
      expect(exitCode, stderr).toBe(7);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code, exitCode: 7 } });
      expect(stderr).toContain(machine.repo(id));
      expect(stderr).toMatch(said);
      expect(stderr).toMatch(/^hint: .*--cache-dir/m);
      expect(hub.count({ kind: 'cdn', path: 'model.bin' })).toBe(0);
    },
  );
});
