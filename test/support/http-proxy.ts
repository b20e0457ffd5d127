import { type IncomingMessage, type RequestListener, createServer, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, type Server, type Socket, connect, createServer as createTcpServer } from 'node:net';
import { onTestFinished } from 'vitest';

export interface TestProxy {
  /** With the account, percent-encoded, where it has one. */
  readonly url: string;
  /** For whom it was asked: `host:port`. */
  readonly hosts: Set<string>;
}

export interface Account {
  readonly username: string;
  readonly password: string;
}

interface HttpProxyOptions {
  /** Whoever does not give it gets a 407. */
  readonly account?: Account;
  /** Speaks TLS itself. */
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
}

/** An HTTP proxy for the running test (RFC 9110 7.6, 9.3.6). */
export async function startHttpProxy({ account, tls }: HttpProxyOptions = {}): Promise<TestProxy> {
  const hosts = new Set<string>();
  const secret = account === undefined ? undefined : Buffer.from(`${account.username}:${account.password}`);
  const isKnown = ({ headers }: IncomingMessage): boolean =>
    secret === undefined || headers['proxy-authorization'] === `Basic ${secret.toString('base64')}`;

  const forward: RequestListener = (incoming, response) => {
    if (!isKnown(incoming)) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic' }).end();
      return;
    }
    const url = new URL(incoming.url ?? '');
    hosts.add(url.host);
    const headers = { ...incoming.headers };
    delete headers['proxy-authorization'];
    const outgoing = request(url, { method: incoming.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
    outgoing.once('error', () => response.destroy());
  };
  const server = tls === undefined ? createServer(forward) : createTlsServer(tls, forward);

  const sockets = new Set<Socket>();
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    if (!isKnown(incoming)) {
      socket
        .on('error', () => undefined)
        .end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const { host, hostname, port } = new URL(`http://${incoming.url ?? ''}`);
    hosts.add(host);
    const upstream = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    joinFates(upstream, socket, sockets);
  });
  const port = await listening(server, sockets);
  return { url: `http${tls === undefined ? '' : 's'}://${inAddress(account)}127.0.0.1:${port}`, hosts };
}

/** What takes connections for the running test, and whatever comes over them, and never says a word. `heard`: bytes. */
export async function startSilentServer(): Promise<{ readonly host: string; heard: number }> {
  const server = { host: '', heard: 0 };
  const port = await listening(
    createTcpServer((socket) => {
      socket.on('error', () => undefined).on('data', ({ byteLength }) => (server.heard += byteLength));
    }),
    new Set(),
  );
  server.host = `127.0.0.1:${port}`;
  return server;
}

/** `user:password@`, percent-encoded. */
export function inAddress(account: Account | undefined): string {
  if (account === undefined) return '';
  return `${encodeURIComponent(account.username)}:${encodeURIComponent(account.password)}@`;
}

/** What ends one of the two ends the other, too. Both are noted in `sockets`. */
export function joinFates(one: Socket, other: Socket, sockets: Set<Socket>): void {
  for (const end of [one, other]) {
    sockets.add(end);
    end.once('error', () => undefined).once('close', () => [one, other].forEach((socket) => socket.destroy()));
  }
}

/** Listens on loopback until the running test is over. @returns the port */
export async function listening(server: Server, sockets: Set<Socket>): Promise<number> {
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}
