import { type ConnectOpts, type Socket, connect, isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { type HostAndPort, hostAndPort } from './address.js';
import { ClosedByPeer, LaneConnection } from './lane-connection.js';
import type { BlockStore } from './lane-memory.js';
import type { Network } from './network.js';
import { reached } from './reached.js';
import { openTunnel } from './tunnel.js';

export interface LaneConnecting {
  readonly blocks: BlockStore;
  readonly network: Network;
  /** Of an earlier connection to the same server. */
  readonly session: Buffer | undefined;
  /** A session that a later connection may take up. */
  readonly onSession: (session: Buffer) => void;
  /** Told of each socket as soon as there is one. */
  readonly onSocket: (socket: Socket) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes a connection: TCP, the proxy's tunnel, TLS.
 *
 * @param url  of the server; only its origin counts
 * @throws NoTunnel, ProxyUnreachable; the socket's own error; the signal's reason
 */
export async function connectLane(url: URL, connecting: LaneConnecting): Promise<LaneConnection> {
  const { network, onSocket, signal } = connecting;
  const { proxyFor, trust } = network;
  const isSecure = url.protocol === 'https:';
  const server = hostAndPort(url);
  const proxy = proxyFor(url);
  const tunnel = proxy === undefined ? undefined : await openTunnel({ proxy, server, trust, onSocket, signal });
  let ready: Promise<void> = Promise.resolve();
  const connection = new LaneConnection(connecting.blocks, (lane) => {
    const onread: ConnectOpts['onread'] = {
      buffer: () => lane.memory.space(),
      callback: (bytes) => {
        lane.filled(bytes);
        return true;
      },
    };
    const socket = isSecure
      ? secure({ ...server, onread, tunnel }, connecting)
      : (tunnel ?? connect({ ...server, onread }));
    if (socket !== tunnel) onSocket(socket);
    // Node reads into memory of ours only on sockets that it opens itself.
    if (tunnel !== undefined) socket.on('data', (chunk: Buffer) => copyInto(lane, chunk)).resume();
    socket.on('error', (error) => lane.broke(error));
    socket.on('end', () => lane.destroy(new ClosedByPeer()));
    socket.on('close', () => lane.broke(new ClosedByPeer()));
    if (socket !== tunnel) {
      ready = reached(socket, signal, (done) => socket.once(isSecure ? 'secureConnect' : 'connect', done));
    }
    return socket;
  });
  await ready;
  return connection;
}

function secure(
  { host, port, onread, tunnel }: HostAndPort & { onread: ConnectOpts['onread']; tunnel: Socket | undefined },
  { network, session, onSession }: LaneConnecting,
): Socket {
  const options: ConnectionOptions & ConnectOpts = {
    host,
    port,
    onread,
    ...network.trust(),
    ALPNProtocols: ['http/1.1'],
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(session === undefined ? {} : { session }),
    ...(tunnel === undefined ? {} : { socket: tunnel }),
  };
  return connectTls(options).on('session', onSession);
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
