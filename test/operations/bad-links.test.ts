import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { HubEvent } from '../../src/events.js';
import { download } from '../../src/operations/download.js';
import type { Settings } from '../../src/settings/settings.js';
import { fixedConcurrency } from '../../src/transfer/concurrency.js';
import { Engine } from '../../src/transfer/engine.js';
import { workplace } from '../cache/support.js';
import { clientFor, commitHash, model, noSignal } from '../hub/support.js';
import { closing } from '../net/server.js';
import { repoWith } from '../support/hub-server/repos.js';
import { type Hub, startHub } from '../support/hub-server/server.js';
import { FakeTarget, sha256Of } from '../transfer/fakes.js';
import { contextWith, settingsWith } from './support.js';

const MB = 1_000_000;
const place = workplace();
const cdn = { kind: 'cdn' } as const;

let hub: Hub;
let size: number;

async function serve(bytes: number, { bytesPerSecond }: { bytesPerSecond?: number } = {}): Promise<void> {
  size = bytes;
  const files = { 'model.bin': { size, lfs: true, seed: 1 } };
  const options = bytesPerSecond === undefined ? {} : { bytesPerSecond };
  hub = closing(await startHub({ repos: [repoWith({ id: 'org/name', files })], ...options }));
}

function start(settings: Partial<Settings> = {}) {
  const context = contextWith(
    settingsWith(place.folder, { endpoints: [{ url: hub.endpoint, sendsToken: true }], concurrency: 4, ...settings }),
  );
  const request = { repo: model, paths: [], include: [], exclude: [] };
  const told = (type: HubEvent['type']) => context.events.filter((event) => event.type === type);
  const replacements = () =>
    context.events.flatMap((event) =>
      event.type === 'detail' && event.message.includes('replaced') ? [event.message] : [],
    );
  return { done: download(request, context), told, replacements };
}

const hubHasSent = (bytes: number) => hub.waitFor(() => hub.bytesSent() > bytes);

describe('a connection', () => {
  beforeEach(() => serve(60 * MB, { bytesPerSecond: 5 * MB }));

  it.each([
    ['goes dark in the middle', { stallAfter: 300_000 }, /model\.bin: a connection is replaced: /],
    ['never answers', { beforeHeaders: 'hang' as const }, /model\.bin: a connection is replaced: nothing came for/],
    ['crawls', { bytesPerSecond: 20_000 }, /model\.bin: a connection is replaced: \d+ kB\/s beside \d+ kB\/s/],
  ])('that %s beside others that flow is replaced, not waited for', async (_, effect, why) => {
    hub.fault({ match: cdn, nth: 3, ...effect });
    const { done, told, replacements } = start({ stallTimeoutMs: 6_000, headersTimeoutMs: 30_000 });
    // What arrived over it has stayed.
    expect((await done).totals.bytesWasted).toBeLessThan(MB / 10);
    expect(replacements()[0]).toMatch(why);
    expect(told('retrying')).toEqual([]);
  });
});

describe('a link', () => {
  it('whose connections are all forgotten costs one stall timeout for all of them', async () => {
    await serve(48 * MB, { bytesPerSecond: 2 * MB });
    const { done, told } = start({ stallTimeoutMs: 2_000, headersTimeoutMs: 2_000 });
    await hubHasSent(6 * MB);
    hub.forgetConnections();
    hub.bytesPerSecond = undefined;
    expect((await done).totals).toMatchObject({ bytesFetched: size, bytesWasted: 0 });
    expect(told('retrying')).toHaveLength(1);
    // No request was sent over a connection that had been kept, and was as dark.
    expect(hub.count({ when: ({ status }) => status === undefined })).toBe(0);
  });

  it.each([
    ['files are listed', { kind: 'tree' as const, requests: 3, mostTries: 1 }],
    ['small files come', { kind: 'resolve' as const, requests: 60, mostTries: 4 }],
  ])('that forgets its connections while %s costs those in use one try', async (_, { kind, requests, mostTries }) => {
    const names = Array.from({ length: 200 }, (_, n) => `file-${n}.txt`);
    const files = Object.fromEntries(names.map((name, n) => [name, { size: 1000, seed: n }]));
    hub = closing(await startHub({ repos: [repoWith({ id: 'org/name', files })], pageSize: 20, latencyMs: 10 }));
    const { done, told } = start({ stallTimeoutMs: 1_000, headersTimeoutMs: 1_000 });
    await hub.waitFor(() => hub.count({ kind }) >= requests);
    hub.forgetConnections();
    expect((await done).totals).toMatchObject({ bytesFetched: 200_000, bytesWasted: 0 });
    expect(told('retrying').length).toBeLessThanOrEqual(mostTries);
    // None was spent on a connection that had been kept, and was as dark.
    expect(hub.count({ when: ({ status }) => status === undefined })).toBeLessThanOrEqual(mostTries);
  });

  it('that is dark for a while, but not for a stall timeout, goes on where it was', async () => {
    await serve(24 * MB, { bytesPerSecond: 2 * MB });
    const { done, told, replacements } = start({ stallTimeoutMs: 10_000 });
    await hubHasSent(6 * MB);
    hub.blackout = true;
    await setTimeout(3_000);
    hub.blackout = false;
    expect((await done).totals).toMatchObject({ bytesFetched: size, bytesWasted: 0 });
    expect([...told('retrying'), ...replacements()]).toEqual([]);
  });

  it('that is dark for longer, for new connections too, loses nothing that had arrived', async () => {
    await serve(24 * MB, { bytesPerSecond: 2 * MB });
    const { done } = start({ stallTimeoutMs: 1_000, headersTimeoutMs: 1_000, retries: 8 });
    await hubHasSent(6 * MB);
    hub.blackout = true;
    await setTimeout(2_500);
    hub.blackout = false;
    expect((await done).totals).toMatchObject({ bytesFetched: size, bytesWasted: 0 });
  });

  it('whose rate falls to a fiftieth, and comes back, keeps its connections', async () => {
    await serve(24 * MB, { bytesPerSecond: 2 * MB });
    const { done, told, replacements } = start({ stallTimeoutMs: 6_000 });
    await hubHasSent(6 * MB);
    hub.bytesPerSecond = (2 * MB) / 50;
    await setTimeout(3_000);
    hub.bytesPerSecond = 2 * MB;
    expect((await done).totals).toMatchObject({ bytesFetched: size, bytesWasted: 0 });
    expect([...told('retrying'), ...replacements()]).toEqual([]);
  });

  it.each([
    ['ends', { closeAfter: 200_000 }],
    ['is reset', { resetAfter: 200_000 }],
  ])('that %s after every 200 kB brings the file, and hardly anything of it twice', async (_, effect) => {
    await serve(10 * MB);
    hub.fault({ match: cdn, times: Infinity, ...effect });
    const { done, told } = start({ retries: 2 });
    const { totals } = await done;
    expect(totals.retries).toBeGreaterThan(0);
    expect(totals.retries).toBe(told('retrying').length);
    expect(totals.bytesWasted).toBeLessThan(size / 20);
    if ('closeAfter' in effect) expect(hub.bytesSent() - size).toBeLessThan(size / 20);
  });
});

it('a read that waits for a rate limit is not taken for a dark one beside others that flow', async () => {
  size = 6 * MB;
  const files = { 'model.bin': { size, lfs: true, seed: 1 }, 'other.bin': { size: 3 * MB, lfs: true, seed: 2 } };
  hub = closing(await startHub({ repos: [repoWith({ id: 'org/name', files })], bytesPerSecond: 500_000 }));
  hub.fault({ match: { kind: 'resolve', path: 'other.bin' }, status: 429, retryAfter: 3 });
  const { done, told, replacements } = start({ stallTimeoutMs: 3_000 });
  expect((await done).complete).toBe(true);
  expect(told('waiting')).toMatchObject([{ reason: 'rate-limit' }]);
  expect(replacements()).toEqual([]);
});

it('a server that ignores ranges and cuts every body at 200 kB ends with exit 5, after as many tries as there are', async () => {
  await serve(5 * MB);
  hub.fault({ match: cdn, times: Infinity, ignoreRange: true, closeAfter: 200_000 });
  await expect(start({ retries: 2 }).done).rejects.toMatchObject({ exitCode: 5 });
  expect(hub.count(cdn)).toBeLessThan(12);
});

it('an outage of ten minutes in the middle of a file costs ten minutes, and nothing else', async () => {
  await serve(4 * MB);
  const client = closing(clientFor(hub.endpoint, { retries: 2, retryForMs: 3_600_000 }));
  const outageMs = 600_000;
  hub.fault({ match: cdn, nth: 2, closeAfter: 300_000 });
  hub.fault({
    match: { when: () => hub.bytesSent() > MB && client.clock.ms < outageMs },
    beforeHeaders: 'reset',
    times: Infinity,
  });
  const { content } = hub.file('org/name', 'model.bin');
  const bytes = await content.read(0, size);
  const target = new FakeTarget(size);
  const engine = new Engine({ concurrency: fixedConcurrency(1), signal: noSignal });
  const result = await engine.transfer({
    path: 'model.bin',
    size,
    digests: [sha256Of(bytes)],
    source: client.source(model, commitHash(hub.head('org/name')), { path: 'model.bin', size }),
    target,
    retry: client.backoff('model.bin'),
  });
  expect(result).toEqual({ bytesResumed: 0, bytesFetched: size, bytesWasted: 0, failure: undefined });
  expect(target.bytes.equals(bytes)).toBe(true);
  expect(client.clock.ms).toBeLessThan(outageMs + 31_000);
  expect(client.clock.ms).toBeGreaterThanOrEqual(outageMs);
});
