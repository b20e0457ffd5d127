import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { HubSettings } from '../../src/hub/client.js';
import type { Source } from '../../src/transfer/source.js';
import { closing, serve } from '../net/server.js';
import { repoWith } from '../support/hub-server/repos.js';
import { startHub } from '../support/hub-server/server.js';
import { Collector, clientFor, commitHash, model, noSignal } from './support.js';

const size = 300_000;
const text = 'some text that is not large at all';
const bigBytes = Buffer.from(Array.from({ length: size }, (_, n) => (n * 7 + (n >> 8)) & 0xff));

async function setUp(settings: Partial<HubSettings> = {}) {
  const repo = repoWith({
    id: 'org/name',
    files: { 'a b/config.json': text, 'model.bin': { content: bigBytes, lfs: true } },
  });
  const hub = closing(await startHub({ repos: [repo] }));
  const client = closing(clientFor(hub.endpoint, settings));
  const commit = commitHash(hub.head('org/name'));
  const small = () => client.source(model, commit, { path: 'a b/config.json', size: text.length });
  const big = (listed = size) => client.source(model, commit, { path: 'model.bin', size: listed });
  return { hub, client, commit, small, big };
}

/** Reads a range and gives its bytes. */
async function read(source: Source, start: number, end: number, sink = new Collector()): Promise<Buffer> {
  await source.read({ start, end }, sink, noSignal);
  return sink.bytesFrom(start);
}

const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
const thirds = [0, 1, 2].map((n) => ({ start: (n * size) / 3, end: ((n + 1) * size) / 3 }));

describe('a file of the hub', () => {
  it('costs two requests when small, with the token and without HEAD', async () => {
    const { hub, small } = await setUp();
    expect((await read(small(), 0, text.length)).toString()).toBe(text);
    expect(hub.requests.map(({ kind, status, method }) => [kind, status, method])).toEqual([
      ['resolve', 307, 'GET'],
      ['resolve-cache', 206, 'GET'],
    ]);
  });

  it('is resolved once for all reads at a time, and then never again', async () => {
    const { hub, big } = await setUp();
    const source = big();
    const parts = await Promise.all(thirds.map(({ start, end }) => read(source, start, end)));
    expect(Buffer.concat(parts).equals(bigBytes)).toBe(true);
    expect((await read(source, 5, 10)).equals(bigBytes.subarray(5, 10))).toBe(true);
    expect(hub.count({ kind: 'resolve' })).toBe(1);
    expect(hub.count({ kind: 'cdn' })).toBe(4);
    expect(source.ignoresRanges).toBe(false);
  });

  it('asks for plain bytes of a range everywhere, and shows the token to the hub alone', async () => {
    const cdn = await serve((_, response) => response.writeHead(206).end('0123456789'));
    const hub = await serve((_, response) => response.writeHead(302, { location: cdn.origin }).end());
    const client = closing(clientFor(hub.origin, { token: 'hf_x' }));
    const source = client.source(model, commitHash('f'.repeat(40)), { path: 'x.bin', size: 100 });
    await read(source, 0, 10);
    await read(source, 10, 20);
    const plain = { range: 'bytes=0-9', 'accept-encoding': 'identity' };
    expect(hub.requests.map(({ headers }) => headers)).toMatchObject([{ ...plain, authorization: 'Bearer hf_x' }]);
    expect(cdn.requests.map(({ headers }) => headers)).toMatchObject([plain, { ...plain, range: 'bytes=10-19' }]);
    expect(cdn.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  it('names the origin that sent the bytes', async () => {
    const { hub, big } = await setUp();
    const sink = new Collector();
    await read(big(), 0, 10, sink);
    expect(sink.runs.map(({ origin }) => origin)).toEqual([hub.cdnOrigin]);
    expect(sink.arrivedBytes).toBe(10);
  });

  it('needs no request for no bytes', async () => {
    const { hub, big } = await setUp();
    await read(big(), 5, 5);
    expect(hub.requests).toEqual([]);
  });
});

describe('an address that expires', () => {
  it('is renewed once for all reads that meet it, in the same try', async () => {
    const { hub, client, big } = await setUp();
    const source = big();
    await read(source, 0, 10);
    hub.expireUrls();
    hub.clearRequests();
    const parts = await Promise.all(thirds.map(({ start, end }) => read(source, start, end)));
    expect(Buffer.concat(parts).equals(bigBytes)).toBe(true);
    expect(hub.count({ kind: 'resolve' })).toBe(1);
    expect(client.events.filter(({ type }) => type === 'retrying')).toEqual([]);
  });

  it('is an error when the new one is refused too', async () => {
    const { hub, big } = await setUp();
    const source = big();
    await read(source, 0, 10);
    hub.fault({ match: { kind: 'cdn' }, expired: true, times: 100 });
    hub.clearRequests();
    expect(await outcome(read(source, 10, 20))).toMatchObject({
      code: 'file-address-refused',
      exitCode: 5,
      retryable: true,
    });
    expect(hub.requests.map(({ kind }) => kind)).toEqual(['cdn', 'resolve', 'cdn']);
  });

  it('is looked up anew after its server was not reached', async () => {
    const { hub, big } = await setUp();
    const source = big();
    await read(source, 0, 10);
    hub.fault({ match: { kind: 'cdn' }, beforeHeaders: 'reset', times: 2 });
    const failed = await outcome(read(source, 10, 20));
    expect(failed).toMatchObject({ code: 'unreachable' });
    hub.clearRequests();
    await outcome(read(source, 10, 20));
    expect(hub.requests[0]?.kind).toBe('resolve');
  });

  it('shares a failing resolution among those who wait for it', async () => {
    const { hub, big } = await setUp();
    hub.fault({ match: { kind: 'resolve' }, status: 503, times: 100 });
    const source = big();
    const failures = await Promise.all(thirds.map(({ start, end }) => outcome(read(source, start, end))));
    expect(failures.map((error) => (error as { code: string }).code)).toEqual(Array(3).fill('server-error'));
    expect(hub.requests).toHaveLength(1);
  });

  it('is resolved by another read when the one that did so is called off', async () => {
    const { hub, big } = await setUp();
    const hanging = hub.fault({ match: { kind: 'resolve' }, beforeHeaders: 'hang' });
    const source = big();
    const calledOff = new AbortController();
    const first = outcome(source.read({ start: 0, end: 10 }, new Collector(), calledOff.signal));
    const second = read(source, 10, 20);
    await hub.waitFor(({ kind }) => kind === 'resolve');
    calledOff.abort();
    expect(await first).toMatchObject({ code: 'interrupted' });
    expect((await second).equals(bigBytes.subarray(10, 20))).toBe(true);
    hanging.release();
  });
});

describe('a server that ignores ranges', () => {
  it('brings the whole file from its first byte', async () => {
    const { hub, big } = await setUp();
    hub.fault({ match: { kind: 'cdn' }, ignoreRange: true, times: 100 });
    const source = big();
    const sink = new Collector();
    await source.read({ start: 100_000, end: 200_000 }, sink, noSignal);
    expect(source.ignoresRanges).toBe(true);
    expect(sink.bytesFrom(0).equals(bigBytes)).toBe(true);
  });

  it('serves one read; the others learn it and spend no try', async () => {
    const { hub, client, big } = await setUp();
    hub.fault({ match: { kind: 'cdn' }, ignoreRange: true, times: 100 });
    const source = big();
    const outcomes = await Promise.all(
      thirds.map((range) => outcome(source.read(range, new Collector(), noSignal).then(() => 'whole'))),
    );
    expect(outcomes.filter((one) => one === 'whole')).toHaveLength(1);
    const error = outcomes.find((one) => one !== 'whole');
    expect(error).toMatchObject({ code: 'range-ignored', retryable: true });
    expect(client.backoff('model.bin').failed(error)).toBe(0);
  });
});

describe('an answer that is wrong', () => {
  const cdn = { match: { kind: 'cdn' as const } };

  it.each([
    ['a shifted Content-Range', { shiftContentRangeBy: 1 }, 'wrong-content', 6],
    ['another total', { headers: { 'content-range': 'bytes 10-19/7' } }, 'wrong-size', 6],
    ['no range that makes sense', { headers: { 'content-range': 'items 1' } }, 'wrong-content', 6],
    ['416', { status: 416 }, 'wrong-size', 6],
    ['a compressed body', { gzip: true as const }, 'wrong-content', 6],
    ['a login page', { captivePortal: true as const }, 'not-the-hub', 5],
    ['an early end', { truncateTo: 4 }, 'cut-off', 5],
    ['a closed connection', { closeAfter: 4 }, 'cut-off', 5],
    ['a reset', { resetAfter: 4 }, 'cut-off', 5],
  ])('%s is worth another try', async (_, effect, code, exitCode) => {
    const { hub, big } = await setUp();
    const source = big();
    await read(source, 0, 10);
    const fault = hub.fault({ ...cdn, ...effect, times: 100 });
    expect(await outcome(read(source, 10, 20))).toMatchObject({ code, exitCode, retryable: true });
    fault.remove();
    expect((await read(source, 10, 20)).equals(bigBytes.subarray(10, 20))).toBe(true);
  });

  it('of a whole file is told by its length', async () => {
    const { hub, big } = await setUp();
    hub.fault({ ...cdn, ignoreRange: true });
    expect(await outcome(read(big(size + 1), 0, 10))).toMatchObject({ code: 'wrong-size', exitCode: 6 });
  });

  it('ends a stall, and keeps what came before it', async () => {
    const { hub, big } = await setUp({ stallTimeoutMs: 60 });
    hub.fault({ ...cdn, stallAfter: 1000 });
    const sink = new Collector();
    expect(await outcome(read(big(), 0, 10_000, sink))).toMatchObject({ code: 'cut-off' });
    expect(sink.bytesFrom(0).equals(bigBytes.subarray(0, 1000))).toBe(true);
  });

  it('may lack the headers that mirrors strip', async () => {
    const { hub, big } = await setUp();
    const stripped = { 'content-range': null, 'content-length': null, etag: null, 'x-repo-commit': null };
    hub.fault({ headers: stripped, times: 100 });
    expect((await read(big(), 10, 20)).equals(bigBytes.subarray(10, 20))).toBe(true);
  });
});

describe('a refusal', () => {
  it.each([
    ['private', { private: true }, 'repo-not-found', 3],
    ['gated', { gated: 'auto' as const }, 'gated', 4],
    ['disabled', { disabled: true }, 'disabled', 4],
  ])('of a %s repo is no reason to try again', async (_, about, code, exitCode) => {
    const repo = repoWith({ id: 'org/name', files: { a: '1' }, ...about });
    const hub = closing(await startHub({ repos: [repo] }));
    const source = closing(clientFor(hub.endpoint)).source(model, commitHash(hub.head('org/name')), {
      path: 'a',
      size: 1,
    });
    expect(await outcome(read(source, 0, 1))).toMatchObject({ code, exitCode, retryable: false });
    expect(hub.requests).toHaveLength(1);
  });

  it('of a file names it', async () => {
    const { client, commit } = await setUp();
    const source = client.source(model, commit, { path: 'no/such.bin', size: 1 });
    expect(await outcome(read(source, 0, 1))).toMatchObject({
      code: 'file-not-found',
      exitCode: 3,
      message: expect.stringContaining('"no/such.bin"') as string,
    });
  });

  it('never shows a signed address', async () => {
    const { hub, big } = await setUp();
    hub.fault({ match: { kind: 'cdn' }, status: 502, times: 100 });
    const error = await outcome(read(big(), 0, 10));
    expect(String(error)).toContain(hub.cdnOrigin);
    expect(String(error)).not.toMatch(/[?]|Signature/);
  });
});

describe('the fast lane', () => {
  type Answer = (request: IncomingMessage, response: ServerResponse) => void;

  const plain: Answer = ({ headers }, response) => {
    const [, first, last] = /bytes=(\d+)-(\d+)/.exec(headers.range ?? '') ?? [];
    const bytes = bigBytes.subarray(Number(first), Number(last) + 1);
    const contentRange = `bytes ${Number(first)}-${Number(last)}/${size}`;
    response.writeHead(206, { 'content-range': contentRange, 'content-length': bytes.byteLength }).end(bytes);
  };

  /** A file that is read in tens, one after the other; answered plainly, or by the answer for the nth request. */
  async function readTens(reads: number, odd: Readonly<Record<number, Answer>> = {}) {
    const hub = await serve((request, response, n) => (odd[n] ?? plain)(request, response));
    const client = closing(clientFor(hub.origin));
    const source = client.source(model, commitHash('f'.repeat(40)), { path: 'x.bin', size });
    const outcomes: unknown[] = [];
    for (let n = 0; n < reads; n += 1) {
      const tens = { start: 10 * n, end: 10 * n + 10 };
      const got = await outcome(read(source, tens.start, tens.end));
      outcomes.push(got instanceof Buffer ? got.equals(bigBytes.subarray(tens.start, tens.end)) : got);
    }
    const sockets = [...new Set(hub.requests.map(({ socket }) => socket))];
    return { client, outcomes, connections: hub.requests.map(({ socket }) => sockets.indexOf(socket)) };
  }

  it('is taken when the first answer was plain, and is kept to', async () => {
    expect(await readTens(4)).toMatchObject({ outcomes: [true, true, true, true], connections: [0, 1, 1, 1] });
  });

  it('is not taken when the first answer had no length', async () => {
    const chunked: Answer = (request, response) => {
      response.removeHeader('content-length');
      response.writeHead(206, { 'transfer-encoding': 'chunked' }).end(bigBytes.subarray(0, 10));
    };
    expect(await readTens(3, { 1: chunked })).toMatchObject({ outcomes: [true, true, true], connections: [0, 0, 0] });
  });

  it('is left after an odd answer there, in the same try and for good', async () => {
    const chunked: Answer = (_, response) =>
      response.writeHead(206, { 'transfer-encoding': 'chunked' }).end('nonsense');
    const { client, ...seen } = await readTens(5, { 3: chunked });
    expect(seen).toEqual({ outcomes: [true, true, true, true, true], connections: [0, 1, 1, 0, 0, 0] });
    expect(client.events.filter(({ type }) => type === 'retrying')).toEqual([]);
  });

  it('and the usual way keep no connection after one of theirs went dark', async () => {
    const hub = await serve((request, response, n) => {
      if (n !== 4) plain(request, response);
    });
    const client = closing(clientFor(hub.origin, { headersTimeoutMs: 200, stallTimeoutMs: 200 }));
    const source = client.source(model, commitHash('f'.repeat(40)), { path: 'x.bin', size });
    await read(source, 0, 10);
    await Promise.all([read(source, 10, 20), read(source, 20, 30)]);
    expect(await outcome(read(source, 30, 40))).toMatchObject({ code: 'unreachable' });
    await read(source, 30, 40);
    await read(source, 40, 50);
    const sockets = [...new Set(hub.requests.map(({ socket }) => socket))];
    const [, , , dark, ...later] = hub.requests.map(({ socket }) => sockets.indexOf(socket));
    expect([1, 2]).toContain(dark);
    expect(later).toEqual([3, 4]);
  });

  it('asks nobody again before the time that a rate limit names', async () => {
    const limited: Answer = (_, response) => response.writeHead(429, { 'retry-after': '40' }).end();
    const { client, outcomes } = await readTens(3, { 2: limited });
    expect(outcomes).toMatchObject([true, { code: 'rate-limited', retryAfter: 40 }, true]);
    expect(client.clock.slept).toEqual([40_000]);
  });
});
