import dns from 'node:dns';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HubEvent } from '../../src/events.js';
import { createSockets } from '../../src/net/agent.js';
import { type ExchangeContext, type Reached, exchange } from '../../src/net/exchange.js';
import { Outage } from '../../src/net/outage.js';
import { readText } from '../../src/net/text-body.js';
import { Throttle } from '../../src/net/throttle.js';
import { InstantClock } from './instant-clock.js';
import { rawServer } from './lane-server.js';
import { networkBy } from './network.js';
import { closing, serve } from './server.js';

const { signal } = new AbortController();

interface Conversation {
  readonly context: ExchangeContext;
  readonly clock: InstantClock;
  readonly events: HubEvent[];
  readonly get: (url: string) => Promise<Reached>;
  readonly text: (url: string) => Promise<string>;
}

function converse(
  endpoint: string,
  { proxy, headersTimeoutMs = 5000 }: { proxy?: string; headersTimeoutMs?: number } = {},
): Conversation {
  const clock = new InstantClock();
  const events: HubEvent[] = [];
  const tell = (event: HubEvent): void => {
    events.push(event);
  };
  const context: ExchangeContext = {
    sockets: closing(createSockets(networkBy(proxy))),
    endpoint: new URL(endpoint),
    token: 'hf_secret',
    userAgent: 'tester/1',
    headersTimeoutMs,
    throttle: new Throttle({ clock, tell }),
    outage: new Outage({ retryForMs: 0, clock, tell }),
    contact: { answered: false },
    tell,
  };
  const get = (url: string) => exchange(context, { url: new URL(url), headers: {}, signal, credentials: 'endpoint' });
  return {
    context,
    clock,
    events,
    get,
    text: async (url) => readText((await get(url)).body, { bytes: 1000, stallTimeoutMs: 500, deadlineMs: 500, signal }),
  };
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('redirects', () => {
  it('keeps the token on the hub, and the query of a relative Location', async () => {
    const hub = await serve(({ url }, response) => {
      if (url === '/a/b?x=1') response.writeHead(307, { location: 'c?sig=%2F' }).end();
      else response.end(url);
    });
    expect(await converse(hub.origin).text(`${hub.origin}/a/b?x=1`)).toBe('/a/c?sig=%2F');
    expect(hub.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer hf_secret', 'Bearer hf_secret']);
    expect(hub.requests[0]?.headers['user-agent']).toBe('tester/1');
  });

  it('drops the token elsewhere, and does not take it up again on the way back', async () => {
    let home = '';
    const elsewhere = await serve((_, response) => response.writeHead(302, { location: `${home}/end` }).end());
    const hub = await serve(({ url }, response) => {
      if (url === '/end') response.end('here');
      else response.writeHead(302, { location: elsewhere.origin }).end();
    });
    home = hub.origin;
    const answer = await converse(hub.origin).get(`${hub.origin}/begin`);
    expect(answer.credentials).toBe('none');
    expect(elsewhere.requests[0]?.headers.authorization).toBeUndefined();
    expect(hub.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer hf_secret', undefined]);
  });

  it('counts another port of the same host as elsewhere', async () => {
    const cdn = await serve((_, response) => response.end());
    const hub = await serve((_, response) => response.writeHead(302, { location: cdn.origin }).end());
    await converse(hub.origin).get(hub.origin);
    expect(cdn.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('follows 10, not more', async () => {
    const hub = await serve(({ url }, response) => {
      const n = Number(url?.slice(1));
      if (n === 0) response.end('arrived');
      else response.writeHead(302, { location: `/${n - 1}` }).end();
    });
    const { text, get } = converse(hub.origin);
    expect(await text(`${hub.origin}/10`)).toBe('arrived');
    await expect(get(`${hub.origin}/11`)).rejects.toMatchObject({
      code: 'too-many-redirects',
      exitCode: 5,
      retryable: true,
    });
  });

  it.each([
    ['file:///etc/passwd', 'to file:'],
    ['http://', 'to nowhere'],
  ])('does not follow %s', async (location, why) => {
    const hub = await serve((_, response) => response.writeHead(302, { location }).end());
    await expect(converse(hub.origin).get(hub.origin)).rejects.toThrow(why);
  });
});

describe('failures', () => {
  it('names host and reason when nobody listens', async () => {
    const { get, context } = converse('http://127.0.0.1:9');
    await expect(get('http://127.0.0.1:9/secret?sig=1')).rejects.toMatchObject({
      code: 'unreachable',
      exitCode: 5,
      retryable: true,
      message: 'cannot reach 127.0.0.1:9: connection refused',
    });
    expect(context.contact.answered).toBe(false);
  });

  it('tells a reset before the headers, after one request', async () => {
    const hub = await serve(({ socket }) => socket.resetAndDestroy());
    await expect(converse(hub.origin).get(hub.origin)).rejects.toThrow('connection reset');
    expect(hub.requests).toHaveLength(1);
  });

  it('ends the wait for headers', async () => {
    const hub = await serve(() => undefined);
    const { get } = converse(hub.origin, { headersTimeoutMs: 50 });
    await expect(get(hub.origin)).rejects.toMatchObject({ code: 'unreachable', why: 'no answer within 0.1 s' });
  });

  it('ends the wait for headers that drip', async () => {
    const hub = await rawServer(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('x: y\r\n'), 10);
      socket.once('close', () => clearInterval(drip));
    });
    const { get } = converse(hub.url.origin, { headersTimeoutMs: 100 });
    await expect(get(hub.url.href)).rejects.toMatchObject({ code: 'unreachable', why: 'no answer within 0.1 s' });
  });

  it('ends the wait for a name that nobody looks up', async () => {
    vi.spyOn(dns, 'lookup').mockImplementation(() => undefined);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = converse('http://hub.test').get('http://hub.test/');
    const failure = expect(answer).rejects.toMatchObject({ code: 'unreachable', why: 'connecting timed out' });
    await vi.advanceTimersByTimeAsync(10_000);
    await failure;
    expect(dns.lookup).toHaveBeenCalled();
  });

  it('takes a new connection after a kept one gave no answer: the other kept ones may be as dark', async () => {
    const waiting: (() => void)[] = [];
    const hub = await serve((_, response, n) => {
      if (n === 3) return;
      waiting.push(() => response.end('ok'));
      if (n !== 1) for (const answer of waiting.splice(0)) answer();
    });
    const { text } = converse(hub.origin, { headersTimeoutMs: 100 });
    await Promise.all([text(hub.origin), text(hub.origin)]);
    await expect(text(hub.origin)).rejects.toMatchObject({ code: 'unreachable' });
    expect(await text(hub.origin)).toBe('ok');
    const [first, second, third, fourth] = hub.requests.map(({ socket }) => socket);
    expect([first, second]).toContain(third);
    expect([first, second]).not.toContain(fourth);
  });

  it('tells a server that speaks no HTTP', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    await expect(converse(origin).get(origin)).rejects.toThrow('no HTTP there');
    server.close();
  });

  it('takes another connection, once, when a kept one was closed by the server as it was used', async () => {
    const hub = await serve(({ socket, url }, response, n) => {
      if (n === 2) socket.destroy();
      else response.end(url);
    });
    const { text } = converse(hub.origin);
    await text(`${hub.origin}/1`);
    expect(await text(`${hub.origin}/2`)).toBe('/2');
    expect(hub.requests).toHaveLength(3);
    expect(hub.requests[1]?.socket).toBe(hub.requests[0]?.socket);
  });

  it('uses one connection for requests that follow each other', async () => {
    const hub = await serve(({ url }, response) => {
      if (url === '/1') response.writeHead(302, { location: '/2' }).end('see there');
      else response.end(url);
    });
    const { text } = converse(hub.origin);
    await text(`${hub.origin}/1`);
    await text(`${hub.origin}/1`);
    expect(new Set(hub.requests.map(({ socket }) => socket)).size).toBe(1);
  });

  it('waits for a rate limit that one request met before any other is made', async () => {
    const hub = await serve((_, response, n) => {
      if (n === 1) response.writeHead(429, { 'retry-after': '40' }).end();
      else response.end('ok');
    });
    const { get, text, clock, events } = converse(hub.origin);
    await expect(get(hub.origin)).rejects.toMatchObject({ code: 'rate-limited', retryAfter: 40, spendsTry: false });
    expect(await text(hub.origin)).toBe('ok');
    expect(clock.slept).toHaveLength(1);
    expect(events).toContainEqual(expect.objectContaining({ type: 'waiting', reason: 'rate-limit' }));
  });

  it.each([500, 502, 503, 504, 408])('takes %i as the server failing', async (status) => {
    const hub = await serve((_, response) => response.writeHead(status).end());
    await expect(converse(hub.origin).get(`${hub.origin}/a?sig=1`)).rejects.toMatchObject({
      code: 'server-error',
      retryable: true,
      message: `${hub.origin}/a answered ${status}`,
    });
  });

  it('never lets a body grow without end', async () => {
    const hub = await serve((_, response) => response.end(Buffer.alloc(2000)));
    await expect(converse(hub.origin).text(hub.origin)).rejects.toMatchObject({ code: 'wrong-length' });
  });

  it('ends a body that went silent', async () => {
    const hub = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('begin');
    });
    await expect(converse(hub.origin).text(hub.origin)).rejects.toMatchObject({ code: 'cut-off' });
  });

  it('ends a body that comes, but takes too long', async () => {
    const hub = await serve((_, response) => {
      const drip = setInterval(() => response.write('x'.repeat(2000)), 5);
      response.once('close', () => clearInterval(drip));
    });
    const { body } = await converse(hub.origin).get(hub.origin);
    const limits = { bytes: Infinity, stallTimeoutMs: 5000, deadlineMs: 200, signal };
    await expect(readText(body, limits)).rejects.toMatchObject({
      code: 'cut-off',
      why: expect.stringMatching(/^took too long after/) as string,
    });
  });

  it('stops waiting for an answer when it is called off', async () => {
    const calledOff = new AbortController();
    const hub = await serve(() => calledOff.abort());
    const { context } = converse(hub.origin);
    const request = { url: new URL(hub.origin), headers: {}, signal: calledOff.signal, credentials: 'none' as const };
    await expect(exchange(context, request)).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe('a public hub that sends us to this machine', () => {
  it('is not followed, and nobody here is asked', async () => {
    const service = await serve((_, response) => response.end('secret'));
    const proxy = await serve((_, response) => response.writeHead(302, { location: service.origin }).end());
    const { get } = converse('http://hub.example', { proxy: proxy.origin });
    await expect(get('http://hub.example/a')).rejects.toMatchObject({ code: 'bad-redirect', retryable: false });
    expect(service.requests).toEqual([]);
    expect(proxy.requests).toHaveLength(1);
  });
});

describe('a proxy', () => {
  it('is asked for plain http with the whole address', async () => {
    const proxy = await serve(({ url }, response) => response.end(url));
    const { text } = converse('http://hub.invalid', { proxy: proxy.origin });
    expect(await text('http://hub.invalid/a?b')).toBe('http://hub.invalid/a?b');
  });

  it('is named when it cannot be reached', async () => {
    const { get } = converse('http://hub.invalid', { proxy: 'http://127.0.0.1:9' });
    await expect(get('http://hub.invalid/')).rejects.toThrow('through the proxy 127.0.0.1:9: connection refused');
  });
});
