import { afterEach, describe, expect, test } from 'vitest';
import { repoWith, type FileSpec } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { newMachine, serve } from './support/machine.js';

const MB = 1_000_000;
const id = 'org/name';
let hub: Hub;

async function prepare(files: Record<string, FileSpec>, pageSize = 1000) {
  hub = await serve({ repos: [repoWith({ id, files })], pageSize });
  return newMachine(hub);
}

function smallFiles(count: number): Record<string, FileSpec> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`part-${n}/config.json`, `{"number": ${n}}\n`]));
}

afterEach(() => {
  expect(hub.count({ method: 'HEAD' }), 'HEAD requests').toBe(0);
});

describe('a cache that has everything', () => {
  const files = { 'config.json': '{}', 'model.bin': { size: 3 * MB, lfs: true } };

  test('a branch: 1 request', async () => {
    const machine = await prepare(files);
    await machine.run('download', id);
    hub.clearRequests();
    expect((await machine.run('download', id)).exitCode).toBe(0);
    expect(hub.count()).toBe(1);
  });

  test('a pinned commit: none', async () => {
    const machine = await prepare(files);
    await machine.run('download', id);
    hub.clearRequests();
    const { exitCode, stdout } = await machine.run('download', `${id}@${hub.head(id)}`);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(hub.head(id));
    expect(hub.count()).toBe(0);
  });

  test.each([
    { flags: ['--offline'], variables: {} },
    { flags: ['--local-files-only'], variables: {} },
    { flags: [], variables: { HF_HUB_OFFLINE: '1' } },
    { flags: [], variables: { TRANSFORMERS_OFFLINE: '1' } },
  ])('offline by $flags $variables: none', async ({ flags, variables }) => {
    const machine = await prepare(files);
    const { stdout } = await machine.run('download', id);
    hub.clearRequests();
    Object.assign(machine.environment, variables);
    const offline = await machine.run('download', id, ...flags);
    expect(offline).toMatchObject({ exitCode: 0, stdout });
    expect(hub.count()).toBe(0);
  });

  test('a part of it, asked for alone: 1 request', async () => {
    const machine = await prepare(files);
    await machine.run('download', id);
    hub.clearRequests();
    expect((await machine.run('download', id, 'config.json')).exitCode).toBe(0);
    expect(hub.count()).toBe(1);
  });
});

describe('how many requests bytes take', () => {
  test('400 small files: at most 2 for each and 10 for the rest', async () => {
    const machine = await prepare(smallFiles(400));
    expect((await machine.run('download', id)).exitCode).toBe(0);
    expect(hub.count()).toBeLessThanOrEqual(2 * 400 + 10);
  });

  test('a moved branch with one changed file: at most 5 beyond the pages of the listing', async () => {
    const machine = await prepare(smallFiles(250), 100);
    await machine.run('download', id);
    hub.clearRequests();
    const commit = hub.commit(id, { 'part-7/config.json': '{"changed": true}\n' });
    const { exitCode, stdout } = await machine.run('download', id);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(commit);
    // 250 files and as many folders.
    expect(hub.count({ kind: 'tree' })).toBe(5);
    expect(hub.count()).toBeLessThanOrEqual(5 + 5);
    expect(hub.bytesSent()).toBe('{"changed": true}\n'.length);
  });

  test('one large file: one look-up for all its parts', async () => {
    const machine = await prepare({ 'model.bin': { size: 60 * MB, lfs: true } });
    expect((await machine.run('download', id)).exitCode).toBe(0);
    expect(hub.count({ kind: 'resolve' })).toBe(1);
    expect(hub.bytesSent()).toBe(60 * MB);
  });

  test('each blob request has a Range and takes no encoding', async () => {
    const machine = await prepare({ 'model.bin': { size: 20 * MB, lfs: true }, 'config.json': '{}' });
    await machine.run('download', id);
    const blobRequests = hub.requests.filter(({ kind }) => kind === 'cdn' || kind === 'resolve-cache');
    expect(blobRequests.length).toBeGreaterThan(2);
    for (const { headers } of blobRequests) {
      expect(headers.range).toMatch(/^bytes=\d+-\d+$/);
      expect(headers['accept-encoding']).toBe('identity');
    }
  });

  test('never more than 8 connections at once, or as many as --concurrency says', async () => {
    const machine = await prepare({ 'model.bin': { size: 40 * MB, lfs: true }, ...smallFiles(40) });
    hub.bytesPerSecond = 2 * MB;
    let most = 0;
    const counting = hub.waitFor(() => {
      most = Math.max(most, hub.requests.filter(({ ended, kind }) => !ended && kind !== 'tree').length);
      return false;
    });
    counting.catch(() => undefined);
    expect((await machine.run('download', id, '--concurrency', '3')).exitCode).toBe(0);
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
  });
});

describe('listings', () => {
  test.each([
    { name: 'the true hub, which a mirror passes on', linkOrigin: 'https://huggingface.co' },
    { name: 'no origin at all', linkOrigin: '' },
  ])('the next page by a Link that names $name is asked of the endpoint in use', async ({ linkOrigin }) => {
    hub = await serve({ repos: [repoWith({ id, files: smallFiles(30) })], pageSize: 20, linkOrigin });
    const machine = await newMachine(hub);
    const { exitCode, stdout } = await machine.run('download', id, '--json');
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout) as { files: unknown[] }).files).toHaveLength(30);
  });

  test('a mirror that strips headers and weakens etags works', async () => {
    hub = await serve({ repos: [repoWith({ id, files: { a: 'a', 'b.bin': { size: 3 * MB, lfs: true } } })] });
    const stripped = ['X-Linked-ETag', 'X-Linked-Size', 'X-Repo-Commit', 'ETag', 'Accept-Ranges'];
    hub.fault({ times: Infinity, headers: Object.fromEntries(stripped.map((name) => [name, null])) });
    const machine = await newMachine(hub);
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode, stderr).toBe(0);
  });
});
