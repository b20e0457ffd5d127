import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve } from './support/machine.js';

const id = 'org/name';

async function prepare() {
  const files = { 'config.json': '{}', 'model.bin': { size: 3_000_000, lfs: true, seed: 1 } };
  const hub = await serve({ repos: [repoWith({ id, files })] });
  return { hub, machine: await newMachine(hub), proxy: await startProxy() };
}

/** An HTTP proxy (RFC 9110 7.6, 9.3.6) that notes for whom it was asked. */
async function startProxy(): Promise<{ url: string; hosts: Set<string> }> {
  const hosts = new Set<string>();
  const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
    const url = new URL(incoming.url ?? '');
    hosts.add(url.host);
    const outgoing = request(url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
    outgoing.once('error', () => response.destroy());
  });
  const tunnels = new Set<Socket>();
  server.on('connect', ({ url = '' }: IncomingMessage, socket: Socket) => {
    hosts.add(url);
    const target = new URL(`http://${url}`);
    const upstream = connect(Number(target.port), target.hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [upstream, socket]) {
      tunnels.add(end);
      end.once('error', () => undefined).once('close', () => [upstream, socket].forEach((other) => other.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    for (const tunnel of tunnels) tunnel.destroy();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hosts };
}

test('HUB_PROXY: all requests go by the proxy, to hub and CDN', async () => {
  const { hub, machine, proxy } = await prepare();
  machine.environment['HUB_PROXY'] = proxy.url;
  const { exitCode, stderr } = await machine.run('download', id);
  expect(exitCode, stderr).toBe(0);
  expect(proxy.hosts).toEqual(new Set([hub.endpoint, hub.cdnOrigin].map((origin) => new URL(origin).host)));
});

test('--proxy beats the environment', async () => {
  const { machine, proxy } = await prepare();
  machine.environment['HUB_PROXY'] = 'http://127.0.0.1:1';
  const { exitCode, stderr } = await machine.run('download', id, '--proxy', proxy.url);
  expect(exitCode, stderr).toBe(0);
  expect(proxy.hosts.size).toBe(2);
});

test('a proxy that is down: exit 5 that names it', async () => {
  const { machine } = await prepare();
  const { exitCode, stderr } = await machine.run('download', id, '--proxy', 'http://127.0.0.1:1');
  expect(exitCode).toBe(5);
  expect(stderr).toContain('127.0.0.1:1');
});
