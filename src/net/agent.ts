// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- declares modules that have no types of their own
/// <reference path="./undici-parts.d.ts" />
import type { Dispatcher, buildConnector } from 'undici';
import Agent from 'undici/lib/dispatcher/agent.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import { forwarderConnector, serverConnector } from './connector.js';
import type { Network } from './network.js';
import { isForwarded, proxyAuthorization } from './proxies.js';

/** The sockets of a run. */
export interface Sockets {
  /** Sends a GET, by the proxy where there is one for its address. */
  dispatch(request: { url: URL; headers: Readonly<Record<string, string>> }, handler: Dispatcher.DispatchHandler): void;
  /** Host and port of the proxy by which `url` is asked; undefined where there is none. */
  readonly proxyFor: (url: URL) => string | undefined;
  /** True in the one turn of the event loop in which a request is put on a connection that was opened for it. */
  readonly justConnected: boolean;
  /** Ends the connections that are kept without a request; what is under way goes on. */
  closeIdle(): void;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

/** Opens as many connections as there are requests under way: who asks bounds them. */
export function createSockets(network: Network): Sockets {
  let justConnected = false;
  const onConnect = (): void => {
    // undici writes the waiting request before the next microtask runs.
    justConnected = true;
    queueMicrotask(() => (justConnected = false));
  };
  const closed = new AbortController();
  const servers = new RenewedAgent(serverConnector(network, closed.signal), onConnect);
  const forwarders = new RenewedAgent(forwarderConnector(network), onConnect);
  return {
    dispatch: ({ url, headers }, handler) => {
      const proxy = network.proxyFor(url);
      const path = url.pathname + url.search;
      if (proxy === undefined || !isForwarded(url, proxy)) {
        servers.current.dispatch({ origin: url.origin, path, method: 'GET', headers: { ...headers } }, handler);
        return;
      }
      const proxyHeaders = { host: url.host, ...headers, ...proxyAuthorization(proxy) };
      forwarders.current.dispatch(
        { origin: proxy.origin, path: url.origin + path, method: 'GET', headers: proxyHeaders },
        handler,
      );
    },
    proxyFor: (url) => network.proxyFor(url)?.host,
    get justConnected() {
      return justConnected;
    },
    closeIdle: () => {
      servers.renew();
      forwarders.renew();
    },
    close: async () => {
      closed.abort();
      await Promise.all([servers.destroy(), forwarders.destroy()]);
    },
  };
}

/** An agent that can be replaced, which ends the connections that it keeps without a request. */
class RenewedAgent {
  readonly #connect: buildConnector.connector;
  readonly #onConnect: () => void;
  readonly #pools = new Set<Dispatcher>();
  #current: Dispatcher;

  constructor(connect: buildConnector.connector, onConnect: () => void) {
    this.#connect = connect;
    this.#onConnect = onConnect;
    this.#current = this.#create();
  }

  get current(): Dispatcher {
    return this.#current;
  }

  renew(): void {
    const closing = [...this.#pools];
    const done = this.#current.close();
    this.#current = this.#create();
    void done.then(() => closing.forEach((pool) => this.#pools.delete(pool)));
  }

  /** An agent that was closed has let go of its pools, also of those with a request under way. */
  async destroy(): Promise<void> {
    await Promise.all([this.#current, ...this.#pools].map((each) => each.destroy()));
  }

  #create(): Dispatcher {
    const options = {
      allowH2: false,
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 60_000,
      maxHeaderSize: 64 * 1024,
      pipelining: 1,
      // Ours are exact to the ms and tell more: see ask.ts and stall-watch.ts.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.#connect,
    };
    const factory = (origin: string | URL, poolOptions: object): Dispatcher => {
      const pool = new Pool(origin, { ...options, ...poolOptions }).on('connect', this.#onConnect);
      this.#pools.add(pool);
      return pool;
    };
    return new Agent({ ...options, factory });
  }
}
