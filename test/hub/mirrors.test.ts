import { describe, expect, it } from 'vitest';
import type { HubEvent } from '../../src/events.js';
import type { HubSettings } from '../../src/hub/client.js';
import type { Source } from '../../src/transfer/source.js';
import { closing, serve } from '../net/server.js';
import { repoWith } from '../support/hub-server/repos.js';
import { type Hub, startHub } from '../support/hub-server/server.js';
import { Collector, type TestClient, clientFor, commitHash, model, noSignal } from './support.js';

const nobody = 'http://127.0.0.1:9';
const size = 300_000;
const bytes = Buffer.from(Array.from({ length: size }, (_, n) => (n * 7 + (n >> 8)) & 0xff));
const files = { 'config.json': '{}', 'model.bin': { content: bytes, lfs: true } };

const hubWith = async (some: Parameters<typeof repoWith>[0]['files'] = files): Promise<Hub> =>
  closing(await startHub({ repos: [repoWith({ id: 'org/name', files: some })], pageSize: 1 }));

const clientOf = (endpoints: readonly string[], settings: Partial<HubSettings> = {}): TestClient =>
  closing(clientFor(endpoints, settings));

const resolve = (client: TestClient, name = 'org/name') =>
  client.resolveRevision({ type: 'model', name }, 'main', { signal: noSignal });

const sourceOf = (client: TestClient, hub: Hub, path = 'model.bin', listed = size): Source =>
  client.source(model, commitHash(hub.head('org/name')), { path, size: listed });

async function read(source: Source, start = 0, end = size): Promise<Buffer> {
  const sink = new Collector();
  await source.read({ start, end }, sink, noSignal);
  return sink.bytesFrom(start);
}

const told = (client: TestClient, type: HubEvent['type']) => client.events.filter((event) => event.type === type);
const warnings = (client: TestClient) =>
  client.events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));

describe('commit and listing', () => {
  it('come from the first endpoint alone while it answers', async () => {
    const [first, second] = [await hubWith(), await hubWith()];
    const client = clientOf([first.endpoint, second.endpoint]);
    const { commit } = await resolve(client);
    expect((await client.listTree(model, commit, { signal: noSignal })).files).toHaveLength(2);
    expect(second.requests).toEqual([]);
    expect(client.events.filter(({ type }) => type !== 'detail')).toEqual([]);
  });

  it('come from the next one when the first is down, which is told once and spends no try', async () => {
    const second = await hubWith();
    const client = clientOf([nobody, second.endpoint], { retries: 0 });
    const { commit } = await resolve(client);
    expect(commit).toBe(second.head('org/name'));
    expect((await client.listTree(model, commit, { signal: noSignal })).files).toHaveLength(2);
    expect(client.events.filter(({ type }) => type === 'warning')).toEqual([
      { type: 'warning', code: 'endpoint-failed', message: expect.stringContaining(`${nobody} failed`) as string },
    ]);
    expect(client.clock.slept).toEqual([]);
  });

  it.each([
    ['500', { status: 500 }],
    ['429', { status: 429, retryAfter: 60 }],
    ['a reset', { beforeHeaders: 'reset' as const }],
    ['JSON that makes no sense', { json: { sha: 'x' } }],
  ])('come from the next one after %s', async (_, fault) => {
    const [first, second] = [await hubWith(), await hubWith()];
    first.fault({ ...fault, times: 100 });
    const client = clientOf([first.endpoint, second.endpoint], { retries: 0 });
    expect((await resolve(client)).commit).toBe(second.head('org/name'));
    expect(client.clock.slept).toEqual([]);
    await resolve(client);
    expect(first.requests).toHaveLength(1);
  });

  it('don’t wait for the patience of one while another one has only failed for a moment', async () => {
    const [first, second] = [await hubWith(), await hubWith()];
    first.fault({ status: 429, retryAfter: 600, times: 100 });
    second.fault({ status: 503, times: 2 });
    const client = clientOf([first.endpoint, second.endpoint]);
    expect((await resolve(client)).commit).toBe(second.head('org/name'));
    expect(client.clock.ms).toBeLessThan(100_000);
    expect(first.requests).toHaveLength(1);
  });

  it('come from the next one after a web page, and the liar is dropped', async () => {
    const [first, second] = [await hubWith(), await hubWith()];
    first.fault({ captivePortal: true });
    const client = clientOf([first.endpoint, second.endpoint]);
    expect((await resolve(client)).commit).toBe(second.head('org/name'));
    expect(client.droppedEndpoints()).toEqual([{ endpoint: first.endpoint, why: 'sent a web page' }]);
    expect(warnings(client)).toEqual(['endpoint-dropped']);
  });

  it('a 404 of the first endpoint that answers is the answer', async () => {
    const [first, second] = [closing(await startHub()), await hubWith()];
    await expect(resolve(clientOf([first.endpoint, second.endpoint]))).rejects.toMatchObject({ exitCode: 3 });
    expect(second.requests).toEqual([]);
  });

  it('a listing whose endpoint fails half-way begins anew at the next, and goes on where it was when asked again', async () => {
    const [first, second] = [await hubWith(), await hubWith()];
    const client = clientOf([first.endpoint, second.endpoint]);
    const { commit } = await resolve(client);
    first.fault({ match: { kind: 'tree' }, nth: 2, status: 500 });
    second.fault({ match: { kind: 'tree' }, nth: 2, status: 500, times: 100 });
    const counts: number[] = [];
    const onPage = (count: number) => counts.push(count);
    expect((await client.listTree(model, commit, { signal: noSignal, onPage })).files).toHaveLength(2);
    expect(first.count({ kind: 'tree' })).toBe(3);
    expect(counts).toEqual([1, 2]);
  });

  it('a mirror that does not have the commit yet is no answer while the one that named it may come back', async () => {
    const [first, second] = [await hubWith(), closing(await startHub())];
    const client = clientOf([first.endpoint, second.endpoint]);
    const { commit } = await resolve(client);
    first.fault({ match: { kind: 'tree' }, status: 500 });
    expect((await client.listTree(model, commit, { signal: noSignal })).files).toHaveLength(2);
  });

  it('an endpoint that does not answer leaves the others time, where all of it is bounded', async () => {
    const [first, second] = [await hubWith(), await hubWith()];
    first.fault({ beforeHeaders: 'hang', times: 100 });
    const client = clientOf([first.endpoint, second.endpoint]);
    const looked = client.resolveRevision(model, 'main', { signal: noSignal, deadlineMs: 4000 });
    expect((await looked).commit).toBe(second.head('org/name'));
  });

  it('3 tries of all endpoints tell that nobody is there', async () => {
    const client = clientOf([nobody, 'http://127.0.0.1:10']);
    await expect(resolve(client)).rejects.toMatchObject({ code: 'unreachable', exitCode: 5 });
    expect(told(client, 'retrying')).toHaveLength(2);
  });

  it('an outage is when no endpoint answers: then no try is spent', async () => {
    const hub = await hubWith();
    const client = clientOf([nobody, hub.endpoint], { retries: 0, retryForMs: 600_000 });
    await resolve(client);
    expect(told(client, 'waiting')).toEqual([]);
    hub.fault({ beforeHeaders: 'reset', times: 3 });
    await resolve(client);
    expect(told(client, 'waiting')).toHaveLength(1);
    expect(told(client, 'waited')).toHaveLength(1);
    expect(told(client, 'retrying')).toEqual([]);
  });
});

describe('the token', () => {
  it('goes to the endpoints that may have it, and to no other', async () => {
    const users = [{ token: 'hf_x', name: 'user' }];
    const repos = [repoWith({ id: 'org/name', files })];
    const [first, second, third] = [await hubWith(), await hubWith(), closing(await startHub({ repos, users }))];
    for (const hub of [first, second]) hub.fault({ status: 500, times: 100 });
    const client = clientOf([], {
      token: 'hf_x',
      endpoints: [first, second, third].map(({ endpoint: url }, index) => ({ url, sendsToken: index !== 1 })),
    });
    await resolve(client);
    const sent = [first, second, third].map((hub) => hub.requests[0]?.headers.authorization);
    expect(sent).toEqual(['Bearer hf_x', undefined, 'Bearer hf_x']);
  });

  it('does not follow a redirect from one endpoint to another, be it marked or not', async () => {
    const second = await hubWith();
    const first = await serve((request, response) =>
      response.writeHead(307, { location: `${second.endpoint}${request.url ?? ''}` }).end(),
    );
    const endpoints = [first.origin, second.endpoint].map((url) => ({ url, sendsToken: true }));
    await resolve(clientOf([], { token: 'hf_x', endpoints }));
    expect(first.requests[0]?.headers.authorization).toBe('Bearer hf_x');
    expect(second.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe('the bytes of a file', () => {
  it('come from the first endpoint alone while it gives them', async () => {
    const [first, second] = [await hubWith(), await hubWith()];
    const source = sourceOf(clientOf([first.endpoint, second.endpoint]), first);
    expect((await read(source)).equals(bytes)).toBe(true);
    expect(second.requests).toEqual([]);
  });

  it('go on at the next endpoint, within one read, where the first one breaks off', async () => {
    const [first, second] = [await hubWith(), await hubWith()];
    first.fault({ match: { kind: 'cdn' }, closeAfter: 100_000, times: 100 });
    const client = clientOf([first.endpoint, second.endpoint]);
    expect((await read(sourceOf(client, first))).equals(bytes)).toBe(true);
    expect(second.bytesSent()).toBe(size - 100_000);
    // It has brought much, and so comes first again.
    expect(warnings(client)).toEqual([]);
  });

  it.each([
    ['is down', { beforeHeaders: 'reset' as const }, 'endpoint-failed'],
    ['fails', { status: 502 }, 'endpoint-failed'],
    ['asks for patience', { status: 429, retryAfter: 600 }, 'endpoint-failed'],
    ['sends a login page', { captivePortal: true as const }, 'endpoint-dropped'],
  ])('come from the next when the first %s, and later files at once', async (_, fault, code) => {
    const [first, second] = [await hubWith(), await hubWith()];
    first.fault({ ...fault, times: 100 });
    const client = clientOf([first.endpoint, second.endpoint]);
    expect((await read(sourceOf(client, first))).equals(bytes)).toBe(true);
    expect(warnings(client)).toEqual([code]);
    const asked = first.requests.length;
    await read(sourceOf(client, first, 'config.json', 2), 0, 2);
    expect(first.requests).toHaveLength(asked);
    expect(client.clock.slept).toEqual([]);
  });

  it('don’t wait for the patience of one while another one has only failed for a moment', async () => {
    const [first, second] = [await hubWith(), await hubWith()];
    first.fault({ status: 429, retryAfter: 600, times: 100 });
    second.fault({ status: 503, times: 3 });
    const client = clientOf([first.endpoint, second.endpoint]);
    const source = sourceOf(client, second);
    // Nobody could serve it: the next try is that of whoever drives the reads.
    await expect(read(source)).rejects.toMatchObject({ code: 'rate-limited' });
    expect((await read(source)).equals(bytes)).toBe(true);
    expect(client.clock.ms).toBeLessThan(100_000);
    expect(first.requests).toHaveLength(1);
  });

  it('come from the next when the first has another size, and it is dropped', async () => {
    const [mirror, hub] = [
      await hubWith({ ...files, 'model.bin': { content: bytes.subarray(1), lfs: true } }),
      await hubWith(),
    ];
    mirror
      .repo('org/name')
      .commits.set(hub.head('org/name'), mirror.repo('org/name').commits.get(mirror.head('org/name')) ?? new Map());
    const client = clientOf([mirror.endpoint, hub.endpoint]);
    expect((await read(sourceOf(client, hub))).equals(bytes)).toBe(true);
    const [dropped] = client.droppedEndpoints();
    expect(dropped).toMatchObject({ endpoint: mirror.endpoint, why: expect.stringContaining('instead of') as string });
  });

  it('a mirror that lacks one file is asked for the others', async () => {
    const [mirror, hub] = [await hubWith(), await hubWith()];
    mirror.fault({ match: { kind: 'resolve', path: 'model.bin' }, status: 404, times: 100 });
    const client = clientOf([mirror.endpoint, hub.endpoint]);
    const source = sourceOf(client, hub);
    await read(source, 0, 100);
    await read(source, 100, 200);
    await read(sourceOf(client, hub, 'config.json', 2), 0, 2);
    expect(mirror.count({ kind: 'resolve' })).toBe(2);
    expect(hub.count({ kind: 'resolve' })).toBe(1);
    expect(warnings(client)).toEqual([]);
  });

  it('the first endpoint’s 404 is the error when nobody has the file', async () => {
    const [first, second] = [await hubWith({}), closing(await startHub())];
    const source = sourceOf(clientOf([first.endpoint, second.endpoint]), first);
    const host = new URL(first.endpoint).host;
    await expect(read(source)).rejects.toMatchObject({ code: 'file-not-found', retryable: false });
    await expect(read(source)).rejects.toThrow(host);
    expect(second.requests).toHaveLength(1);
  });

  it('the first endpoint is asked again, although it was dropped, for what nobody else has', async () => {
    const [first, second] = [await hubWith(), closing(await startHub())];
    first.fault({ match: { kind: 'cdn' }, captivePortal: true });
    const source = sourceOf(clientOf([first.endpoint, second.endpoint]), first);
    await expect(read(source)).rejects.toMatchObject({ code: 'not-the-hub', retryable: true });
    expect((await read(source)).equals(bytes)).toBe(true);
  });

  it('a failure that another try may help is the error before one that it may not', async () => {
    const [first, second] = [await hubWith({}), await hubWith()];
    second.fault({ status: 500, times: 100 });
    const source = sourceOf(clientOf([first.endpoint, second.endpoint]), first);
    await expect(read(source)).rejects.toMatchObject({ code: 'server-error', retryable: true });
  });

  it('come in ranges from the next when the first sends only whole files', async () => {
    const [first, second] = [await hubWith(), await hubWith()];
    first.fault({ match: { kind: 'cdn' }, ignoreRange: true, times: 100 });
    const source = sourceOf(clientOf([first.endpoint, second.endpoint]), first);
    const sink = new Collector();
    await source.read({ start: 0, end: 100 }, sink, noSignal);
    expect(source.ignoresRanges).toBe(false);
    expect((await read(source, 100, 200)).equals(bytes.subarray(100, 200))).toBe(true);
    expect(second.bytesSent()).toBe(100);
  });
});
