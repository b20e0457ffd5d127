import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { expect, it } from 'vitest';
import { exchange } from '../../src/net/exchange.js';
import type { HubUnreachable } from '../../src/net/errors.js';
import { fixture, listening } from './lane-server.js';
import { laneTo } from './lane-support.js';
import { networkBy } from './network.js';

/** A server that has its key and its certificate from one file. */
async function serverWith(name: string): Promise<{ url: URL; connections: () => number }> {
  const pem = readFileSync(fixture(name));
  let connections = 0;
  const server = createServer({ key: pem, cert: pem });
  server.on('connection', () => (connections += 1)).on('tlsClientError', () => undefined);
  const url = new URL(`https://localhost:${await listening(server, [])}/x`);
  return { url, connections: () => connections };
}

it.each([
  [
    'self-signed',
    'other-name.pem',
    [],
    'its certificate is signed by itself (DEPTH_ZERO_SELF_SIGNED_CERT)',
    'NODE_EXTRA_CA_CERTS',
  ],
  ['expired', 'expired.pem', ['expired.pem'], 'its certificate has expired (CERT_HAS_EXPIRED)', 'clock'],
  [
    'for another name',
    'other-name.pem',
    ['other-name.pem'],
    'its certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID; DNS:other.example)',
    '--endpoint',
  ],
])('a certificate that is %s is told with its cure, and ends it', async (_, name, trusted, why, cure) => {
  const { url } = await serverWith(name);
  const [certificateFile] = trusted.map(fixture);
  const { context, read } = laneTo(url, { network: networkBy(undefined, { certificateFile }) });
  const request = { url, headers: {}, signal: new AbortController().signal, credentials: 'none' as const };
  for (const asked of [exchange(context, request), read(0, 10)]) {
    const error = (await asked.then(
      () => undefined,
      (reason: unknown) => reason,
    )) as HubUnreachable;
    expect(error.message).toBe(`cannot reach ${url.host}: ${why}`);
    expect(error.hint).toContain(cure);
    expect(error.retryable).toBe(false);
  }
});
