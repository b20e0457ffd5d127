// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- declares modules that have no types of their own
/// <reference path="./undici-parts.d.ts" />
import type { Dispatcher } from 'undici';
import Agent from 'undici/lib/dispatcher/agent.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import { UsageError } from '../errors.js';

/** The sockets of a run. */
export interface Sockets {
  readonly dispatcher: Dispatcher;
  /** Host and port of the proxy; undefined where there is none. */
  readonly proxy: string | undefined;
  /** True in the one turn of the event loop in which a request is put on a connection that was opened for it. */
  readonly justConnected: boolean;
  /** Ends the connections that are kept without a request; what is under way goes on. */
  closeIdle(): void;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

/** DNS, TCP and TLS together. */
export const connectTimeoutMs = 10_000;

/**
 * Opens as many connections as there are requests under way: who asks bounds them.
 *
 * @throws UsageError  the proxy is no http or https address
 */
export function createSockets({ proxy }: { proxy: string | undefined }): Sockets {
  let justConnected = false;
  const options = {
    allowH2: false,
    keepAliveTimeout: 30_000,
    keepAliveMaxTimeout: 60_000,
    maxHeaderSize: 64 * 1024,
    pipelining: 1,
    // Ours are exact to the ms and tell more: see ask.ts and stall-watch.ts.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: connectTimeoutMs },
  };
  const pools = new Set<Dispatcher>();
  const factory = (origin: string | URL, poolOptions: object): Dispatcher => {
    const pool = new Pool(origin, { ...options, ...poolOptions }).on('connect', () => {
      // undici writes the waiting request before the next microtask runs.
      justConnected = true;
      queueMicrotask(() => (justConnected = false));
    });
    pools.add(pool);
    return pool;
  };
  const proxyUrl = proxy === undefined ? undefined : parseProxy(proxy);
  const newDispatcher = (): Dispatcher =>
    proxyUrl === undefined
      ? new Agent({ ...options, factory })
      : new ProxyAgent({
          ...options,
          factory,
          uri: proxyUrl.href,
          // As curl and Python do: a tunnel for https, the whole address in the request line for http.
          proxyTunnel: false,
          requestTls: { timeout: connectTimeoutMs },
          proxyTls: { timeout: connectTimeoutMs },
        });
  let dispatcher = newDispatcher();
  return {
    get dispatcher() {
      return dispatcher;
    },
    proxy: proxyUrl?.host,
    get justConnected() {
      return justConnected;
    },
    closeIdle() {
      const closing = [...pools];
      const done = dispatcher.close();
      dispatcher = newDispatcher();
      void done.then(() => closing.forEach((pool) => pools.delete(pool)));
    },
    close: async () => {
      // An agent that was closed has let go of its pools, also of those with a request under way.
      await Promise.all([dispatcher, ...pools].map((each) => each.destroy()));
    },
  };
}

function parseProxy(proxy: string): URL {
  const url = URL.canParse(proxy) ? new URL(proxy) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  if (url?.protocol.startsWith('socks') === true) {
    throw new UsageError(`proxy ${url.protocol}//${url.host}: SOCKS proxies are not supported`, {
      hint: 'Name an http or https proxy.',
    });
  }
  throw new UsageError('the proxy is not an http or https address', { hint: 'Write it as http://host:port.' });
}
