import { type Socket, connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type HostAndPort, hostAndPort } from './address.js';
import { accountOf, isSocks, proxyAuthorization } from './proxies.js';
import { NoTunnel, ProxyUnreachable } from './proxy-errors.js';
import { reached } from './reached.js';
import { HeadReader } from './response-head.js';
import { askSocks } from './socks.js';
import type { Trust } from './trust.js';

export interface TunnelRequest {
  /** http, https or SOCKS 5. */
  readonly proxy: URL;
  /** The proxy looks its name up. */
  readonly server: HostAndPort;
  readonly trust: () => Trust;
  /** Told of each socket as soon as there is one. */
  readonly onSocket: (socket: Socket) => void;
  readonly signal: AbortSignal;
}

/**
 * Opens a way through a proxy to a server: TCP, TLS where the proxy speaks it, `CONNECT` (RFC 9110 9.3.6) or SOCKS 5
 * (RFC 1928). The socket is paused.
 *
 * @throws NoTunnel, ProxyUnreachable; the signal's `abortReason`
 */
export async function openTunnel(request: TunnelRequest): Promise<Socket> {
  const { proxy, server, signal } = request;
  try {
    const socket = await connectToProxy(request);
    if (isSocks(proxy)) await throughSocks(socket, request);
    else await throughConnect(socket, { proxy, server, signal });
    return socket;
  } catch (error) {
    if (error instanceof NoTunnel || signal.aborted || !(error instanceof Error)) throw error;
    throw new ProxyUnreachable(error);
  }
}

async function connectToProxy({ proxy, trust, onSocket, signal }: TunnelRequest): Promise<Socket> {
  const { host, port } = hostAndPort(proxy);
  const isSecure = proxy.protocol === 'https:';
  const socket = isSecure
    ? connectTls({
        host,
        port,
        ...trust(),
        ALPNProtocols: ['http/1.1'],
        ...(isIP(host) === 0 ? { servername: host } : {}),
      })
    : connect({ host, port });
  onSocket(socket);
  // Later on what runs through the tunnel, which is told too, speaks for both.
  socket.on('error', () => undefined);
  await reached(socket, signal, (done) => socket.once(isSecure ? 'secureConnect' : 'connect', done));
  return socket;
}

async function throughConnect(
  socket: Socket,
  { proxy, server: { host, port }, signal }: Pick<TunnelRequest, 'proxy' | 'server' | 'signal'>,
): Promise<void> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const fields = Object.entries({ host: authority, ...proxyAuthorization(proxy) }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  socket.write([`CONNECT ${authority} HTTP/1.1`, ...fields, '', ''].join('\r\n'), 'latin1');
  await reached(socket, signal, (done) => {
    const reader = new HeadReader();
    socket.on('data', (piece: Buffer) => {
      const answer = reader.take(piece);
      if (answer === undefined) return;
      socket.removeAllListeners('data').pause();
      const status = answer === 'odd' ? undefined : answer.head.status;
      // A server does not speak first.
      if (answer !== 'odd' && status === 200 && answer.bytes === piece.byteLength) done();
      else socket.destroy(refusedTunnel(status));
    });
  });
}

function refusedTunnel(status: number | undefined): NoTunnel {
  const isTunnel = status === undefined || status === 200;
  return new NoTunnel(isTunnel ? 'no HTTP there' : `it answered ${status}`, { wantsAccount: status === 407 });
}

async function throughSocks(socket: Socket, { proxy, server, signal }: TunnelRequest): Promise<void> {
  const account = accountOf(proxy);
  await reached(socket, signal, (done) => askSocks(socket, { server, account, done }));
}
