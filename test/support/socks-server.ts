import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';
import { type Account, type TestProxy, inAddress, joinFates, listening } from './http-proxy.js';

interface SocksOptions {
  readonly account?: Account;
  /** What it answers instead of opening a way (RFC 1928 6). */
  readonly reply?: number;
  /** It greets, and never answers what it is asked for. */
  readonly isSilent?: true;
  readonly scheme?: 'socks5' | 'socks5h' | 'socks';
}

const version = 5;
const noAccount = 0;
const byAccount = 2;
const notAcceptable = 255;

/** A SOCKS 5 proxy for the running test (RFC 1928, 1929). It alone knows names that end in `.invalid`: all are loopback. */
export async function startSocksProxy({
  account,
  reply = 0,
  isSilent,
  scheme = 'socks5',
}: SocksOptions = {}): Promise<TestProxy> {
  const hosts = new Set<string>();
  const sockets = new Set<Socket>();

  async function serve(socket: Socket): Promise<void> {
    const [, methodCount = 0] = await take(socket, 2);
    const methods = await take(socket, methodCount);
    const method = account === undefined ? noAccount : byAccount;
    if (!methods.includes(method)) {
      socket.end(Buffer.from([version, notAcceptable]));
      return;
    }
    socket.write(Buffer.from([version, method]));
    if (account !== undefined) {
      const [, userBytes = 0] = await take(socket, 2);
      const username = (await take(socket, userBytes)).toString();
      const [passwordBytes = 0] = await take(socket, 1);
      const password = (await take(socket, passwordBytes)).toString();
      const isKnown = username === account.username && password === account.password;
      socket.write(Buffer.from([1, isKnown ? 0 : 1]));
      if (!isKnown) {
        socket.end();
        return;
      }
    }
    const [, , , addressType = 0] = await take(socket, 4);
    const host = await takeHost(socket, addressType);
    const port = (await take(socket, 2)).readUInt16BE();
    hosts.add(`${host}:${port}`);
    if (isSilent) return;
    const answer = Buffer.from([version, reply, 0, 1, 0, 0, 0, 0, 0, 0]);
    if (reply !== 0) {
      socket.end(answer);
      return;
    }
    const upstream = connect(port, host.endsWith('.invalid') ? '127.0.0.1' : host, () => {
      socket.write(answer);
      upstream.pipe(socket).pipe(upstream);
    });
    joinFates(upstream, socket, sockets);
  }

  const server = createServer((socket) => {
    serve(socket.on('error', () => undefined)).catch(() => socket.destroy());
  });
  const port = await listening(server, sockets);
  return { url: `${scheme}://${inAddress(account)}127.0.0.1:${port}`, hosts };
}

async function takeHost(socket: Socket, addressType: number): Promise<string> {
  if (addressType === 1) return (await take(socket, 4)).join('.');
  if (addressType !== 3) throw new Error(`no tests with addresses of type ${addressType}`);
  const [length = 0] = await take(socket, 1);
  return (await take(socket, length)).toString();
}

/** So many bytes, as soon as they are there. */
async function take(socket: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const taken = socket.read(bytes) as Buffer | null;
    if (taken !== null) return taken;
    await once(socket, 'readable');
  }
}
