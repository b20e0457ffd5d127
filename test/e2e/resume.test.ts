import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { sha256Of } from '../support/hub-server/content.js';
import { repoWith } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { partialsOf, soundBlobs } from './support/cache-folder.js';
import { newMachine, serve, type Machine } from './support/machine.js';
import type { RunningProgram } from './support/running-program.js';
import { unreadBytes } from './support/unread-bytes.js';

const MB = 1_000_000;
/** Of each connection: with more, megabytes would sit in socket buffers and nobody could say what was read. */
const bytesPerSecond = 2 * MB;
/** Where a test says how much may be read in a time, it says how many connections there are: else the number adapts. */
const connections = 8;
const withThem = ['--concurrency', String(connections)];
const id = 'org/big';

async function serveFile(size: number, options: { bytesPerSecond?: number } = {}) {
  const weights = { size, lfs: true, seed: 7 };
  const repo = repoWith({
    id,
    files: { 'model.safetensors': weights },
    branches: { dev: { 'renamed.safetensors': weights } },
  });
  const hub = await serve({ repos: [repo], bytesPerSecond, ...options });
  return { hub, machine: await newMachine(hub), digest: await sha256Of(hub.file(id, 'model.safetensors').content) };
}

/**
 * Runs until the hub has sent so much in all, then SIGKILL.
 *
 * @returns bytes that the hub counts as sent and nobody ever read: they stood in socket buffers
 */
async function killAt(
  bytesSent: number,
  { hub, machine, flags = [] }: { hub: Hub; machine: Machine; flags?: readonly string[] },
): Promise<number> {
  const running = machine.start('download', id, ...flags);
  await hub.waitFor(() => hub.bytesSent() >= bytesSent);
  return kill(running, hub);
}

async function kill(running: RunningProgram, hub: Hub): Promise<number> {
  const rate = hub.bytesPerSecond;
  running.signal('SIGSTOP');
  const unread = await unreadBytes(hub);
  expect((await running.killAndWait()).signal).toBe('SIGKILL');
  hub.bytesPerSecond = rate;
  // Until then an answer to a dead client may still count bytes.
  await hub.waitFor(() => hub.requests.every(({ ended }) => ended));
  return unread;
}

describe('SIGKILL in the middle of 120 MB, then the same command', () => {
  const size = 120 * MB;
  const allowed = size / 100;

  test('fetches at most 1 % twice', async () => {
    const { hub, machine, digest } = await serveFile(size);
    const unread = await killAt(60 * MB, { hub, machine });
    hub.bytesPerSecond = undefined;
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode, stderr).toBe(0);
    expect(hub.bytesSent() - size - unread).toBeLessThanOrEqual(allowed);
    expect(await soundBlobs(machine.repo(id))).toEqual([digest]);
    expect(await partialsOf(machine.repo(id))).toEqual([]);
  });

  test('and after a second kill during the resume at most 1 % for each', async () => {
    const { hub, machine, digest } = await serveFile(size);
    const unread = (await killAt(40 * MB, { hub, machine })) + (await killAt(80 * MB, { hub, machine }));
    hub.bytesPerSecond = undefined;
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode, stderr).toBe(0);
    expect(hub.bytesSent() - size - unread).toBeLessThanOrEqual(2 * allowed);
    expect(await soundBlobs(machine.repo(id))).toEqual([digest]);
  });

  test('as soon as the resume has begun, while it still reads back what is here', async () => {
    const { hub, machine, digest } = await serveFile(size);
    let unread = await killAt(60 * MB, { hub, machine });
    const reading = machine.start('download', id);
    await reading.says(/checking/);
    unread += await kill(reading, hub);
    hub.bytesPerSecond = undefined;
    expect((await machine.run('download', id)).exitCode).toBe(0);
    expect(hub.bytesSent() - size - unread).toBeLessThanOrEqual(2 * allowed);
    expect(await soundBlobs(machine.repo(id))).toEqual([digest]);
  });
});

describe('SIGKILL in the middle of a smaller file', () => {
  const size = 30 * MB;

  test('fetches twice at most what could be read in half a second', async () => {
    const { hub, machine, digest } = await serveFile(size);
    const unread = await killAt(16 * MB, { hub, machine, flags: withThem });
    hub.bytesPerSecond = undefined;
    expect((await machine.run('download', id)).exitCode).toBe(0);
    expect(hub.bytesSent() - size - unread).toBeLessThanOrEqual((connections * bytesPerSecond) / 2);
    expect(await soundBlobs(machine.repo(id))).toEqual([digest]);
  });

  test('on a slow line too, where it is little', async () => {
    const slow = 200_000;
    const { hub, machine } = await serveFile(4 * MB, { bytesPerSecond: slow });
    const unread = await killAt(2 * MB, { hub, machine, flags: withThem });
    hub.bytesPerSecond = undefined;
    expect((await machine.run('download', id)).exitCode).toBe(0);
    expect(hub.bytesSent() - 4 * MB - unread).toBeLessThanOrEqual((connections * slow) / 2);
  });

  test('another revision that wants the same digest goes on from there', async () => {
    const { hub, machine, digest } = await serveFile(size);
    const unread = await killAt(16 * MB, { hub, machine, flags: withThem });
    hub.bytesPerSecond = undefined;
    const { exitCode, stdout } = await machine.run('download', `${id}@dev`, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ files: [{ path: 'renamed.safetensors', state: 'resumed' }] });
    expect(hub.bytesSent() - size - unread).toBeLessThanOrEqual((connections * bytesPerSecond) / 2);
    expect(await soundBlobs(machine.repo(id))).toEqual([digest]);
  });

  test('--dry-run tells what would be resumed', async () => {
    const { hub, machine } = await serveFile(size);
    await killAt(16 * MB, { hub, machine, flags: withThem });
    const { stdout } = await machine.run('download', id, '--dry-run', '--json');
    const { files, totals } = JSON.parse(stdout) as { files: unknown; totals: Record<string, number> };
    expect(files).toMatchObject([{ state: 'resume', bytesToFetch: totals['bytesToFetch'] }]);
    expect(totals['bytesResumed']).toBeGreaterThan(8 * MB);
    expect((totals['bytesToFetch'] ?? 0) + (totals['bytesResumed'] ?? 0)).toBe(size);
  });

  test('nothing is published before it is whole', async () => {
    const { hub, machine } = await serveFile(size);
    await killAt(16 * MB, { hub, machine, flags: withThem });
    expect(await soundBlobs(machine.repo(id))).toEqual([]);
    expect((await machine.run('download', id, '--offline')).exitCode).toBe(8);
  });

  test('without the partial it begins anew', async () => {
    const { hub, machine, digest } = await serveFile(size);
    await killAt(16 * MB, { hub, machine, flags: withThem });
    await rm(`${machine.repo(id)}/.hub/partial`, { recursive: true });
    hub.bytesPerSecond = undefined;
    hub.clearRequests();
    expect((await machine.run('download', id)).exitCode).toBe(0);
    expect(hub.bytesSent()).toBe(size);
    expect(await soundBlobs(machine.repo(id))).toEqual([digest]);
  });
});
