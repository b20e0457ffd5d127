import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type TLSSocket, createServer as createTlsServer } from 'node:tls';
import { closing } from './server.js';

export const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);

/** The authority that has signed the certificate of `rawServer`. */
export const authorityFile = fixture('authority.pem');

/** One request as it came, and the connection that it came over, both counted from 1. */
export interface RawRequest {
  readonly n: number;
  readonly connection: number;
  readonly text: string;
  readonly socket: Socket;
}

export interface RawServer {
  readonly url: URL;
  readonly requests: RawRequest[];
  readonly sockets: Socket[];
}

/** A server that answers with bytes, not with HTTP. */
export async function rawServer(
  answer: (request: RawRequest) => void,
  { tls = false }: { tls?: boolean } = {},
): Promise<RawServer> {
  const sockets: Socket[] = [];
  const requests: RawRequest[] = [];
  const take = (socket: Socket): void => {
    sockets.push(socket);
    const connection = sockets.length;
    let text = '';
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (!text.endsWith('\r\n\r\n')) return;
        const request = { n: requests.length + 1, connection, text, socket };
        text = '';
        requests.push(request);
        answer(request);
      });
  };
  const server = tls
    ? createTlsServer(
        {
          key: readFileSync(fixture('server-key.pem')),
          cert: readFileSync(fixture('server.pem')),
          ALPNProtocols: ['h2', 'http/1.1'],
        },
        take,
      )
    : createServer(take);
  const port = await listening(server, sockets);
  return { url: new URL(tls ? `https://localhost:${port}/x` : `http://127.0.0.1:${port}/x`), requests, sockets };
}

/** A proxy that opens tunnels, or answers otherwise. Keeps the heads that it was sent. */
export async function tunnelProxy(answer = 'HTTP/1.1 200 Connection established\r\n\r\n') {
  const sockets: Socket[] = [];
  const heads: string[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket
      .on('error', () => undefined)
      .once('data', (chunk) => {
        const head = chunk.toString('latin1');
        heads.push(head);
        const [, host = '', port = ''] = /^CONNECT (\S+):(\d+) /.exec(head) ?? [];
        const server = connect(Number(port), host, () => {
          socket.write(answer);
          socket.pipe(server).pipe(socket);
        });
        server.on('error', () => undefined);
        sockets.push(server);
      });
  });
  const port = await listening(server, sockets);
  return { url: `http://user:p%40ss@127.0.0.1:${port}`, heads };
}

/** What was asked for. */
export function rangeOf({ text }: RawRequest): { start: number; end: number } {
  const [, first, last] = /\r\nrange: bytes=(\d+)-(\d+)\r\n/.exec(text) ?? [];
  return { start: Number(first), end: Number(last) + 1 };
}

/** The byte of the served file at an offset. */
export function fileBytes(start: number, end: number): Buffer {
  return Buffer.from(Array.from({ length: end - start }, (_, n) => ((start + n) * 31 + ((start + n) >> 8)) & 255));
}

/** Answers as a good server does. */
export function respondPlainly(request: RawRequest): void {
  const range = rangeOf(request);
  const body = fileBytes(range.start, range.end);
  request.socket.write(Buffer.concat([Buffer.from(plainHead(range, 1_000_000_000)), body]));
}

/** The answer that the fast lane takes. */
export function plainHead({ start, end }: { start: number; end: number }, size: number, ...fields: string[]): string {
  const range = [`Content-Length: ${end - start}`, `Content-Range: bytes ${start}-${end - 1}/${size}`];
  return ['HTTP/1.1 206 Partial Content', ...range, ...fields, '', ''].join('\r\n');
}

/** Listens until the running test is over. @returns the port */
export async function listening(server: Server, sockets: readonly (Socket | TLSSocket)[]): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
