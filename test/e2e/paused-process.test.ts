import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { soundBlobs } from './support/cache-folder.js';
import { expectSound, serveTwo, startTwo } from './support/two-processes.js';

const MB = 1_000_000;

// At the same time: they mostly wait.
describe.skipIf(process.platform === 'win32').concurrent('one of two is stopped and let go on', () => {
  test('while the other is at it: no wrong byte is published, both exit 0', { timeout: 90_000 }, async (context) => {
    const { hub, machine } = await serveTwo(200_000, context);
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

  test('for 30 s, when the other has long been done', { timeout: 90_000 }, async (context) => {
    const { id, hub, machine } = await serveTwo(MB, context);
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
