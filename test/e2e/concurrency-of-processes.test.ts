import { describe, expect, test } from 'vitest';
import type { Hub } from '../support/hub-server/server.js';
import { partialsOf } from './support/cache-folder.js';
import { connections, expectSound, serveTwo, startTwo, totalBytes } from './support/two-processes.js';

const MB = 1_000_000;

/** What a connection had been sent of a range that another one took over at its end comes on top: some kB. */
function expectEachOnce(hub: Hub): void {
  expect(hub.bytesSent({ kind: 'cdn' }) - totalBytes).toBeGreaterThanOrEqual(0);
  expect(hub.bytesSent({ kind: 'cdn' }) - totalBytes).toBeLessThan(MB / 4);
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
    const { id, hub, machine } = await serveTwo(2 * MB);
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
    const { id, hub, machine } = await serveTwo(2 * MB);
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
    const { id, hub, machine } = await serveTwo(MB);
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
