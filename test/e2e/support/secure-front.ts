import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { Hub } from '../../support/hub-server/server.js';
import { joinFates, listening } from '../../support/http-proxy.js';

const fixture = (name: string): string => join(import.meta.dirname, '..', '..', 'net', 'fixtures', name);

/** Who has signed the certificate of `serveSecurely`. */
export const authorityFile = fixture('authority.pem');

/** TLS in front of a hub, for the running test. */
export async function serveSecurely(hub: Hub): Promise<{ origin: string; connections: () => number }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const { hostname, port } = new URL(hub.endpoint);
  const options = { key: readFileSync(fixture('server-key.pem')), cert: readFileSync(fixture('server.pem')) };
  const server = createServer(options, (socket) => {
    const upstream = connect(Number(port), hostname);
    joinFates(upstream, socket, sockets);
    upstream.pipe(socket).pipe(upstream);
  });
  server.on('connection', () => (connections += 1)).on('tlsClientError', () => undefined);
  return { origin: `https://localhost:${await listening(server, sockets)}`, connections: () => connections };
}
