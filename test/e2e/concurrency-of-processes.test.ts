import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { commitOfRef, partialsOf, soundBlobs, treeOf } from './support/cache-folder.js';
import { newMachine, serve, type Machine } from './support/machine.js';
import type { RunningProgram } from './support/running-program.js';

const MB = 1_000_000;
const connections = 8;
const id = 'org/name';
const sizes = { 'a.bin': 16 * MB, 'b.bin': 12 * MB };
const totalBytes = 28 * MB;

async function serveTwo(bytesPerSecond?: number) {
  const files = {
    'config.json': '{}',
    'a.bin': { size: sizes['a.bin'], lfs: true, seed: 1 },
    'b.bin': { size: sizes['b.bin'], lfs: true, seed: 2 },
  };
  const hub = await serve({
    repos: [repoWith({ id, files })],
    ...(bytesPerSecond !== undefined && { bytesPerSecond }),
  });
  return { hub, machine: await newMachine(hub) };
}

/** The first one is at it already when the second begins. Each with so many connections, so that the rate is known. */
async function startTwo(hub: Hub, machine: Machine): Promise<[RunningProgram, RunningProgram]> {
  const start = () => machine.start('download', id, '--concurrency', String(connections));
  const first = start();
  await hub.waitFor(() => hub.bytesSent() > MB);
  return [first, start()];
}

/** What a connection had been sent of a range that another one took over at its end comes on top: some kB. */
function expectEachOnce(hub: Hub): void {
  expect(hub.bytesSent({ kind: 'cdn' }) - totalBytes).toBeGreaterThanOrEqual(0);
  expect(hub.bytesSent({ kind: 'cdn' }) - totalBytes).toBeLessThan(MB / 4);
}

async function expectSound(hub: Hub, machine: Machine): Promise<void> {
  expect(await soundBlobs(machine.repo(id))).toHaveLength(3);
  expect(await commitOfRef(machine.repo(id), 'main')).toBe(hub.head(id));
  // A killed process's lease on the repo lies until the next one looks for the living; nobody waits for it.
  const leases = await treeOf(`${machine.repo(id)}/.hub/leases`);
  expect(leases.filter((name) => !name.endsWith('.shared'))).toEqual([]);
}

describe('two at once on one repo', () => {
  test('both succeed, every file above 1 MiB is fetched once', async () => {
    const { hub, machine } = await serveTwo(MB);
    const ended = await Promise.all((await startTwo(hub, machine)).map(({ ended: end }) => end));
    for (const { exitCode, stderr } of ended) expect(exitCode, stderr).toBe(0);
    expect(ended[0]?.stdout).toBe(ended[1]?.stdout);
    expectEachOnce(hub);
    await expectSound(hub, machine);
  });

  test('started in the same moment: the same', async () => {
    const { hub, machine } = await serveTwo(2 * MB);
    const ended = await Promise.all([1, 2, 3].map(() => machine.run('download', id)));
    for (const { exitCode, stderr } of ended) expect(exitCode, stderr).toBe(0);
    expectEachOnce(hub);
    await expectSound(hub, machine);
  });

  test('the one who waits says so', async () => {
    const { hub, machine } = await serveTwo(MB);
    const [first, second] = await startTwo(hub, machine);
    await second.says(/waiting for another process that fetches [ab]\.bin/);
    hub.bytesPerSecond = undefined;
    expect((await first.ended).exitCode).toBe(0);
    expect((await second.ended).exitCode).toBe(0);
  });

  test('two parts of one repo: neither waits for the other', async () => {
    const { hub, machine } = await serveTwo(2 * MB);
    const ended = await Promise.all(['a.bin', 'b.bin'].map((path) => machine.run('download', id, path)));
    for (const { exitCode, stderr } of ended) {
      expect(exitCode).toBe(0);
      expect(stderr).not.toContain('waiting');
    }
    expectEachOnce(hub);
  });
});

describe('one of two is killed in the middle', () => {
  test.each([0, 1])('process %i: the other is done within 10 s of what it would have taken', async (victim) => {
    const { hub, machine } = await serveTwo(MB);
    const secondsAlone = totalBytes / (connections * MB);
    const startedMs = performance.now();
    const two = await startTwo(hub, machine);
    await hub.waitFor(() => hub.bytesSent() > totalBytes / 2);
    await two[victim]?.killAndWait();
    const { exitCode, stderr } = (await two[1 - victim]?.ended) ?? {};
    expect(exitCode, stderr).toBe(0);
    expect((performance.now() - startedMs) / 1000).toBeLessThan(secondsAlone + 10);
    expect(hub.bytesSent({ kind: 'cdn' }) - totalBytes).toBeLessThan((connections * MB) / 2);
    await expectSound(hub, machine);
    expect(await partialsOf(machine.repo(id))).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('one of two is stopped and let go on', () => {
  test('while the other is at it: no wrong byte is published, both exit 0', { timeout: 90_000 }, async () => {
    const { hub, machine } = await serveTwo(200_000);
    const [paused, other] = await startTwo(hub, machine);
    await hub.waitFor(() => hub.bytesSent() > 3 * MB);
    paused.signal('SIGSTOP');
    // It looks dead 8 s after its last beat; then the other takes over and fetches the rest.
    await setTimeout(12_000);
    paused.signal('SIGCONT');
    await setTimeout(2_000);
    hub.bytesPerSecond = MB;
    const ended = await Promise.all([paused.ended, other.ended]);
    for (const { exitCode, stderr } of ended) expect(exitCode, stderr).toBe(0);
    await expectSound(hub, machine);
  });

  test('for 30 s, when the other has long been done', { timeout: 90_000 }, async () => {
    const { hub, machine } = await serveTwo(MB);
    const [paused, other] = await startTwo(hub, machine);
    await hub.waitFor(() => hub.bytesSent() > 8 * MB);
    paused.signal('SIGSTOP');
    const stoppedMs = performance.now();
    const { exitCode, stderr } = await other.ended;
    expect(exitCode, stderr).toBe(0);
    expect(await soundBlobs(machine.repo(id))).toHaveLength(3);
    await setTimeout(30_000 - (performance.now() - stoppedMs));
    paused.signal('SIGCONT');
    const late = await paused.ended;
    expect(late.exitCode, late.stderr).toBe(0);
    await expectSound(hub, machine);
  });
});
