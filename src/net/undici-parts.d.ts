// The whole of undici takes 70 ms more to load than the parts that we use of it.
declare module 'undici/lib/dispatcher/agent.js' {
  import { Agent } from 'undici';
  export default Agent;
}
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export default Pool;
}
declare module 'undici/lib/core/connect.js' {
  import { buildConnector } from 'undici';
  export default buildConnector;
}
declare module 'undici/lib/core/socks5-client.js' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';
  /** The client's side of a handshake; without an account it offers none. */
  export class Socks5Client extends EventEmitter<{ authenticated: []; connected: []; error: [Error]; close: [] }> {
    constructor(socket: Socket, account?: { username: string; password: string });
    handshake(): void;
    connect(host: string, port: number): void;
  }
}
