import { createHash } from 'node:crypto';
import {
  access,
  chmod,
  cp,
  lstat,
  mkdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { VerifiedFile, VerifyResult } from '../../src/operations/verify/result.js';
import type { Hub } from '../support/hub-server/server.js';
import { repoWith } from '../support/hub-server/repos.js';
import { partialsOf, soundBlobs, treeOf } from './support/cache-folder.js';
import { type Machine, newMachine, serve } from './support/machine.js';

const MB = 1_000_000;
const id = 'org/name';
const model = 'model.bin';
const modelBytes = 5 * MB;

type Report = VerifyResult & { schema: number; error?: { code: string; exitCode: number } };

const files = {
  'config.json': '{"hidden_size": 12}',
  'model.bin': { size: modelBytes, lfs: true, seed: 1 },
  'onnx/model.onnx': { size: 2 * MB, lfs: true, seed: 2 },
  'tokenizer.json': 'x'.repeat(3000),
};

async function downloaded() {
  const hub = await serve({ repos: [repoWith({ id, files })] });
  const machine = await newMachine(hub);
  expect((await machine.run('download', id)).exitCode).toBe(0);
  hub.clearRequests();
  const snapshot = join(machine.repo(id), 'snapshots', hub.head(id));
  return { hub, machine, repo: machine.repo(id), snapshot };
}

async function verify(machine: Machine, ...flags: string[]): Promise<{ exitCode: number | null; report: Report }> {
  const { exitCode, stdout, stderr } = await machine.run('cache', 'verify', '--json', ...flags);
  if (stdout === '') throw new Error(`no report: ${stderr}`);
  return { exitCode, report: JSON.parse(stdout) as Report };
}

function problems({ repos, files: top }: Report): VerifiedFile[] {
  return [...top, ...repos.flatMap((repo) => repo.files)];
}

/** `state path`, of each file that is not as it should be. */
function told(report: Report): string[] {
  return problems(report).map(({ state, path, location }) => `${state} ${path ?? basename(location)}`);
}

function bytesServed(hub: Hub): number {
  return hub.bytesSent();
}

async function blobOf(snapshot: string, path: string): Promise<string> {
  return join(snapshot, path, '..', await readlink(join(snapshot, path)));
}

function flipByte(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

async function expectHealed(hub: Hub, machine: Machine, snapshot: string): Promise<void> {
  await soundBlobs(machine.repo(id));
  for (const path of Object.keys(files)) {
    const { content } = hub.file(id, path);
    const bytes = await readFile(join(snapshot, path));
    expect(bytes.equals(await content.read(0, content.size)), path).toBe(true);
  }
  const { exitCode, report } = await verify(machine);
  expect(told(report)).toEqual([]);
  expect({ exitCode, ok: report.ok }).toEqual({ exitCode: 0, ok: true });
}

describe('hub cache verify', () => {
  test('says in one line that all is well, and asks no hub', async () => {
    const { hub, machine } = await downloaded();
    const { exitCode, stdout, stderr } = await machine.run('cache', 'verify');
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/^all well: 1 repo, 4 files, 7\.00 MB, 7\.00 MB read in [^\n]+\n$/);
    expect(hub.requests).toHaveLength(0);
  });

  const damages: {
    name: string;
    damage: (paths: { blob: string; entry: string; repo: string; config: string }) => Promise<void> | void;
    finds: string[];
    /** Bytes that a repair fetches. */
    fetches: number;
  }[] = [
    {
      name: 'a flipped byte',
      damage: ({ blob }) => flipByte(blob, 4_000_000),
      finds: ['corrupt model.bin'],
      fetches: modelBytes,
    },
    {
      name: 'a truncated blob',
      damage: ({ blob }) => truncate(blob, 1000),
      finds: ['short model.bin'],
      fetches: modelBytes,
    },
    { name: 'an empty blob', damage: ({ blob }) => truncate(blob, 0), finds: ['short model.bin'], fetches: modelBytes },
    { name: 'a dangling link', damage: ({ blob }) => rm(blob), finds: ['dangling model.bin'], fetches: modelBytes },
    {
      name: 'a missing file whose blob is there',
      damage: ({ entry }) => rm(entry),
      finds: ['missing model.bin'],
      fetches: 0,
    },
    {
      name: 'a missing file whose blob is gone too',
      damage: async ({ entry, blob }) => {
        await rm(entry);
        await rm(blob);
      },
      finds: ['missing model.bin'],
      fetches: modelBytes,
    },
    {
      name: 'a link to the blob of another file',
      damage: async ({ entry, config }) => {
        await rm(entry);
        await symlink(`../../blobs/${basename(config)}`, entry);
      },
      finds: ['wrong-link model.bin'],
      fetches: 0,
    },
    {
      name: 'a regular file of the right size in the place of a link',
      damage: async ({ entry, blob }) => {
        await rm(entry);
        await cp(blob, entry);
        flipByte(entry, 7);
      },
      finds: ['corrupt model.bin'],
      fetches: 0,
    },
    {
      name: 'two of them at once',
      damage: async ({ blob, config }) => {
        await rm(blob);
        flipByte(config, 2);
      },
      finds: ['corrupt config.json', 'dangling model.bin'],
      fetches: modelBytes + files['config.json'].length,
    },
  ];
  test.each(damages)('finds $name, and repairs just that', async ({ damage, finds, fetches }) => {
    const { hub, machine, repo, snapshot } = await downloaded();
    const blob = await blobOf(snapshot, model);
    const config = await blobOf(snapshot, 'config.json');
    await damage({ blob, entry: join(snapshot, model), repo, config });

    const found = await verify(machine, '--offline');
    expect(told(found.report)).toEqual(finds);
    expect(found.exitCode).toBe(6);
    expect(found.report.ok).toBe(false);
    expect(found.report).toMatchObject({
      error: { code: 'cache-damaged', exitCode: 6 },
      continue: 'hub cache verify --json --offline --repair',
    });
    expect(hub.requests).toHaveLength(0);

    const { exitCode, report } = await verify(machine, '--repair');
    expect(exitCode).toBe(0);
    expect(problems(report).map(({ repaired }) => repaired)).toEqual(finds.map(() => true));
    expect(report.totals).toMatchObject({ bad: finds.length, repaired: finds.length, bytesFetched: fetches });
    expect(bytesServed(hub)).toBe(fetches);
    await expectHealed(hub, machine, snapshot);
  });

  test('names each bad file and the way to repair it, for a person', async () => {
    const { machine, snapshot } = await downloaded();
    await truncate(await blobOf(snapshot, model), 1000);
    const { exitCode, stdout, stderr } = await machine.run('cache', 'verify', id);
    expect(exitCode).toBe(6);
    expect(stdout).toContain('short       org/name/model.bin: 1000 bytes instead of 5000000\n');
    expect(stdout).toMatch(/\n1 bad: 1 repo, 4 files, .* 5\.00 MB to fetch again\n$/);
    expect(stderr).toContain('error: 1 file is bad in org/name');
    expect(stderr).toContain('hub cache verify --repair');
  });

  test('tells what is left of a download whose file is whole, and a repair clears it away', async () => {
    const { hub, machine, repo, snapshot } = await downloaded();
    const hex = basename(await blobOf(snapshot, model));
    await mkdir(join(repo, '.hub', 'partial', `${hex}.0123456789abcdef`), { recursive: true });
    const pythons = join(repo, 'blobs', `${hex}.01234567.incomplete`);
    await writeFile(pythons, 'x');
    await utimes(pythons, 0, 0);
    const recent = join(repo, 'blobs', `${hex}.89abcdef.incomplete`);
    await writeFile(recent, 'x');

    const found = await verify(machine);
    expect(told(found.report).sort()).toEqual(
      [`partial ${hex}.0123456789abcdef`, `partial ${basename(pythons)}`, `partial ${basename(recent)}`].sort(),
    );
    expect(found.exitCode).toBe(0);

    const repaired = await verify(machine, '--repair');
    expect(repaired.exitCode).toBe(0);
    expect(await partialsOf(repo)).toEqual([]);
    expect(await treeOf(join(repo, 'blobs'))).not.toContain(basename(pythons));
    // Python leaves no lease that could be asked: what was touched within the hour may be its work.
    await expect(access(recent)).resolves.toBeUndefined();
    expect(hub.requests).toHaveLength(0);
  });

  test('tells of an unfinished download, and keeps what it has for the next one', async () => {
    const hub = await serve({ repos: [repoWith({ id, files })], bytesPerSecond: 2 * MB });
    const machine = await newMachine(hub);
    const running = machine.start('download', id, model, '--concurrency', '1');
    await hub.waitFor(() => hub.bytesSent() > 2_000_000);
    await running.killAndWait();
    const { exitCode, report } = await verify(machine, '--repair');
    expect({ exitCode, states: problems(report).map(({ state }) => state) }).toEqual({
      exitCode: 0,
      states: ['partial'],
    });
    expect(await partialsOf(machine.repo(id))).toHaveLength(1);
  });

  test('tells what is foreign, and leaves it alone', async () => {
    const { machine, repo, snapshot } = await downloaded();
    await writeFile(join(repo, 'blobs', 'notes.txt'), 'mine');
    await writeFile(join(snapshot, 'extra.txt'), 'mine too');
    await writeFile(join(machine.cacheDir, 'stray'), '');
    const { exitCode, report } = await verify(machine, '--repair');
    expect(exitCode).toBe(0);
    expect(told(report).sort()).toEqual(['foreign extra.txt', 'foreign notes.txt', 'foreign stray']);
    expect(await readFile(join(snapshot, 'extra.txt'), 'utf8')).toBe('mine too');
  });

  test('misses nothing that filters left out', async () => {
    const hub = await serve({ repos: [repoWith({ id, files })] });
    const machine = await newMachine(hub);
    await machine.run('download', id, '-x', '*.bin');
    const { exitCode, report } = await verify(machine);
    expect(told(report)).toEqual([]);
    expect(exitCode).toBe(0);
  });

  test('misses nothing of a download that is not finished', async () => {
    const hub = await serve({ repos: [repoWith({ id, files })] });
    const machine = await newMachine(hub);
    hub.fault({ match: { path: /model\.bin/ }, status: 404, times: Infinity });
    expect((await machine.run('download', id)).exitCode).toBe(3);
    const { exitCode, report } = await verify(machine);
    expect({ exitCode, told: told(report) }).toEqual({ exitCode: 0, told: [] });
    expect(report.totals.files).toBe(3);
  });

  test('with --quick reads only what it has not verified, or what has changed since', async () => {
    const { machine, snapshot } = await downloaded();
    expect((await verify(machine, '--quick')).report.totals).toMatchObject({ filesSkipped: 0 });
    const second = await verify(machine, '--quick');
    expect(second.report.totals).toMatchObject({ filesSkipped: 4, bytesRead: 0, files: 4 });
    const blob = await blobOf(snapshot, model);
    flipByte(blob, 1);
    const third = await verify(machine, '--quick');
    expect(told(third.report)).toEqual(['corrupt model.bin']);
    expect(third.report.totals).toMatchObject({ filesSkipped: 3, bytesRead: modelBytes });
    expect(third.exitCode).toBe(6);
    expect((await verify(machine, '--quick')).exitCode, 'a bad file is never skipped').toBe(6);
    expect((await verify(machine)).report.totals, 'without --quick all is read').toMatchObject({ filesSkipped: 0 });
  });

  test('does not count as use: access times stay', async () => {
    const { machine, snapshot } = await downloaded();
    const blob = await blobOf(snapshot, model);
    const past = new Date('2020-01-01T00:00:00Z');
    await utimes(blob, past, new Date());
    await verify(machine);
    if (process.platform === 'linux') expect((await stat(blob)).atime).toEqual(past);
  });

  test('verifies several repos, reads a content that they share once, and tells which one is bad', async () => {
    const { hub, machine, snapshot } = await downloaded();
    hub.addRepo(repoWith({ id: 'org/other', files }));
    await machine.run('download', 'org/other');
    const all = await verify(machine);
    expect(all.report.totals).toMatchObject({ repos: 2, bytes: 7_006_038, bytesRead: 7_006_038 });
    await rm(await blobOf(snapshot, 'tokenizer.json'));
    const { exitCode, report } = await verify(machine, id, 'org/other');
    expect(exitCode).toBe(6);
    expect(report.repos.map(({ repo, ok }) => [repo, ok])).toEqual([
      [id, false],
      ['org/other', true],
    ]);
    expect((await verify(machine, 'org/other')).exitCode).toBe(0);
    const { exitCode: unknown } = await machine.run('cache', 'verify', 'org/nam');
    expect(unknown).toBe(3);
  });

  test('a blob that several revisions need is fetched once', async () => {
    const { hub, machine, repo, snapshot } = await downloaded();
    hub.commit(id, { 'config.json': '{}' });
    await machine.run('download', id);
    hub.clearRequests();
    await rm(await blobOf(snapshot, model));
    const { exitCode, report } = await verify(machine, '--repair');
    expect(exitCode).toBe(0);
    expect(bytesServed(hub)).toBe(modelBytes);
    expect(report.totals.bytesFetched).toBe(modelBytes);
    await soundBlobs(repo);
    expect((await verify(machine)).exitCode).toBe(0);
  });

  test('with --offline --repair mends links, and ends with 8 for what would have to be fetched', async () => {
    const { hub, machine, snapshot } = await downloaded();
    await rm(join(snapshot, 'config.json'));
    expect((await verify(machine, '--offline', '--repair')).exitCode).toBe(0);
    await rm(await blobOf(snapshot, model));
    await rm(join(snapshot, 'config.json'));
    const { exitCode, report } = await verify(machine, '--offline', '--repair');
    expect(exitCode).toBe(8);
    expect(problems(report).map(({ path, repaired, error }) => [path, repaired, error?.exitCode])).toEqual([
      ['config.json', true, undefined],
      ['model.bin', false, 8],
    ]);
    expect(hub.requests).toHaveLength(0);
  });

  test('--dry-run tells what a repair would fetch, and fetches nothing', async () => {
    const { hub, machine, snapshot } = await downloaded();
    await rm(await blobOf(snapshot, model));
    const { exitCode, report } = await verify(machine, '--repair', '--dry-run');
    expect(exitCode).toBe(6);
    expect(report.totals.bytesToFetch).toBe(modelBytes);
    expect(hub.requests).toHaveLength(0);
  });

  test('a file that the hub no longer has stays bad, is told, and the others are repaired', async () => {
    const { hub, machine, repo, snapshot } = await downloaded();
    const blob = await blobOf(snapshot, model);
    flipByte(blob, 1);
    await rm(await blobOf(snapshot, 'onnx/model.onnx'));
    hub.fault({ match: { path: /model\.bin/ }, status: 404, times: Infinity });
    const { exitCode, report } = await verify(machine, '--repair');
    expect(exitCode).toBe(3);
    expect(problems(report).map(({ path, repaired }) => [path, repaired])).toEqual([
      ['model.bin', false],
      ['onnx/model.onnx', true],
    ]);
    expect((await stat(blob)).size, 'the bad one stays until there is a better').toBe(modelBytes);
    expect((await verify(machine)).report.totals.bad).toBe(1);
    expect(await treeOf(join(repo, 'blobs'))).toHaveLength(4);
  });

  test('killed in the middle of a repair, the cache is as it was, and the next repair goes on', async () => {
    const { hub, machine, repo, snapshot } = await downloaded();
    const blob = await blobOf(snapshot, model);
    flipByte(blob, 1);
    const before = await treeOf(join(repo, 'blobs'));
    hub.bytesPerSecond = 2 * MB;
    const running = machine.start('cache', 'verify', '--repair', '--concurrency', '1');
    await hub.waitFor(() => hub.bytesSent() > 2_000_000);
    await running.killAndWait();
    expect(await treeOf(join(repo, 'blobs'))).toEqual(before);
    expect((await stat(join(snapshot, model))).size).toBe(modelBytes);
    hub.bytesPerSecond = undefined;
    hub.clearRequests();
    expect((await verify(machine, '--repair')).exitCode).toBe(0);
    expect(bytesServed(hub)).toBeLessThan(modelBytes);
    expect(await partialsOf(repo)).toEqual([]);
    await expectHealed(hub, machine, snapshot);
  });

  test('interrupted, it prints what it has found so far and ends with 130', async () => {
    const { hub, machine, snapshot } = await downloaded();
    await rm(await blobOf(snapshot, model));
    hub.bytesPerSecond = 0;
    const running = machine.start('cache', 'verify', '--repair', '--json');
    await hub.waitFor(({ kind }) => kind === 'cdn');
    running.signal('SIGINT');
    const { exitCode, stdout } = await running.ended;
    expect(exitCode).toBe(130);
    const report = JSON.parse(stdout) as Report;
    expect(told(report)).toEqual(['dangling model.bin']);
    expect(report.error).toMatchObject({ code: 'interrupted', exitCode: 130 });
  });
});

describe('hub cache verify of what Python left', () => {
  /** As huggingface_hub writes it: no record of ours. */
  async function pythonsCache(withTree: boolean) {
    const { hub, machine, repo, snapshot } = await downloaded();
    const listed = Object.keys(files).map(async (path) => {
      const { content, lfs } = hub.file(id, path);
      const bytes = await content.read(0, content.size);
      const gitOid = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const size = bytes.length;
      return [path, { size, blob_id: gitOid, ...(lfs ? { lfs_sha256: sha256, lfs_size: size } : {}) }] as const;
    });
    await rm(join(repo, '.hub'), { recursive: true });
    if (withTree) {
      await mkdir(join(repo, 'trees'));
      const tree = JSON.stringify({ format_version: 1, files: Object.fromEntries(await Promise.all(listed)) });
      await writeFile(join(repo, 'trees', `${hub.head(id)}.json`), tree);
    }
    return { hub, machine, repo, snapshot };
  }

  test('is checked by the names of its blobs, and repaired by the listing of the hub', async () => {
    const { hub, machine, snapshot } = await pythonsCache(false);
    expect((await verify(machine)).exitCode).toBe(0);
    flipByte(await blobOf(snapshot, model), 1);
    const found = await verify(machine);
    expect(told(found.report)).toEqual(['corrupt model.bin']);
    expect(found.exitCode).toBe(6);
    expect((await verify(machine, '--repair')).exitCode).toBe(0);
    expect(bytesServed(hub)).toBe(modelBytes);
  });

  test('a listed file that is not here is told and no fault, since a filter may have left it out', async () => {
    const { machine, snapshot } = await pythonsCache(true);
    await rm(await blobOf(snapshot, model));
    await rm(join(snapshot, model));
    const { exitCode, report } = await verify(machine);
    expect({ exitCode, told: told(report) }).toEqual({ exitCode: 0, told: ['not-here model.bin'] });
  });

  test('a listed file whose blob has lost its entry is missing, and put back without a request', async () => {
    const { hub, machine, snapshot } = await pythonsCache(true);
    await rm(join(snapshot, model));
    const found = await verify(machine);
    expect({ exitCode: found.exitCode, told: told(found.report) }).toEqual({
      exitCode: 6,
      told: ['missing model.bin'],
    });
    expect((await verify(machine, '--repair')).exitCode).toBe(0);
    expect(hub.requests).toHaveLength(0);
    expect((await stat(join(snapshot, model))).size).toBe(modelBytes);
  });

  test('a blob in the shared store is checked, and its repair leaves the store alone', async () => {
    const { hub, machine, repo, snapshot } = await pythonsCache(true);
    const blob = await blobOf(snapshot, model);
    const xet = 'ab'.repeat(32);
    const store = join(machine.cacheDir, 'blobs');
    await mkdir(join(store, 'ab'), { recursive: true });
    await writeFile(join(store, '.huggingface-shared-blobs'), '1\n');
    await cp(blob, join(store, 'ab', xet));
    await rm(blob);
    await symlink(`../../blobs/ab/${xet}`, blob);
    expect((await verify(machine)).exitCode).toBe(0);
    flipByte(join(store, 'ab', xet), 5);
    const wrong = await readFile(join(store, 'ab', xet));
    expect(told((await verify(machine)).report)).toEqual(['corrupt model.bin']);
    expect((await verify(machine, '--repair')).exitCode).toBe(0);
    expect((await lstat(blob)).isFile()).toBe(true);
    expect((await readFile(join(store, 'ab', xet))).equals(wrong)).toBe(true);
    await soundBlobs(repo);
    expect(bytesServed(hub)).toBe(modelBytes);
    await rm(blob);
    await symlink(`../../blobs/cd/${xet}`, blob);
    expect(told((await verify(machine)).report), 'a link into the store to nothing').toEqual(['dangling model.bin']);
  });
});

describe.skipIf(process.getuid?.() !== 0)('hub cache verify as another user', () => {
  test('verifies a cache that it can only read, and names whom a file belongs to that it can not', async () => {
    const { machine, repo, snapshot } = await downloaded();
    const blob = await blobOf(snapshot, model);
    await chmod(machine.folder, 0o755);
    await chmod(machine.home, 0o777);
    machine.userId = 65534;
    const before = await treeOf(repo);
    expect((await verify(machine)).exitCode).toBe(0);
    expect(await treeOf(repo)).toEqual(before);
    await chmod(blob, 0o600);
    const { exitCode, report } = await verify(machine);
    expect({ exitCode, told: told(report) }).toEqual({ exitCode: 7, told: ['unreadable model.bin'] });
    expect(problems(report)[0]?.reason).toMatch(/belongs to root, mode 600.*chmod a\+r/);
  });
});

describe('hub cache verify --local-dir', () => {
  test('finds what a folder lacks, repairs just that, and says so', async () => {
    const hub = await serve({ repos: [repoWith({ id, files })] });
    const machine = await newMachine(hub);
    const dir = join(machine.home, 'models');
    expect((await machine.run('download', id, '--local-dir', dir)).exitCode).toBe(0);
    hub.clearRequests();
    await rm(join(dir, 'onnx/model.onnx'));
    await writeFile(join(dir, 'config.json'), 'mine');
    const found = await machine.run('cache', 'verify', '--local-dir', dir);
    expect(found).toMatchObject({ exitCode: 6 });
    expect(found.stdout).toMatch(
      /^missing +onnx\/model\.onnx: [^\n]+\nchanged +config\.json: yours[^\n]+\n1 bad: 4 files/,
    );
    expect(hub.requests).toHaveLength(0);
    const { exitCode, stdout } = await machine.run('cache', 'verify', '--local-dir', dir, '--repair', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, localDir: dir, ok: true, totals: { bytesFetched: 2 * MB } });
    expect(await readFile(join(dir, 'config.json'), 'utf8')).toBe('mine');
    expect(await machine.run('cache', 'verify', id, 'org/other', '--local-dir', dir)).toMatchObject({ exitCode: 2 });
  });
});
