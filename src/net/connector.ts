// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- declares modules that have no types of their own
/// <reference path="./undici-parts.d.ts" />
import type { buildConnector } from 'undici';
import undiciConnector from 'undici/lib/core/connect.js';
import { hostAndPort } from './address.js';
import type { Network } from './network.js';
import { ProxyUnreachable } from './proxy-errors.js';
import { openTunnel } from './tunnel.js';

/** DNS, TCP and TLS together. */
export const connectTimeoutMs = 10_000;

type Connector = buildConnector.connector;

/** Opens undici's connections to servers: directly, or through a tunnel. `signal` ends tunnels that are being opened. */
export function serverConnector(network: Network, signal: AbortSignal): Connector {
  const direct = directConnector(network);
  return (options, callback) => {
    const url = new URL(`${options.protocol}//${options.host ?? options.hostname}`);
    const proxy = network.proxyFor(url);
    if (proxy === undefined) {
      direct(options, callback);
      return;
    }
    const timeout = AbortSignal.timeout(connectTimeoutMs);
    openTunnel({
      proxy,
      server: hostAndPort(url),
      trust: network.trust,
      onSocket: () => undefined,
      signal: AbortSignal.any([signal, timeout]),
    }).then(
      (socket) => {
        if (url.protocol === 'https:') direct({ ...options, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      (error: unknown) => callback(timeout.aborted || !(error instanceof Error) ? timedOut() : error, null),
    );
  };
}

/** Opens undici's connections to proxies that are given the requests themselves. */
export function forwarderConnector(network: Network): Connector {
  const direct = directConnector(network);
  // Without `servername`: undici takes that of the request's own header, which names the server.
  return ({ hostname, protocol, port }, callback) => {
    direct({ hostname, host: hostname, protocol, port }, (error, socket) => {
      if (error === null) callback(null, socket);
      else callback(new ProxyUnreachable(error), null);
    });
  };
}

function directConnector({ trust }: Network): Connector {
  const plain = undiciConnector({ timeout: connectTimeoutMs });
  let secure: Connector | undefined;
  return (options, callback) => {
    if (options.protocol !== 'https:') {
      plain(options, callback);
      return;
    }
    secure ??= undiciConnector({ timeout: connectTimeoutMs, ...trust() });
    secure(options, callback);
  };
}

function timedOut(): Error {
  return Object.assign(new Error('connecting to the proxy timed out'), { code: 'ETIMEDOUT' });
}
