import type { Socket } from 'node:net';
import { abortReason } from '../errors.js';
import { connectTimeoutMs } from './connector.js';
import { HubUnreachable } from './errors.js';
import { connectLane } from './lane-connect.js';
import type { LaneConnection } from './lane-connection.js';
import { BlockStore } from './lane-memory.js';
import type { Network } from './network.js';
import { NoTunnel } from './proxy-errors.js';
import { byWayOf, unreachable } from './unreachable.js';

/** How long a connection without a request is kept. */
export const longestIdleMs = 30_000;

/** The connections of the fast lane, by origin. */
export class LanePool {
  readonly #network: Network;
  readonly #blocks = new BlockStore();
  readonly #sockets = new Set<Socket>();
  /** The one used last comes last, and is used first: it is the least likely to have been closed. */
  readonly #idle = new Map<string, IdleConnection[]>();
  readonly #sessions = new Map<string, Buffer>();

  constructor(network: Network) {
    this.#network = network;
  }

  /** A connection to the server of `url` that nobody uses. */
  takeIdle({ origin }: URL): LaneConnection | undefined {
    const idle = this.#idle.get(origin)?.pop();
    if (idle === undefined) return undefined;
    clearTimeout(idle.timer);
    idle.connection.listen(undefined);
    idle.connection.wake();
    return idle.connection;
  }

  /** @throws HubUnreachable; NoTunnel; or the signal's `abortReason` */
  async connect(url: URL, signal: AbortSignal): Promise<LaneConnection> {
    const { host, origin } = url;
    const limit = new AbortController();
    const onAbort = (): void => limit.abort(abortReason(signal));
    const proxy = this.#network.proxyFor(url)?.host;
    const why = byWayOf(proxy, 'connecting timed out');
    const onTimeout = (): void => limit.abort(new HubUnreachable({ host, why }));
    const timer = setTimeout(onTimeout, connectTimeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await connectLane(url, {
        network: this.#network,
        blocks: this.#blocks,
        session: this.#sessions.get(origin),
        onSession: (session) => this.#sessions.set(origin, session),
        onSocket: (socket) => this.#watch(socket),
        signal: limit.signal,
      });
    } catch (error) {
      // It may be the session that the server does not like.
      this.#sessions.delete(origin);
      if (error instanceof NoTunnel || error instanceof HubUnreachable || signal.aborted) throw error;
      if (!(error instanceof Error)) throw error;
      throw unreachable(error, { host, proxy });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Takes a connection whose answer has come to its end, for the next one; ends it after `idleMs`. */
  keep({ origin }: URL, connection: LaneConnection, idleMs: number): void {
    if (idleMs === 0 || !connection.isOpen) {
      connection.destroy(new Error('not kept'));
      return;
    }
    const timer = setTimeout(() => connection.destroy(new Error('idle for too long')), idleMs).unref();
    const siblings = this.#idle.get(origin) ?? [];
    const idle = { connection, timer };
    this.#idle.set(origin, siblings);
    siblings.push(idle);
    connection.rest();
    connection.listen({
      arrived: (bytes) => {
        // Nobody has asked for anything.
        connection.destroy(new Error('not asked for'));
        return bytes;
      },
      closed: () => {
        clearTimeout(timer);
        siblings.splice(siblings.indexOf(idle), 1);
      },
    });
  }

  /** Ends the connections that nobody uses. */
  closeIdle(): void {
    const kept = [...this.#idle.values()].flat();
    for (const { connection } of kept) connection.destroy(new Error('perhaps as dark as another one'));
  }

  /** Ends all connections at once. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

interface IdleConnection {
  readonly connection: LaneConnection;
  readonly timer: NodeJS.Timeout;
}
