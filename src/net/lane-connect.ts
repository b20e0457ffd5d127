import { type ConnectOpts, type Socket, connect, isIP } from 'node:net';
import { type ConnectionOptions, type SecureContext, connect as connectTls } from 'node:tls';
import { abortReason } from '../errors.js';
import { ClosedByPeer, LaneConnection } from './lane-connection.js';
import type { BlockStore } from './lane-memory.js';
import { HeadReader } from './response-head.js';

/** Whom to connect to, and by which way. */
export interface LaneRoute {
  /** Of the server; only its origin counts. */
  readonly url: URL;
  /** Asked for a tunnel (RFC 9110 9.3.6). */
  readonly proxy: URL | undefined;
}

export interface LaneConnecting {
  readonly blocks: BlockStore;
  /** One for all connections: to make one is dear. */
  readonly tls: () => SecureContext;
  /** Of an earlier connection to the same server. */
  readonly session: Buffer | undefined;
  /** A session that a later connection may take up. */
  readonly onSession: (session: Buffer) => void;
  /** Told of each socket as soon as there is one. */
  readonly onSocket: (socket: Socket) => void;
  readonly signal: AbortSignal;
}

/** The proxy answered something other than a tunnel. */
export class NoTunnel extends Error {
  override readonly name = 'NoTunnel';
}

/**
 * Makes a connection: TCP, the proxy's tunnel, TLS.
 *
 * @throws NoTunnel; the socket's own error; the signal's reason
 */
export async function connectLane({ url, proxy }: LaneRoute, connecting: LaneConnecting): Promise<LaneConnection> {
  const isSecure = url.protocol === 'https:';
  const server = { host: hostOf(url), port: portOf(url) };
  const tunnel = proxy === undefined ? undefined : await openTunnel(proxy, server, connecting);
  let ready: Promise<void> = Promise.resolve();
  const connection = new LaneConnection(connecting.blocks, (lane) => {
    const onread: ConnectOpts['onread'] = {
      buffer: () => lane.memory.space(),
      callback: (bytes) => {
        lane.filled(bytes);
        return true;
      },
    };
    const socket = isSecure ? secure({ ...server, onread, tunnel }, connecting) : connect({ ...server, onread });
    connecting.onSocket(socket);
    // Node reads into memory of ours only on sockets that it opens itself.
    if (tunnel !== undefined) socket.on('data', (chunk: Buffer) => copyInto(lane, chunk));
    socket.on('error', (error) => lane.broke(error));
    socket.on('end', () => lane.destroy(new ClosedByPeer()));
    socket.on('close', () => lane.broke(new ClosedByPeer()));
    ready = reached(socket, connecting.signal, (done) => socket.once(isSecure ? 'secureConnect' : 'connect', done));
    return socket;
  });
  await ready;
  return connection;
}

function secure(
  {
    host,
    port,
    onread,
    tunnel,
  }: { host: string; port: number; onread: ConnectOpts['onread']; tunnel?: Socket | undefined },
  { tls, session, onSession }: LaneConnecting,
): Socket {
  const options: ConnectionOptions & ConnectOpts = {
    host,
    port,
    onread,
    secureContext: tls(),
    ALPNProtocols: ['http/1.1'],
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(session === undefined ? {} : { session }),
    ...(tunnel === undefined ? {} : { socket: tunnel }),
  };
  return connectTls(options).on('session', onSession);
}

async function openTunnel(
  proxy: URL,
  { host, port }: { host: string; port: number },
  { onSocket, signal }: LaneConnecting,
): Promise<Socket> {
  const socket = connect({ host: hostOf(proxy), port: portOf(proxy) });
  onSocket(socket);
  // Later on TLS, which is told too, speaks for both.
  socket.on('error', () => undefined);
  await reached(socket, signal, (done) => socket.once('connect', done));
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const head = [`CONNECT ${authority} HTTP/1.1`, `host: ${authority}`, ...authorization(proxy), '', ''];
  socket.write(head.join('\r\n'), 'latin1');
  await reached(socket, signal, (done) => {
    const reader = new HeadReader();
    socket.on('data', (piece: Buffer) => {
      const answer = reader.take(piece);
      if (answer === undefined) return;
      socket.removeAllListeners('data').pause();
      // A server of TLS does not speak first.
      const isTunnel = answer !== 'odd' && answer.head.status === 200 && answer.bytes === piece.byteLength;
      if (isTunnel) done();
      else socket.destroy(new NoTunnel());
    });
  });
  return socket;
}

function authorization({ username, password }: URL): string[] {
  if (username === '' && password === '') return [];
  const account = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return [`proxy-authorization: Basic ${Buffer.from(account).toString('base64')}`];
}

/** Resolves when a socket has come so far as `watch` waits for; one that does not is destroyed. */
function reached(socket: Socket, signal: AbortSignal, watch: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError).off('close', onClose);
      settle();
    };
    const onError = (error: Error): void => end(() => reject(error));
    const onClose = (): void => end(() => reject(new ClosedByPeer()));
    const onAbort = (): void => {
      end(() => reject(abortReason(signal)));
      socket.destroy();
    };
    socket.once('error', onError).once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    watch(() => end(resolve));
    if (signal.aborted) onAbort();
  });
}

/** Node does not take the brackets of an IPv6 address. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** For a tunnel alone, where Node allocates what it reads. */
function copyInto(lane: LaneConnection, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.byteLength;) {
    const space = lane.memory.space();
    const part = chunk.subarray(at, at + space.byteLength);
    space.set(part);
    lane.filled(part.byteLength);
    at += part.byteLength;
  }
}
