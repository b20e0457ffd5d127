import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contentOfBytes, sha256Of } from '../support/hub-server/content.js';
import { repoWith } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { soundBlobs, treeOf } from './support/cache-folder.js';
import { newMachine, serve, type Machine } from './support/machine.js';

const MB = 1_000_000;
const api = { kind: ['info', 'tree', 'refs'] } as const;
const manifest = '[[repo]]\nsource = "hf:org/a"\n\n[[repo]]\nsource = "hf:datasets/org/b"\n';

/** The hub's repos, the same for each hub. */
const repos = () => [
  repoWith({ id: 'org/a', files: { 'config.json': '{"a": 1}', 'model.bin': { size: 3 * MB, lfs: true, seed: 1 } } }),
  repoWith({ id: 'org/b', type: 'dataset', files: { 'train.csv': 'x,y\n1,2\n' } }),
];

/** Somebody in a project's folder. */
async function inProject(): Promise<{ hub: Hub; machine: Machine; lock: string }> {
  const hub = await serve({ repos: repos() });
  const machine = await newMachine(hub);
  return { hub, machine, lock: await enter(machine, 'project') };
}

/** Goes into a project of that name, made if need be. @returns the path of its lock */
async function enter(machine: Machine, name: string, text = manifest): Promise<string> {
  machine.workingDir = join(machine.folder, name);
  await mkdir(machine.workingDir, { recursive: true });
  await writeFile(join(machine.workingDir, 'hub.toml'), text);
  return join(machine.workingDir, 'hub.lock');
}

async function succeed(machine: Machine, ...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await machine.run(...words);
  expect(exitCode, `hub ${words.join(' ')}\n${stderr}`).toBe(0);
  return stdout;
}

test('lock gives the same bytes twice; by them sync --frozen needs no API, no second request, and no other program', async () => {
  const { hub, machine, lock } = await inProject();
  machine.environment['PATH'] = '';
  expect(await succeed(machine, 'lock')).toBe(`${lock}\n`);
  const first = await readFile(lock, 'utf8');
  await rm(lock);
  await succeed(machine, 'lock');
  expect(await readFile(lock, 'utf8')).toBe(first);

  hub.fault({ match: api, times: Infinity, status: 500 });
  hub.clearRequests();
  // By repo, a line each; the dataset sorts first.
  const paths = [
    join(machine.repo('org/b', 'dataset'), 'snapshots', hub.head('datasets/org/b')),
    join(machine.repo('org/a'), 'snapshots', hub.head('org/a')),
  ];
  expect(await succeed(machine, 'sync', '--frozen')).toBe(`${paths.join('\n')}\n`);
  expect(hub.count(api)).toBe(0);
  expect(await soundBlobs(machine.repo('org/a'))).toHaveLength(2);
  hub.clearRequests();
  expect(await succeed(machine, 'sync', '--frozen')).toBe(`${paths.join('\n')}\n`);
  expect(hub.requests).toEqual([]);
});

test('a mirror with another file in place of a large one: exit code 6 with both digests, and nothing of it is stored', async () => {
  const { hub, machine } = await inProject();
  await succeed(machine, 'lock');
  const commit = hub.head('org/a');
  const locked = await sha256Of(hub.file('org/a', 'model.bin').content);
  const changed = { content: contentOfBytes(Buffer.alloc(3 * MB, 7)), lfs: true };
  const files = hub.repo('org/a').commits.get(commit);
  hub.repo('org/a').commits.set(commit, new Map([...(files ?? []), ['model.bin', changed]]));
  const { exitCode, stdout, stderr } = await machine.run('sync', '--frozen');
  expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
  for (const digest of [locked, await sha256Of(changed.content)]) expect(stderr).toContain(digest.slice(0, 12));
  expect(await soundBlobs(machine.repo('org/a'))).not.toContain(await sha256Of(changed.content));
  expect(await treeOf(join(machine.repo('org/a'), 'snapshots', commit))).toEqual([]);
});

test('two projects that lock different commits on one cache both stay whole through a prune', async () => {
  const { hub, machine } = await inProject();
  await succeed(machine, 'sync');
  hub.commit('org/a', { 'config.json': '{"a": 2}' });
  await enter(machine, 'other');
  await succeed(machine, 'sync');
  await succeed(machine, 'cache', 'prune', '-y', '--grace', '0s');
  for (const name of ['project', 'other']) {
    await enter(machine, name);
    await succeed(machine, 'sync', '--frozen', '--offline');
  }
});

test('where CI is set a lock that does not fit is exit code 9, and no request is made', async () => {
  const { hub, machine, lock } = await inProject();
  await succeed(machine, 'lock');
  await enter(machine, 'project', `${manifest}\n[[repo]]\nsource = "hf:org/new"\n`);
  machine.environment['CI'] = 'true';
  const before = await readFile(lock, 'utf8');
  hub.clearRequests();
  const { exitCode, stdout, stderr } = await machine.run('sync');
  expect({ exitCode, stdout }).toEqual({ exitCode: 9, stdout: '' });
  expect(stderr).toContain('org/new');
  expect(hub.requests).toEqual([]);
  expect(await readFile(lock, 'utf8')).toBe(before);
});

test('offline, what is missing is exit code 8, and the document names it', async () => {
  const { hub, machine } = await inProject();
  await succeed(machine, 'sync');
  await rm(machine.repo('org/a'), { recursive: true });
  hub.clearRequests();
  const { exitCode, stdout } = await machine.run('sync', '--offline', '--json');
  expect(exitCode).toBe(8);
  expect(hub.requests).toEqual([]);
  expect(JSON.parse(stdout)).toMatchObject({
    complete: false,
    repos: [
      { repo: 'org/b', complete: true },
      { repo: 'org/a', complete: false, error: { code: 'not-cached', exitCode: 8 } },
    ],
    error: { code: 'not-cached', exitCode: 8 },
  });
  expect(stdout).toContain('model.bin');
});

describe.skipIf(process.platform === 'win32')('SIGINT', () => {
  test('in the middle keeps what has arrived, and the same command goes on', async () => {
    const { hub, machine } = await inProject();
    await succeed(machine, 'lock');
    hub.clearRequests();
    hub.bytesPerSecond = MB / 2;
    const program = machine.start('sync');
    await hub.waitFor(() => hub.bytesSent() >= MB);
    program.signal('SIGINT');
    const { exitCode, stdout, stderr } = await program.ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
    expect(stderr).toContain('the same command goes on');
    expect(stderr).toMatch(/^ {2}hub sync$/m);
    await hub.waitFor(() => hub.requests.every(({ ended }) => ended));
    hub.bytesPerSecond = undefined;
    await succeed(machine, 'sync');
    expect(await soundBlobs(machine.repo('org/a'))).toHaveLength(2);
    // What was on its way in sockets alone.
    expect(hub.bytesSent() - 3 * MB).toBeLessThan(MB);
  });
});
