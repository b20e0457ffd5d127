// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- declares modules that have no types of their own
/// <reference path="./undici-parts.d.ts" />
import type { Socket } from 'node:net';
import { Socks5Client } from 'undici/lib/core/socks5-client.js';
import type { HostAndPort } from './address.js';
import { NoTunnel } from './proxy-errors.js';

export interface SocksRequest {
  readonly server: HostAndPort;
  readonly account: { readonly username: string; readonly password: string } | undefined;
  /** The server is at the other end of the socket now, which is paused. */
  readonly done: () => void;
}

/**
 * Asks a SOCKS 5 proxy at the other end of a socket for a server (RFC 1928, 1929). What goes wrong destroys the socket, a
 * refusal with `NoTunnel`.
 */
export function askSocks(socket: Socket, { server: { host, port }, account, done }: SocksRequest): void {
  const client = new Socks5Client(socket, account);
  // Errors of the socket itself come here, too, and again later on; it is destroyed then already.
  client.on('error', (error) => socket.destroy(refusal(error)));
  client.once('authenticated', () => client.connect(host, port));
  client.once('connected', () => {
    socket.pause();
    done();
  });
  client.handshake();
}

const accountCodes = ['UND_ERR_SOCKS5_AUTH_REJECTED', 'UND_ERR_SOCKS5_AUTH_FAILED', 'UND_ERR_SOCKS5_AUTH_METHOD'];

function refusal(error: Error): NoTunnel {
  const code = 'code' in error ? String(error.code) : '';
  return new NoTunnel(error.message, { wantsAccount: accountCodes.includes(code) });
}
