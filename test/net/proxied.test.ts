import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Reached, exchange } from '../../src/net/exchange.js';
import type { Network } from '../../src/net/network.js';
import { readText } from '../../src/net/text-body.js';
import { type TestProxy, startHttpProxy, startSilentServer } from '../support/http-proxy.js';
import { startSocksProxy } from '../support/socks-server.js';
import { authorityFile, fileBytes, fixture, rawServer, respondPlainly } from './lane-server.js';
import { KeepingSink, laneTo } from './lane-support.js';
import { networkBy } from './network.js';
import { serve } from './server.js';

const tls = { key: readFileSync(fixture('server-key.pem')), cert: readFileSync(fixture('server.pem')) };
const account = { username: 'us:er', password: 'p@ss wörd 100%' };
const { signal } = new AbortController();

const proxies: readonly [kind: string, start: () => Promise<TestProxy>][] = [
  ['http', () => startHttpProxy({ account })],
  ['https', () => startHttpProxy({ tls })],
  ['socks5', () => startSocksProxy()],
  ['socks5h', () => startSocksProxy({ scheme: 'socks5h', account })],
];

/** Asks as undici does, not by the lane. */
function ask(url: URL, network: Network): Promise<Reached> {
  const request = { url, headers: { range: 'bytes=0-9' }, signal, credentials: 'none' as const };
  return exchange(laneTo(url, { network }).context, request);
}

const textOf = ({ body }: Reached): Promise<string> =>
  readText(body, { bytes: 1000, stallTimeoutMs: 5000, deadlineMs: 5000, signal });

describe.each(proxies)('a proxy of kind %s', (_, start) => {
  it.each(['http', 'https'])('leads to servers of %s', async (scheme) => {
    const server = await rawServer(respondPlainly, { tls: scheme === 'https' });
    const proxy = await start();
    const answer = await ask(server.url, networkBy(proxy.url, { certificateFile: authorityFile }));
    expect(answer.status).toBe(206);
    expect(await textOf(answer)).not.toBe('');
    expect(proxy.hosts).toEqual(new Set([server.url.host]));
  });

  it.each(['http', 'https'])(
    'is the way of the fast lane to servers of %s, or that does not go there',
    async (scheme) => {
      const server = await rawServer(respondPlainly, { tls: scheme === 'https' });
      const proxy = await start();
      const network = networkBy(proxy.url, { certificateFile: authorityFile });
      const { lane, read } = laneTo(server.url, { network });
      if (!lane.leadsTo(server.url)) return;
      for (const [from, to] of [[5, 300_000] as const, [300_000, 500_000] as const]) {
        const sink = new KeepingSink();
        expect(await read(from, to, { sink })).toEqual({ kind: 'brought' });
        expect(sink.bytes.equals(fileBytes(from, to))).toBe(true);
      }
      expect(server.sockets).toHaveLength(1);
      expect(proxy.hosts).toEqual(new Set([server.url.host]));
    },
  );
});

describe.each(['http', 'https', 'socks5'])('an %s proxy that is not there', (scheme) => {
  const proxy = `${scheme}://user:secret@127.0.0.1:9`;
  const url = new URL('https://hub.invalid/x');
  const message = 'cannot reach hub.invalid: through the proxy 127.0.0.1:9: connection refused';

  it('is named', async () => {
    await expect(ask(url, networkBy(proxy))).rejects.toThrow(message);
    await expect(laneTo(url, { proxy }).read(0, 10)).rejects.toThrow(message);
  });
});

describe('silence', () => {
  afterEach(() => vi.useRealTimers());

  /** Where a proxy stands that falls silent, and whether it has been asked. */
  interface Silent {
    readonly proxy: string;
    readonly url?: string;
    readonly isAsked: () => boolean;
  }
  const silentAs = (scheme: string) => async (): Promise<Silent> => {
    const server = await startSilentServer();
    return { proxy: `${scheme}://${server.host}`, isAsked: () => server.heard > 0 };
  };
  const places: readonly [place: string, start: () => Promise<Silent>][] = [
    ['of an http proxy after CONNECT', silentAs('http')],
    ['of an https proxy before its TLS', silentAs('https')],
    ['of a SOCKS proxy after the greeting', silentAs('socks5')],
    [
      'of a SOCKS proxy after the request',
      async () => {
        const { url: proxy, hosts } = await startSocksProxy({ isSilent: true });
        return { proxy, isAsked: () => hosts.size > 0 };
      },
    ],
    [
      'of a server behind the tunnel, before its TLS',
      async () => {
        const server = await startSilentServer();
        const { url: proxy } = await startHttpProxy();
        return { proxy, url: `https://${server.host}/x`, isAsked: () => server.heard > 0 };
      },
    ],
  ];

  it.each(places)('%s ends after 10 s, and the proxy is named', async (_, start) => {
    const { proxy, url = 'https://hub.invalid/x', isAsked } = await start();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const why = `through the proxy ${new URL(proxy).host}: connecting timed out`;
    const asked = [ask(new URL(url), networkBy(proxy)), laneTo(new URL(url), { proxy }).read(0, 10)];
    const failures = asked.map((each) =>
      expect(each).rejects.toMatchObject({ code: 'unreachable', why, retryable: true }),
    );
    await vi.waitUntil(isAsked);
    await vi.advanceTimersByTimeAsync(10_000);
    await Promise.all(failures);
  });

  it('of an http proxy that was given the request itself ends as that of a server', async () => {
    const server = await startSilentServer();
    const url = new URL('http://hub.invalid/x');
    const { context } = laneTo(url, { proxy: `http://${server.host}`, headersTimeoutMs: 50 });
    const asked = exchange(context, { url, headers: {}, signal, credentials: 'none' });
    await expect(asked).rejects.toMatchObject({ code: 'unreachable', why: 'no answer within 0.1 s' });
    expect(server.heard).toBeGreaterThan(0);
  });
});

describe('an account', () => {
  const withAccount = (url: string, user: string): string => url.replace(/\/\/(.*@)?/, `//${user}`);

  it.each(['http://hub.invalid/x', 'https://hub.invalid/x'])(
    'that an http proxy does not know: %s',
    async (address) => {
      const proxy = await startHttpProxy({ account });
      const asked = ask(new URL(address), networkBy(withAccount(proxy.url, 'me:secret@')));
      await expect(asked).rejects.toMatchObject({
        message: `cannot reach hub.invalid: through the proxy ${new URL(proxy.url).host}: it answered 407`,
        hint: expect.stringContaining('user and password') as string,
        retryable: false,
      });
    },
  );

  it.each([
    ['missing', ''],
    ['wrong', 'me:secret@'],
  ])('that is %s for a SOCKS proxy', async (_, given) => {
    const proxy = await startSocksProxy({ account });
    const asked = ask(new URL('http://hub.invalid/x'), networkBy(withAccount(proxy.url, given)));
    await expect(asked).rejects.toMatchObject({
      why: expect.stringMatching(/^through the proxy 127\.0\.0\.1:\d+: .*authentication/i) as string,
      hint: expect.stringContaining('user and password') as string,
      retryable: false,
    });
  });

  it('is sent to no server, nor to a proxy that is not asked', async () => {
    const server = await serve((_, response) => response.end('x'));
    const proxy = await startHttpProxy();
    const address = withAccount(proxy.url, 'me:secret@');
    await textOf(await ask(new URL(server.origin), networkBy(address)));
    await textOf(await ask(new URL(server.origin), networkBy(address, { noProxy: ['*'] })));
    expect(server.requests.map(({ headers }) => headers['proxy-authorization'])).toEqual([undefined, undefined]);
    expect(proxy.hosts.size).toBe(1);
  });
});

describe('SOCKS', () => {
  it.each(['socks5', 'socks5h', 'socks'] as const)('%s leaves the look-up of names to the proxy', async (scheme) => {
    const server = await serve((_, response) => response.end('found'));
    const url = new URL(server.origin.replace('127.0.0.1', 'hub.invalid'));
    const proxy = await startSocksProxy({ scheme });
    expect(await textOf(await ask(url, networkBy(proxy.url)))).toBe('found');
    expect(proxy.hosts).toEqual(new Set([url.host]));
  });

  it('says what the proxy says', async () => {
    const proxy = await startSocksProxy({ reply: 4 });
    const url = new URL('https://hub.invalid/x');
    const asked = ask(url, networkBy(proxy.url));
    await expect(asked).rejects.toMatchObject({
      why: expect.stringMatching(/^through the proxy 127\.0\.0\.1:\d+: .*host unreachable/i) as string,
      retryable: true,
    });
    expect(await laneTo(url, { proxy: proxy.url }).read(0, 10)).toEqual({ kind: 'declined', status: undefined });
  });
});

describe('a redirect', () => {
  it('to a host that NO_PROXY covers is followed directly', async () => {
    const server = await serve((_, response) => response.end('found'));
    const proxy = await serve(({ url = '' }, response) =>
      response.writeHead(302, { location: server.origin }).end(url),
    );
    const network = networkBy(proxy.origin, { noProxy: ['127.0.0.0/8'] });
    expect(await textOf(await ask(new URL('http://hub/x'), network))).toBe('found');
    expect(proxy.requests.map(({ url }) => url)).toEqual(['http://hub/x']);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    'http://127.0.0.1:1/',
    'http://localhost:1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::1]:1/',
  ])('of a public hub to %s, which is this machine or its cloud, is not followed', async (location) => {
    const proxy = await serve((_, response) => response.writeHead(302, { location }).end());
    const asked = ask(new URL('http://hub.example/x'), networkBy(proxy.origin));
    await expect(asked).rejects.toMatchObject({ code: 'bad-redirect', exitCode: 6 });
    expect(proxy.requests).toHaveLength(1);
  });

  it('from http to https changes to the proxy for https', async () => {
    const server = await rawServer(respondPlainly, { tls: true });
    const forHttp = await serve((_, response) => response.writeHead(302, { location: server.url.href }).end());
    const forHttps = await startSocksProxy();
    const network = networkBy(forHttp.origin, { httpsProxy: forHttps.url, certificateFile: authorityFile });
    expect((await ask(new URL('http://hub/x'), network)).status).toBe(206);
    expect(forHttps.hosts).toEqual(new Set([server.url.host]));
  });
});
