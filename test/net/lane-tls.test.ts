import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { authorityFile, fileBytes, plainHead, rangeOf, rawServer, tunnelProxy } from './lane-server.js';
import { laneTo, size } from './lane-support.js';

const run = promisify(execFile);
const runner = join(import.meta.dirname, '..', 'support', 'run-typescript.mjs');
const downloader = join(import.meta.dirname, 'lane-downloader.ts');
const bytes = 3_000_000;
const sha256 = createHash('sha256').update(fileBytes(0, bytes)).digest('hex');
const brought = { kind: 'brought', sha256 };

/** A TLS server that keeps its connections, or closes each after its answer. */
async function secureServer(...fields: string[]) {
  const body = fileBytes(0, bytes);
  const handshakes: unknown[] = [];
  const server = await rawServer(
    (request) => {
      handshakes.push(facts(request.socket));
      const { end } = rangeOf(request);
      request.socket.write(Buffer.concat([Buffer.from(plainHead({ start: 0, end }, size, ...fields)), body]));
    },
    { tls: true },
  );
  return { ...server, handshakes };
}

/** Brings the same range some times, in a process that trusts the fixture's authority. */
async function download(url: URL, times: number, proxy?: string): Promise<unknown> {
  const args = [runner, downloader, url.href, String(bytes), String(times), ...(proxy === undefined ? [] : [proxy])];
  const { stdout } = await run(process.execPath, args, { env: { ...process.env, NODE_EXTRA_CA_CERTS: authorityFile } });
  return JSON.parse(stdout);
}

const facts = (socket: unknown) =>
  socket instanceof TLSSocket
    ? { servername: socket.servername, protocol: socket.alpnProtocol, isResumed: socket.isSessionReused() }
    : undefined;

describe('TLS', () => {
  it('brings bytes over one connection, which ends with the process', async () => {
    const server = await secureServer();
    expect(await download(server.url, 3)).toEqual([brought, brought, brought]);
    expect(server.sockets).toHaveLength(1);
  });

  it('names the server, speaks HTTP/1.1, and takes its session up for the next connection', async () => {
    const server = await secureServer('Connection: close');
    expect(await download(server.url, 2)).toEqual([brought, brought]);
    expect(server.handshakes).toEqual([
      { servername: 'localhost', protocol: 'http/1.1', isResumed: false },
      { servername: 'localhost', protocol: 'http/1.1', isResumed: true },
    ]);
  });

  it('is for a server whose certificate is trusted', async () => {
    const server = await secureServer();
    await expect(laneTo(server.url).read(0, 10)).rejects.toMatchObject({
      code: 'unreachable',
      retryable: false,
      message: expect.stringContaining('its certificate is signed by somebody who is not trusted here') as string,
    });
    expect(server.requests).toHaveLength(0);
  });

  it('is not what every server speaks', async () => {
    const server = await rawServer(() => undefined);
    server.url.protocol = 'https:';
    const answered = laneTo(server.url).read(0, 10);
    await expect.poll(() => server.sockets.length).toBe(1);
    server.sockets[0]?.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    await expect(answered).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('a tunnel', () => {
  it('is asked of the proxy, with its account, and used for one request after the other', async () => {
    const server = await secureServer();
    const proxy = await tunnelProxy();
    expect(await download(server.url, 2, proxy.url)).toEqual([brought, brought]);
    expect(proxy.heads).toEqual([
      [
        `CONNECT ${server.url.host} HTTP/1.1`,
        `host: ${server.url.host}`,
        `proxy-authorization: Basic ${Buffer.from('user:p@ss').toString('base64')}`,
        '',
        '',
      ].join('\r\n'),
    ]);
  });

  it.each(['HTTP/1.1 407 Who are you\r\n\r\n', 'nonsense\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\nand more'])(
    'that is refused brings nothing: %j',
    async (answer) => {
      const server = await secureServer();
      const proxy = await tunnelProxy(answer);
      const { read } = laneTo(server.url, { proxy: proxy.url });
      expect(await read(0, 10)).toEqual({ kind: 'declined', status: undefined });
    },
  );

  it('names the proxy where that cannot be reached', async () => {
    const { read } = laneTo(new URL('https://localhost:9/x'), { proxy: 'http://127.0.0.1:9' });
    await expect(read(0, 10)).rejects.toThrow('through the proxy 127.0.0.1:9: connection refused');
  });
});
