import { execFile } from 'node:child_process';
import { appendFile, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sha256Of } from '../support/hub-server/content.js';
import { repoWith } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { treeOf } from './support/cache-folder.js';
import { newMachine, serve, type Machine } from './support/machine.js';

const run = promisify(execFile);
const MB = 1_000_000;
const id = 'org/name';
const size = 20 * MB;

async function serveRepo({ bytesPerSecond }: { bytesPerSecond?: number } = {}) {
  const repo = repoWith({
    id,
    files: {
      'model.safetensors': { size, lfs: true, seed: 3 },
      'onnx/config.json': '{"a": 1}',
      'README.md': 'read me',
    },
  });
  const hub = await serve({ repos: [repo], ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }) });
  const machine = await newMachine(hub);
  const dir = join(machine.home, 'models', 'name');
  return {
    hub,
    machine,
    dir,
    download: (...flags: string[]) => machine.run('download', id, '--local-dir', dir, ...flags),
  };
}

/** What is there of our own and Python's: `.cache` aside. */
async function visible(dir: string): Promise<string[]> {
  return (await treeOf(dir)).filter((path) => !path.startsWith('.cache/'));
}

const whole = ['README.md', 'model.safetensors', 'onnx/', 'onnx/config.json'];

async function expectWhole(dir: string, hub: Hub): Promise<void> {
  expect(await visible(dir)).toEqual(whole);
  const weights = await readFile(join(dir, 'model.safetensors'));
  const { content } = hub.file(id, 'model.safetensors');
  expect(weights.equals(await content.read(0, size))).toBe(true);
  expect(await readdir(join(ownState(dir), 'partial'))).toEqual([]);
}

function ownState(dir: string): string {
  return join(dir, '.cache', 'huggingface', 'model-hub', 'models--org--name');
}

describe('hub download --local-dir', () => {
  test('prints the folder, fills it, and leaves the cache alone; again, it asks once or not at all', async () => {
    const { hub, machine, dir, download } = await serveRepo();
    const first = await download();
    expect(first, first.stderr).toMatchObject({ exitCode: 0, stdout: `${dir}\n` });
    await expectWhole(dir, hub);
    expect(await treeOf(machine.cacheDir)).toEqual([]);
    hub.clearRequests();
    expect(await download('README.md')).toMatchObject({ exitCode: 0, stdout: `${dir}\n` });
    expect(hub.requests).toHaveLength(1);
    hub.clearRequests();
    expect(await download('--revision', hub.head(id))).toMatchObject({ exitCode: 0 });
    expect(await download('--offline')).toMatchObject({ exitCode: 0, stdout: `${dir}\n` });
    expect(hub.requests).toEqual([]);
  });

  test('is read against the working folder and the home', async () => {
    const { hub, machine } = await serveRepo();
    const here = await machine.shell(`hub download ${id} --quiet --local-dir here README.md`);
    expect(here).toMatchObject({ exitCode: 0, stdout: `${join(machine.home, 'here')}\n`, stderr: '' });
    const home = await machine.shell(`hub download ${id} --quiet --local_dir=~/there README.md`);
    expect(home.stdout).toBe(`${join(machine.home, 'there')}\n`);
    expect(hub.file(id, 'README.md').content.size).toBe(7);
  });

  test('keeps what the user has changed, with code 9 and its name; --force replaces it', async () => {
    const { hub, dir, download } = await serveRepo();
    await download();
    await appendFile(join(dir, 'onnx', 'config.json'), 'mine');
    const kept = await download();
    expect(kept).toMatchObject({ exitCode: 9, stdout: '' });
    expect(kept.stderr).toContain('onnx/config.json');
    expect(kept.stderr).toContain('--force');
    expect(kept.stderr).not.toContain('To go on');
    const json = await download('--json');
    expect(json.exitCode).toBe(9);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 1,
      path: dir,
      complete: false,
      files: [{ state: 'cached' }, { state: 'cached' }, { path: 'onnx/config.json', state: 'kept' }],
      error: { code: 'local-files-kept', exitCode: 9 },
    });
    const plan = await download('--dry-run', '--json');
    expect(plan.exitCode).toBe(0);
    expect(JSON.parse(plan.stdout)).toMatchObject({ files: [{}, {}, { state: 'keep', bytesToFetch: 0 }] });
    hub.clearRequests();
    expect(await download('onnx/config.json', '--force')).toMatchObject({ exitCode: 0 });
    expect(hub.bytesSent({ kind: ['resolve', 'cdn', 'resolve-cache'] })).toBeLessThan(1000);
    await expectWhole(dir, hub);
  });

  test('takes from the cache what that has, without a byte of the files', async () => {
    const { hub, machine, dir, download } = await serveRepo();
    await machine.run('download', id);
    const before = await treeOf(machine.cacheDir);
    hub.clearRequests();
    expect((await download()).exitCode).toBe(0);
    expect(hub.requests).toHaveLength(1);
    await expectWhole(dir, hub);
    expect(await treeOf(machine.cacheDir)).toEqual(before);
  });

  test.each([
    ['in the cache', (machine: Machine) => join(machine.cacheDir, 'models--org--name')],
    ['a file', () => '/etc/passwd'],
  ])('is refused when it is %s', async (_, named) => {
    const { hub, machine } = await serveRepo();
    const refused = await machine.run('download', id, '--local-dir', named(machine));
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(hub.requests).toEqual([]);
  });
});

describe('SIGKILL while a local folder is filled, then the same command', () => {
  const rate = 4 * MB;

  async function killAt(bytes: number, { hub, machine, dir }: { hub: Hub; machine: Machine; dir: string }) {
    const running = machine.start('download', id, '--local-dir', dir, '--concurrency', '2');
    await hub.waitFor(() => hub.bytesSent() >= bytes);
    await running.killAndWait();
    hub.bytesPerSecond = undefined;
    await hub.waitFor(() => hub.requests.every(({ ended }) => ended));
  }

  test('goes on where it was', async () => {
    const { hub, machine, dir, download } = await serveRepo({ bytesPerSecond: rate });
    await killAt(10 * MB, { hub, machine, dir });
    expect(await visible(dir)).not.toContain('model.safetensors');
    hub.clearRequests();
    expect((await download()).exitCode).toBe(0);
    // What stood in socket buffers comes again too.
    expect(hub.bytesSent()).toBeLessThan(16 * MB);
    await expectWhole(dir, hub);
  });

  test('leaves the user’s truncated file in place until the whole is here, and fetches only the rest', async () => {
    const { hub, machine, dir, download } = await serveRepo({ bytesPerSecond: rate });
    const start = await hub.file(id, 'model.safetensors').content.read(0, 12 * MB);
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'model.safetensors'), start);
    await killAt(2 * MB, { hub, machine, dir });
    expect((await stat(join(dir, 'model.safetensors'))).size).toBe(12 * MB);
    hub.clearRequests();
    expect((await download()).exitCode).toBe(0);
    expect(hub.bytesSent()).toBeLessThan(8 * MB);
    await expectWhole(dir, hub);
  });
});

test('two processes fill one local folder, and fetch each byte once', async () => {
  const { hub, dir, download } = await serveRepo({ bytesPerSecond: 10 * MB });
  const both = await Promise.all([download(), download()]);
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(hub.bytesSent({ kind: 'cdn' })).toBe(size);
  await expectWhole(dir, hub);
});

test('a clone without its LFS files is healed, and git sees nothing but these', async () => {
  const { hub, dir, download } = await serveRepo();
  const digest = await sha256Of(hub.file(id, 'model.safetensors').content);
  await mkdir(join(dir, '.git'), { recursive: true });
  await writeFile(join(dir, 'README.md'), 'read me');
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${String(size)}\n`;
  await writeFile(join(dir, 'model.safetensors'), pointer);
  const { exitCode, stderr } = await download();
  expect(exitCode, stderr).toBe(0);
  expect(await readFile(join(dir, '.cache', 'huggingface', '.gitignore'), 'utf8')).toBe('*');
  await rm(join(dir, '.git'), { recursive: true });
  await expectWhole(dir, hub);
});

test('a folder that fills up its disk: exit 7 on the way, and the same command goes on later', async (context) => {
  const { hub, machine } = await serveRepo({ bytesPerSecond: 4 * MB });
  const disk = join(machine.folder, 'disk');
  await mkdir(disk);
  const mounting = run('mount', ['-t', 'tmpfs', '-o', `size=${String(30 * MB)}`, 'tmpfs', disk]);
  context.skip(
    !(await mounting.then(
      () => true,
      () => false,
    )),
    'SKIPPED: no right to mount a small disk here',
  );
  onTestFinished(async () => {
    await run('umount', ['--lazy', disk]);
  });
  const dir = join(disk, 'name');
  const running = machine.start('download', id, '--local-dir', dir);
  await hub.waitFor(() => hub.bytesSent() > 4 * MB);
  await run('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4k']).catch(() => undefined);
  hub.bytesPerSecond = undefined;
  const { exitCode, stdout, stderr } = await running.ended;
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 7, stdout: '' });
  await rm(join(disk, 'filler'));
  const again = await machine.run('download', id, '--local-dir', dir, '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ files: [{}, { state: 'resumed' }, {}] });
  await expectWhole(dir, hub);
});
