import { mkdir, readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DownloadPlanResult, DownloadResult } from '../../src/operations/download-result.js';
import type { ImportResult } from '../../src/operations/import/import-result.js';
import { repoWith } from '../support/hub-server/repos.js';
import { partialsOf, soundBlobs, treeOf } from './support/cache-folder.js';
import { newMachine, serve } from './support/machine.js';

const MB = 1_000_000;
const id = 'org/name';

async function prepare() {
  const repo = repoWith({
    id,
    files: { 'config.json': '{}', 'sub/model.bin': { size: 12 * MB, lfs: true, seed: 1 } },
  });
  const hub = await serve({ repos: [repo] });
  return { hub, machine: await newMachine(hub), offline: await newMachine(hub) };
}

describe.skipIf(process.platform === 'win32')('hub cache export', () => {
  test('makes a tar that a machine without a network unpacks or imports, and has all it needs', async () => {
    const { hub, machine, offline } = await prepare();
    await machine.run('download', id);
    const bundle = join(machine.folder, 'bundle.tar');
    const { exitCode, stdout, stderr } = await machine.run('cache', 'export', id, '-o', bundle);
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: `${bundle}\n` });
    const requests = hub.requests.length;
    const unpacked = join(offline.folder, 'unpacked');
    await mkdir(unpacked);
    expect((await offline.shell(`tar xf ${bundle} -C ${unpacked}`)).exitCode).toBe(0);
    expect(await offline.run('download', id, '--offline', '--cache-dir', unpacked)).toMatchObject({ exitCode: 0 });

    const imported = await offline.shell(`hub cache import - < ${bundle}`);
    expect(imported, imported.stderr).toMatchObject({
      exitCode: 0,
      stdout: `${join(offline.repo(id), 'snapshots', hub.head(id))}\n`,
    });
    expect(await soundBlobs(offline.repo(id))).toEqual(await soundBlobs(machine.repo(id)));
    expect(await offline.run('download', id, '--offline')).toMatchObject({ exitCode: 0 });
    expect(hub.requests.length).toBe(requests);
  });

  test('gives the tar to a pipe, whose reader may have enough of it', async () => {
    const { machine, offline } = await prepare();
    await machine.run('download', id);
    const there = offline.cacheDir;
    const piped = await machine.shell(
      `hub cache export ${id} -o - | gzip -1 | hub cache import - --cache-dir ${there}`,
    );
    expect(piped.exitCode, piped.stderr).toBe(0);
    expect(await soundBlobs(offline.repo(id))).toHaveLength(2);
    const cut = await machine.shell(`set -o pipefail; hub cache export ${id} -o - --quiet | head -c 1000 > /dev/null`);
    expect(cut).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('refuses what it can not do before it begins', async () => {
    const { machine } = await prepare();
    await machine.run('download', id);
    const refused = [
      ['cache', 'export', id],
      ['cache', 'export', id, '-o', 'bundle.tar.gz'],
      ['cache', 'export', id, '-o', '-', '--json'],
      ['cache', 'export', `hf://${id}/config.json`, '-o', 'x.tar'],
      ['cache', 'export', id, '-o', join(machine.folder, 'no', 'such', 'folder.tar')],
      ['cache', 'import', join(machine.folder, 'nothing')],
    ];
    for (const words of refused) expect((await machine.run(...words)).exitCode, words.join(' ')).toBe(2);
    expect((await machine.run('cache', 'export', 'org/other', '-o', 'x.tar')).exitCode).toBe(3);
  });
});

describe('hub cache import', () => {
  test('asks the hub what a folder should hold, and fetches none of it', async () => {
    const { hub, machine, offline } = await prepare();
    const folder = join(machine.folder, 'files');
    await machine.run('download', id, '--local-dir', folder);
    const sent = hub.bytesSent();
    const { exitCode, stdout, stderr } = await offline.run('cache', 'import', folder, '--json');
    expect(exitCode, stderr).toBe(0);
    const result = JSON.parse(stdout) as ImportResult;
    expect(result).toMatchObject({ kind: 'local-dir', totals: { imported: 2, missing: 0, corrupt: 0 } });
    expect(result.repos).toMatchObject([{ repo: id, commit: hub.head(id), complete: true }]);
    expect(hub.bytesSent() - sent).toBeLessThan(10_000);
  });

  test('of damaged bytes exits with 6, and says which', async () => {
    const { machine, offline } = await prepare();
    await machine.run('download', id);
    const bundle = join(machine.folder, 'bundle.tar');
    await machine.run('cache', 'export', id, '-o', bundle);
    const bytes = await readFile(bundle);
    bytes[6 * MB] = (bytes[6 * MB] ?? 0) ^ 1;
    await writeFile(bundle, bytes);
    const { exitCode, stdout, stderr } = await offline.run('cache', 'import', bundle, '--json');
    expect(exitCode, stderr).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, totals: { corrupt: 1 }, error: { code: 'import-damaged' } });
    expect(stderr).toContain('sub/model.bin');
    expect(await partialsOf(offline.repo(id))).toEqual([]);
  });

  test('killed in the middle, goes on when it is repeated', async () => {
    const { machine, offline } = await prepare();
    await machine.run('download', id);
    const importing = offline.start('cache', 'import', machine.cacheDir);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await importing.killAndWait();
    const names = await readdir(join(offline.repo(id), 'refs')).catch(() => []);
    if (names.length === 0) await soundBlobs(offline.repo(id));
    expect((await offline.run('cache', 'import', machine.cacheDir)).exitCode).toBe(0);
    expect(await offline.run('download', id, '--offline')).toMatchObject({ exitCode: 0 });
  });
});

describe("what Python's tools left", () => {
  async function withLeftover(bytes: (content: Buffer) => Buffer, ageMs: number) {
    const { hub, machine, offline } = await prepare();
    await machine.run('download', id);
    const [hex = ''] = (await soundBlobs(machine.repo(id))).filter((name) => name.length === 64);
    const content = await readFile(join(machine.repo(id), 'blobs', hex));
    const path = join(offline.repo(id), 'blobs', `${hex}.01234567.incomplete`);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, bytes(content));
    const then = (Date.now() - ageMs) / 1000;
    await utimes(path, then, then);
    const plan = JSON.parse((await offline.run('download', id, '--dry-run', '--json')).stdout) as DownloadPlanResult;
    const { exitCode, stdout, stderr } = await offline.run('download', id, '--json');
    expect(exitCode, stderr).toBe(0);
    expect(await soundBlobsBeside(offline.repo(id), path)).toContain(hex);
    const isModel = (file: { path: string }) => file.path === 'sub/model.bin';
    return { hub, planned: plan.files.find(isModel), file: (JSON.parse(stdout) as DownloadResult).files.find(isModel) };
  }

  /** The leftover itself stays, and is no blob. */
  async function soundBlobsBeside(repo: string, leftover: string): Promise<string[]> {
    const names = await treeOf(join(repo, 'blobs'));
    expect(names).toContain(leftover.slice(leftover.lastIndexOf('/') + 1));
    return names;
  }

  const twoHours = 2 * 60 * 60 * 1000;

  test('is where a download goes on, once nobody has touched it for an hour', async () => {
    const { planned, file } = await withLeftover((content) => content.subarray(0, 9 * MB), twoHours);
    expect(planned).toMatchObject({ state: 'resume', bytesToFetch: 3 * MB });
    expect(file).toMatchObject({ state: 'resumed', bytesFetched: 3 * MB });
  });

  test('is left to whoever may still be writing it', async () => {
    const { planned, file } = await withLeftover((content) => content.subarray(0, 9 * MB), 60_000);
    expect(planned).toMatchObject({ state: 'fetch' });
    expect(file).toMatchObject({ state: 'fetched', bytesFetched: 12 * MB });
  });

  test('costs no more than the bytes that it lacks when it is garbage', async () => {
    const { file } = await withLeftover(() => Buffer.alloc(9 * MB), twoHours);
    expect(file?.bytesFetched).toBe(12 * MB);
  });
});
