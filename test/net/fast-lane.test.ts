import dns from 'node:dns';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FastLane } from '../../src/net/fast-lane.js';
import type { BodyRun } from '../../src/net/run-gatherer.js';
import { type RawRequest, fileBytes, plainHead, rangeOf, rawServer } from './lane-server.js';
import { KeepingSink, laneTo, size } from './lane-support.js';
import { networkBy } from './network.js';

/** Answers as a good server does; with these fields besides. */
const well =
  (...fields: string[]) =>
  (request: RawRequest): void => {
    const range = rangeOf(request);
    request.socket.write(
      Buffer.concat([Buffer.from(plainHead(range, size, ...fields)), fileBytes(range.start, range.end)]),
    );
  };

const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
const end = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));
const brought = { kind: 'brought' };

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a range', () => {
  it('comes whole, in order, with its count', async () => {
    const server = await rawServer(well());
    const sink = new KeepingSink();
    expect(await laneTo(server.url).read(1000, 3_001_000, { sink })).toEqual(brought);
    expect(sink.bytes.equals(fileBytes(1000, 3_001_000))).toBe(true);
    expect(sink.arrivedBytes).toBe(3_000_000);
  });

  it('is asked for with the headers of every request', async () => {
    const server = await rawServer(well());
    await laneTo(server.url).read(0, 10);
    expect(server.requests[0]?.text.split('\r\n')).toEqual([
      'GET /x HTTP/1.1',
      `host: ${server.url.host}`,
      'connection: keep-alive',
      'accept: */*',
      'user-agent: tester/1',
      'range: bytes=0-9',
      'accept-encoding: identity',
      '',
      '',
    ]);
  });

  it('is asked for with the token at the endpoint alone, and there only while it may go along', async () => {
    const server = await rawServer(well());
    const [home, abroad] = [laneTo(server.url, { endpoint: server.url.origin }), laneTo(server.url)];
    await home.read(0, 10, { credentials: 'endpoint' });
    await home.read(0, 10, { credentials: 'none' });
    await abroad.read(0, 10, { credentials: 'endpoint' });
    const tokens = server.requests.map(({ text }) => /\r\nauthorization: (.*)\r\n/.exec(text)?.[1]);
    expect(tokens).toEqual(['Bearer hf_secret', undefined, undefined]);
  });

  it('does not come faster than the sink takes it, and is no stall then', async () => {
    const server = await rawServer(well());
    let received = 0;
    let mostWaiting = 0;
    let written: () => void = () => undefined;
    let pending = 0;
    const sink = {
      runBytes: 100_000,
      runAgeMs: 250,
      arrived: (bytes: number) => void (received += bytes),
      write: ({ offset }: BodyRun) => {
        pending += 1;
        mostWaiting = Math.max(mostWaiting, received - offset);
        // The first write takes longer than a stall may.
        if (offset === 0) setTimeout(() => written(), 200);
        else setImmediate(() => written());
        return new Promise<void>((resolve) => {
          written = () => {
            pending -= 1;
            resolve();
          };
        });
      },
    };
    expect(await laneTo(server.url).read(0, 5_000_000, { sink, stallTimeoutMs: 60 })).toEqual(brought);
    expect(pending).toBe(0);
    expect(mostWaiting).toBeLessThan(2 * 100_000 + 256 * 1024);
  });

  it('goes directly, or through a tunnel', () => {
    const to = (proxy: string | undefined, url: string) => new FastLane(networkBy(proxy)).leadsTo(new URL(url));
    expect(to(undefined, 'http://x') && to(undefined, 'https://x') && to('socks5://p', 'http://x')).toBe(true);
    expect(to('http://p', 'https://x') && to('https://p', 'https://x') && to('socks5://p', 'https://x')).toBe(true);
    expect(to('http://p', 'http://x') || to('https://p', 'http://x')).toBe(false);
  });
});

describe('a connection', () => {
  it('serves one request after the other', async () => {
    const server = await rawServer(well());
    const { read } = laneTo(server.url);
    for (let n = 0; n < 50; n += 1) {
      const sink = new KeepingSink();
      await read(n * 20_000, (n + 1) * 20_000, { sink });
      expect(sink.bytes.equals(fileBytes(n * 20_000, (n + 1) * 20_000))).toBe(true);
    }
    expect(server.sockets).toHaveLength(1);
  });

  it('is made for each request at a time, and then kept', async () => {
    const server = await rawServer(well());
    const { read } = laneTo(server.url);
    await Promise.all([read(0, 9), read(9, 20), read(20, 30)]);
    await Promise.all([read(0, 9), read(9, 20), read(20, 30)]);
    expect(server.sockets).toHaveLength(3);
  });

  it.each([
    ['Connection: close', well('Connection: close')],
    ['a Keep-Alive that is over at once', well('Keep-Alive: timeout=1')],
    [
      'HTTP/1.0',
      (request: RawRequest): void => {
        const range = rangeOf(request);
        const head = plainHead(range, size).replace('HTTP/1.1', 'HTTP/1.0');
        request.socket.end(Buffer.concat([Buffer.from(head), fileBytes(range.start, range.end)]));
      },
    ],
  ])('is not used again after %s', async (_, answer) => {
    const server = await rawServer(answer);
    const { read } = laneTo(server.url);
    expect([await read(0, 10), await read(10, 20)]).toEqual([brought, brought]);
    expect(server.sockets).toHaveLength(2);
  });

  it('is replaced, once, when the server closes it just as it is used again', async () => {
    const server = await rawServer((request) => {
      if (request.n === 2) request.socket.destroy();
      else well()(request);
    });
    const { read } = laneTo(server.url);
    expect([await read(0, 10), await read(10, 20)]).toEqual([brought, brought]);
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
  });

  it('is not asked again when it was new', async () => {
    const server = await rawServer(({ socket }) => socket.destroy());
    expect(await outcome(laneTo(server.url).read(0, 10))).toMatchObject({
      code: 'unreachable',
      why: 'the connection was closed without an answer',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('that says something unasked is not used again', async () => {
    const server = await rawServer(well());
    const { read } = laneTo(server.url);
    await read(0, 10);
    const [socket] = server.sockets;
    socket?.write('HTTP/1.1 408 Request Timeout\r\n\r\n');
    if (socket !== undefined) await once(socket, 'close');
    expect(await read(10, 20)).toEqual(brought);
    expect(server.sockets).toHaveLength(2);
  });

  it('is ended where kept ones may be dark, unless it is in use', async () => {
    const server = await rawServer((request) => {
      if (request.n === 3) lane.closeIdle();
      well()(request);
    });
    const { lane, read } = laneTo(server.url);
    await Promise.all([read(0, 9), read(9, 20)]);
    expect(await read(20, 30)).toEqual(brought);
    expect(await Promise.all([read(30, 40), read(40, 50)])).toEqual([brought, brought]);
    expect(server.sockets).toHaveLength(3);
  });

  it('ends with the lane, whatever goes on there', async () => {
    const server = await rawServer((request) => {
      if (request.n === 1) well()(request);
      else lane.close();
    });
    const { lane, read } = laneTo(server.url);
    await read(0, 10);
    expect(await outcome(read(10, 20))).toMatchObject({ code: 'unreachable' });
  });
});

describe('an answer that is not plain', () => {
  const range = { start: 0, end: 10 };

  it.each([
    ['200', plainHead(range, size).replace('206', '200'), 200],
    ['403', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', 403],
    ['429', 'HTTP/1.1 429 Slow down\r\nContent-Length: 0\r\n\r\n', 429],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n', 302],
    ['1xx before it', `HTTP/1.1 100 Continue\r\n\r\n${plainHead(range, size)}`, 100],
    ['chunks', plainHead(range, size, 'Transfer-Encoding: chunked'), 206],
    ['another range', plainHead(range, size + 1), 206],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', undefined],
    ['a fold', plainHead(range, size, 'a: b', ' c'), undefined],
    ['no end', `HTTP/1.1 206 OK\r\n${'a: b\r\n'.repeat(20_000)}`, undefined],
  ])('brings nothing and ends the connection: %s', async (_, head, status) => {
    const closed: Promise<unknown>[] = [];
    const server = await rawServer(({ socket }) => {
      closed.push(end(socket));
      socket.write(`${head}0123456789`);
    });
    const sink = new KeepingSink();
    expect(await laneTo(server.url).read(0, 10, { sink })).toEqual({ kind: 'declined', status });
    expect(sink.arrivedBytes).toBe(0);
    expect(sink.bytes).toHaveLength(0);
    await Promise.all(closed);
  });

  it('may bring all and more than it: that is cut off', async () => {
    const server = await rawServer(({ socket }) => socket.write(`${plainHead(range, size)}0123456789abc`));
    const sink = new KeepingSink();
    expect(await laneTo(server.url).read(0, 10, { sink })).toEqual({ kind: 'overlong' });
    expect(sink.bytes.toString()).toBe('0123456789');
    expect(sink.arrivedBytes).toBe(10);
  });
});

describe('a failure', () => {
  it('of connecting names host and reason', async () => {
    expect(await outcome(laneTo(new URL('http://127.0.0.1:9/x')).read(0, 10))).toMatchObject({
      code: 'unreachable',
      message: 'cannot reach 127.0.0.1:9: connection refused',
      retryable: true,
    });
  });

  it('of looking a name up', async () => {
    vi.spyOn(dns, 'lookup').mockImplementation(() => undefined);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const failure = outcome(laneTo(new URL('http://hub.test/x')).read(0, 10));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await failure).toMatchObject({ code: 'unreachable', why: 'connecting timed out' });
    expect(dns.lookup).toHaveBeenCalled();
  });

  it('of answering in time, be it that headers drip', async () => {
    const server = await rawServer(({ socket }) => {
      socket.write('HTTP/1.1 206 OK\r\n');
      const drip = setInterval(() => socket.write('x: y\r\n'), 10);
      socket.once('close', () => clearInterval(drip));
    });
    const { read } = laneTo(server.url, { headersTimeoutMs: 100 });
    expect(await outcome(read(0, 10))).toMatchObject({ code: 'unreachable', why: 'no answer within 0.1 s' });
  });

  it('of answering in time', async () => {
    const server = await rawServer(() => undefined);
    const { read } = laneTo(server.url, { headersTimeoutMs: 50 });
    expect(await outcome(read(0, 10))).toMatchObject({ code: 'unreachable', why: 'no answer within 0.1 s' });
  });

  it.each([
    ['closed', ({ socket }: RawRequest) => void socket.end(), 'closed the connection after 500 bytes'],
    ['reset', ({ socket }: RawRequest) => void socket.resetAndDestroy(), 'reset the connection after 500 bytes'],
    ['silent', () => undefined, 'sent less than 1 KiB in 0.1 s after 500 bytes'],
  ])('in the middle of a body, %s, keeps what came', async (_, breakOff, why) => {
    const sink = new KeepingSink();
    const server = await rawServer((request) => {
      sink.arrived = () => breakOff(request);
      request.socket.write(Buffer.concat([Buffer.from(plainHead({ start: 0, end: 1000 }, size)), fileBytes(0, 500)]));
    });
    expect(await outcome(laneTo(server.url).read(0, 1000, { sink, stallTimeoutMs: 100 }))).toMatchObject({
      code: 'cut-off',
      why,
    });
    expect(sink.bytes.equals(fileBytes(0, 500))).toBe(true);
  });

  it('of the sink comes through, and ends the connection', async () => {
    const closed: Promise<unknown>[] = [];
    const server = await rawServer((request) => {
      closed.push(end(request.socket));
      well()(request);
    });
    const sink = new KeepingSink();
    sink.write = () => Promise.reject(new Error('disk full'));
    expect(await outcome(laneTo(server.url).read(0, 1_000_000, { sink }))).toEqual(new Error('disk full'));
    await Promise.all(closed);
  });

  it.each([
    ['the head', ''],
    ['the rest of the body', `${plainHead({ start: 0, end: 10 }, size)}01234`],
  ])('by being called off while it waits for %s', async (_, beginning) => {
    const calledOff = new AbortController();
    const closed: Promise<unknown>[] = [];
    const server = await rawServer(({ socket }) => {
      closed.push(end(socket));
      if (beginning === '') calledOff.abort();
      else socket.write(beginning);
    });
    const sink = new KeepingSink();
    sink.arrived = () => queueMicrotask(() => calledOff.abort());
    const { signal } = calledOff;
    expect(await outcome(laneTo(server.url).read(0, 10, { sink, signal }))).toMatchObject({ code: 'interrupted' });
    expect(sink.bytes.toString()).toBe(beginning === '' ? '' : '01234');
    await Promise.all(closed);
  });

  it('by being called off beforehand makes no connection', async () => {
    const server = await rawServer(well());
    const { read } = laneTo(server.url);
    expect(await outcome(read(0, 10, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'interrupted' });
    expect(server.sockets).toHaveLength(0);
  });
});

describe('what all requests of a run have in common', () => {
  it('is that an origin which asked for patience is left alone', async () => {
    const server = await rawServer(well());
    const { read, context, clock } = laneTo(server.url);
    context.throttle.hold(server.url, 40_000);
    expect(await read(0, 10)).toEqual(brought);
    expect(clock.slept).toEqual([40_000]);
  });

  it.each([
    ['429', 'Retry-After: 40'],
    ['429', 'RateLimit: "resolvers";r=0;t=39'],
    ['503', 'Retry-After: 40'],
  ])('is that an origin is left alone which answers one of them with %s and %s', async (status, field) => {
    const server = await rawServer(({ socket }) => {
      socket.end(`HTTP/1.1 ${status} Slow down\r\n${field}\r\nContent-Length: 0\r\n\r\n`);
    });
    const { read, context, clock } = laneTo(server.url);
    expect(await outcome(read(0, 10))).toMatchObject({ code: 'rate-limited', retryAfter: 40 });
    await context.throttle.pass(server.url, new AbortController().signal);
    expect(clock.slept).toEqual([40_000]);
    expect(server.sockets).toHaveLength(1);
  });

  it('is that the silence of the endpoint, and of nobody else, is an outage', async () => {
    const url = new URL('http://127.0.0.1:9/x');
    const retryForMs = 60_000;
    const forgiven = await outcome(laneTo(url, { endpoint: url.origin, retryForMs }).read(0, 10));
    const counted = await outcome(laneTo(url, { retryForMs }).read(0, 10));
    expect([forgiven, counted]).toMatchObject([{ spendsTry: false }, { spendsTry: true }]);
  });
});
