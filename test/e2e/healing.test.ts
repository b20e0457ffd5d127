import { describe, expect, test } from 'vitest';
import type { Fault } from '../support/hub-server/faults.js';
import { repoWith } from '../support/hub-server/repos.js';
import { soundBlobs } from './support/cache-folder.js';
import { newMachine, serve } from './support/machine.js';

const MB = 1_000_000;
const id = 'org/name';
const size = 20 * MB;

async function prepare() {
  const files = {
    'config.json': JSON.stringify({ text: 'x'.repeat(5000) }),
    'model.bin': { size, lfs: true, seed: 1 },
  };
  const hub = await serve({ repos: [repoWith({ id, files })] });
  return { hub, machine: await newMachine(hub) };
}

const cdn = { kind: 'cdn' } as const;
const small = { kind: 'resolve-cache' } as const;

describe('is healed, exit 0', () => {
  test.each([
    { name: 'a reset in a body', fault: { match: cdn, nth: 2, resetAfter: 300_000 } },
    { name: 'a reset before any header', fault: { match: cdn, times: 3, beforeHeaders: 'reset' } },
    { name: 'an early end of a body', fault: { match: cdn, nth: 2, closeAfter: 300_000 } },
    { name: 'an early end of every body', fault: { match: cdn, times: 30, closeAfter: 300_000 } },
    { name: 'a body shorter than its Content-Range', fault: { match: cdn, nth: 2, truncateTo: 300_000 } },
    { name: 'a Range that is ignored once', fault: { match: cdn, ignoreRange: true } },
    { name: 'a Range that is always ignored', fault: { match: cdn, ignoreRange: true, times: Infinity } },
    { name: 'a wrong Content-Range', fault: { match: cdn, nth: 2, shiftContentRangeBy: 5 } },
    { name: 'a signed address that expires', fault: { match: cdn, nth: 3, expired: true } },
    { name: 'gzip although identity was asked for', fault: { match: small, gzip: true } },
    { name: 'a small file that breaks off', fault: { match: small, closeAfter: 100 } },
    { name: '500 twice', fault: { status: 500, times: 2 } },
    { name: '500 twice for a file', fault: { match: { kind: 'resolve' }, status: 500, times: 2 } },
    { name: '502 for the listing', fault: { match: { kind: 'tree' }, status: 502 } },
    { name: 'a login page once', fault: { captivePortal: true } },
    { name: 'a login page instead of bytes once', fault: { match: cdn, nth: 2, captivePortal: true } },
    { name: 'no Content-Length anywhere', fault: { headers: { 'Content-Length': null }, times: Infinity } },
    { name: 'headers without end', fault: { match: cdn, nth: 2, hugeHeaderBytes: 200_000 } },
  ] satisfies { name: string; fault: Fault }[])('$name', async ({ fault }) => {
    const { hub, machine } = await prepare();
    const handle = hub.fault(fault);
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode, stderr).toBe(0);
    expect(handle.met).toBeGreaterThan(0);
    expect(await soundBlobs(machine.repo(id))).toHaveLength(2);
  });

  test('a connection that goes silent, by --stall-timeout', async () => {
    const { hub, machine } = await prepare();
    hub.fault({ match: cdn, nth: 2, stallAfter: 300_000 });
    const { exitCode, stderr, seconds } = await machine.run('download', id, '--stall-timeout', '1');
    expect(exitCode, stderr).toBe(0);
    expect(seconds).toBeLessThan(6);
  });

  test('a server that never sends a header, by --stall-timeout', async () => {
    const { hub, machine } = await prepare();
    machine.environment['HF_HUB_DOWNLOAD_TIMEOUT'] = '1';
    hub.fault({ match: cdn, nth: 2, beforeHeaders: 'hang' });
    const { exitCode, stderr, seconds } = await machine.run('download', id, '--stall-timeout', '1');
    expect(exitCode, stderr).toBe(0);
    expect(seconds).toBeLessThan(6);
  });

  test('all addresses expire in the middle: each file is looked up once more', async () => {
    const { hub, machine } = await prepare();
    hub.bytesPerSecond = 2 * MB;
    const running = machine.start('download', id);
    await hub.waitFor(() => hub.bytesSent() > 4 * MB);
    hub.expireUrls();
    hub.bytesPerSecond = undefined;
    expect((await running.ended).exitCode).toBe(0);
    expect(hub.count({ kind: 'resolve', path: 'model.bin' })).toBe(2);
  });

  test('addresses that are good for three requests', async () => {
    const { hub, machine } = await prepare();
    hub.urlLifetime = { uses: 3 };
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode, stderr).toBe(0);
  });
});

describe('what is fetched twice', () => {
  test('after a reset: nothing that was read before', async () => {
    const { hub, machine } = await prepare();
    hub.bytesPerSecond = 2 * MB;
    hub.fault({ match: cdn, nth: 2, resetAfter: 400_000 });
    const { exitCode, stdout } = await machine.run('download', id, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ totals: { bytesWasted: 0 } });
    expect(hub.bytesSent({ kind: 'cdn' }) - size).toBeLessThan(200_000);
  });

  test('by a server that ignores Range: the file once, if asked by one connection', async () => {
    const { hub, machine } = await prepare();
    hub.fault({ match: cdn, ignoreRange: true, times: Infinity });
    const { stdout } = await machine.run('download', id, '--json');
    const { totals } = JSON.parse(stdout) as { totals: { bytesWasted: number } };
    expect(totals.bytesWasted).toBeLessThan(size / 4);
  });
});

describe('a 429', () => {
  test.each([
    { name: 'Retry-After in seconds', fault: { status: 429, retryAfter: 2 } },
    { name: 'RateLimit', fault: { status: 429, rateLimit: { left: 0, resetSeconds: 2 } } },
    { name: 'a 503 with Retry-After', fault: { status: 503, retryAfter: 2 } },
  ] satisfies { name: string; fault: Fault }[])('$name: waits as it says, and spends no try', async ({ fault }) => {
    const { hub, machine } = await prepare();
    hub.fault({ match: { kind: 'resolve' }, ...fault });
    const { exitCode, stderr, seconds } = await machine.run('download', id, '--retries', '0');
    expect(exitCode, stderr).toBe(0);
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(8);
  });

  test('with a date', async () => {
    const { hub, machine } = await prepare();
    hub.fault({ match: { kind: 'info' }, status: 429, retryAfter: new Date(Date.now() + 3_000) });
    const { exitCode, seconds } = await machine.run('download', id, '--retries', '0');
    expect(exitCode).toBe(0);
    expect(seconds).toBeGreaterThan(1);
  });

  test.each(['info', 'tree', 'resolve'] as const)(
    'of the kind %s: the wait is told once, with its time',
    async (kind) => {
      const { hub, machine } = await prepare();
      hub.fault({ match: { kind }, status: 429, retryAfter: 2 });
      const { stderr } = await machine.run('download', id);
      const { host } = new URL(hub.endpoint);
      expect(stderr.match(/^waiting for the rate limit of .*$/gm)).toEqual([
        expect.stringMatching(`^waiting for the rate limit of ${host}, (1\\.\\d|2\\.0) s left$`),
      ]);
      expect(stderr).toContain(`going on after the wait for ${host}`);
    },
  );
});

test('the first failed try is told at once: host, why, n of m', async () => {
  const { hub, machine } = await prepare();
  hub.fault({ match: { kind: 'resolve' }, status: 500 });
  const { stderr } = await machine.run('download', id, '--retries', '4');
  expect(stderr).toMatch(/^127\.0\.0\.1:\d+: .*500.*1 of 5/m);
});

test('--retry-for waits for a hub that is away', async () => {
  const { hub, machine } = await prepare();
  const away = hub.fault({ beforeHeaders: 'reset', times: Infinity });
  const running = machine.start('download', id, '--retry-for', '1m', '--retries', '1');
  await running.says(/waiting for .* to answer again/);
  away.remove();
  const { exitCode, stderr } = await running.ended;
  expect(exitCode, stderr).toBe(0);
});
