import { expect, test } from 'vitest';
import { startHttpProxy } from '../support/http-proxy.js';
import { repoWith } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { startSocksProxy } from '../support/socks-server.js';
import { startTinyproxy } from '../support/tinyproxy.js';
import { newMachine, serve } from './support/machine.js';
import { authorityFile, serveSecurely } from './support/secure-front.js';

const id = 'org/name';
const account = { username: 'me', password: 'pass:w@rd' };

async function prepare() {
  const files = { 'config.json': '{}', 'model.bin': { size: 3_000_000, lfs: true, seed: 1 } };
  const hub = await serve({ repos: [repoWith({ id, files })] });
  return { hub, machine: await newMachine(hub), hosts: hostsOf(hub) };
}

const hostsOf = (hub: Hub): Set<string> => new Set([hub.endpoint, hub.cdnOrigin].map((origin) => new URL(origin).host));

test.each(['HUB_PROXY', 'http_proxy', 'HTTP_PROXY', 'ALL_PROXY'])(
  '%s: all requests go by the proxy, to hub and CDN',
  async (variable) => {
    const { machine, hosts } = await prepare();
    const proxy = await startHttpProxy({ account });
    machine.environment[variable] = proxy.url;
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode, stderr).toBe(0);
    expect(proxy.hosts).toEqual(hosts);
  },
);

test.each(['socks5', 'socks5h'] as const)('all_proxy: by a SOCKS proxy, %s', async (scheme) => {
  const { machine, hosts } = await prepare();
  const proxy = await startSocksProxy({ account, scheme });
  machine.environment['all_proxy'] = proxy.url;
  const { exitCode, stderr } = await machine.run('download', id);
  expect(exitCode, stderr).toBe(0);
  expect(proxy.hosts).toEqual(hosts);
});

test('--proxy beats the environment, and NO_PROXY holds for it, too', async () => {
  const { hub, machine } = await prepare();
  const proxy = await startHttpProxy();
  machine.environment['HUB_PROXY'] = 'http://127.0.0.1:1';
  machine.environment['http_proxy'] = 'http://127.0.0.1:1';
  machine.environment['NO_PROXY'] = 'example.org,localhost';
  const { exitCode, stderr } = await machine.run('download', id, '--proxy', proxy.url);
  expect(exitCode, stderr).toBe(0);
  expect(proxy.hosts).toEqual(new Set([new URL(hub.endpoint).host]));
});

test('a proxy that is down: exit 5 that names it', async () => {
  const { machine } = await prepare();
  const { exitCode, stderr } = await machine.run('download', id, '--proxy', 'http://127.0.0.1:1');
  expect(exitCode).toBe(5);
  expect(stderr).toContain('127.0.0.1:1');
});

test.each([
  ['an http', startHttpProxy],
  ['a SOCKS', startSocksProxy],
])('%s proxy that does not know the account: exit 5 at once, which shows no password', async (_, start) => {
  const { machine } = await prepare();
  const proxy = await start({ account });
  machine.environment['ALL_PROXY'] = proxy.url.replace(/\/\/.*@/, '//me:secret%20word@');
  const { exitCode, stdout, stderr } = await machine.run('download', id, '--json', '--verbose');
  expect(exitCode, stderr).toBe(5);
  expect(stderr).toContain('user and password');
  expect(stderr).not.toContain('tries');
  expect(stdout + stderr).not.toMatch(/secret/);
});

test('by tinyproxy, in plain http and in a tunnel', async ({ skip }) => {
  const { hub, machine } = await prepare();
  const proxy = await startTinyproxy();
  if (proxy === undefined) {
    console.warn('NOT TESTED: a proxy that others wrote. tinyproxy is not installed.');
    skip('tinyproxy is not installed');
    return;
  }
  const front = await serveSecurely(hub);
  Object.assign(machine.environment, { HF_ENDPOINT: front.origin, SSL_CERT_FILE: authorityFile, ALL_PROXY: proxy.url });
  const { exitCode, stdout, stderr } = await machine.run('download', id, '--verbose');
  expect(exitCode, stderr).toBe(0);
  expect(stdout + stderr).not.toContain('secret');
  const log = await proxy.log();
  expect(log).toContain(`CONNECT ${new URL(front.origin).host}`);
  expect(log).toContain(`GET ${hub.cdnOrigin}`);
});

test('SSL_CERT_FILE that cannot be read: exit 2 that names it', async () => {
  const { machine } = await prepare();
  machine.environment['SSL_CERT_FILE'] = 'no/such.pem';
  const { exitCode, stderr } = await machine.run('download', id);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/SSL_CERT_FILE: .*such\.pem can't be read/);
});

test('a certificate that nobody here trusts: exit 5 after one try, with the cure', async () => {
  const { hub, machine } = await prepare();
  const front = await serveSecurely(hub);
  machine.environment['HF_ENDPOINT'] = front.origin;
  const { exitCode, stderr } = await machine.run('download', id, '--retry-for', '1h');
  expect(exitCode, stderr).toBe(5);
  expect(stderr).toContain(`cannot reach ${new URL(front.origin).host}: its certificate is signed by somebody`);
  expect(stderr).toContain('NODE_EXTRA_CA_CERTS');
  expect(front.connections()).toBe(1);
});
