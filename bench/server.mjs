import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { open, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOnPath, must } from './measure.mjs';
import { nginxConfiguration } from './nginx.mjs';

const startMs = 5000;
const lastLogLineMs = 100;

export const hasNginx = isOnPath('nginx');

/**
 * Starts what plays a hub and its CDN for `options.repos`: nginx, or node-server.mjs where there is none.
 *
 * @param options.host  the hub's host, `cdnHost` the CDN's: of another name, since clients take the same for the same hub
 * @param options.prefix  words that run the server elsewhere (`ip netns exec …`)
 */
export async function startServer(folder, options) {
  const { tls, host, cdnHost, prefix = [], signal } = options;
  const [hubPort, cdnPort] = prefix.length > 0 ? [8080, 8081] : await freePorts(2);
  const scheme = tls ? 'https' : 'http';
  const endpoint = `${scheme}://${host}:${hubPort}`;
  const cdn = `${scheme}://${cdnHost}:${cdnPort}`;
  const logFile = join(folder, 'access.log');
  await writeFile(logFile, '');
  const command = await serverCommand(folder, { ...options, hubPort, cdnPort, cdn });
  const [first, ...rest] = [...prefix, ...command];
  const server = spawn(first, rest, { detached: true, stdio: 'inherit' });
  const ended = new Promise((resolve) => server.on('close', resolve));
  const close = async () => {
    if (server.exitCode === null) server.kill('SIGTERM');
    await ended;
  };
  try {
    await answering(`${endpoint}/api/agent-harnesses`, { prefix, signal });
  } catch (error) {
    await close();
    throw error;
  }
  return { endpoint, cdn, watch: () => watchLog(logFile), close };
}

/** A self-signed certificate for the loopback's names, which is its own authority. */
export async function makeCertificate(folder) {
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    join(folder, 'key.pem'),
  ];
  const file = join(folder, 'ca.pem');
  await must('openssl', ['req', '-x509', ...key, '-out', file, '-days', '2', '-subj', '/CN=bench', '-addext', names]);
  return file;
}

async function serverCommand(folder, options) {
  if (hasNginx) {
    const file = join(folder, 'nginx.conf');
    await writeFile(file, nginxConfiguration({ folder, ...options }));
    return ['nginx', '-p', folder, '-c', file];
  }
  const { repos, tls, host, hubPort, cdnPort, cdn } = options;
  const file = join(folder, 'server.json');
  await writeFile(file, JSON.stringify({ folder, repos, tls, host, hubPort, cdnPort, cdn }));
  return [process.execPath, join(import.meta.dirname, 'node-server.mjs'), file];
}

async function answering(url, { prefix, signal }) {
  const [first, ...rest] = [...prefix, 'curl', '-skf', '--max-time', '1', url];
  for (let left = startMs / 50; ; left--) {
    try {
      return await must(first, rest, { signal });
    } catch (error) {
      if (left <= 0 || signal.aborted) throw error;
    }
    await sleep(50, undefined, { signal });
  }
}

/** Counts what is served from now on: requests, connections and body bytes (sent, which may be more than received). */
async function watchLog(logFile) {
  const { size: from } = await stat(logFile);
  return async () => {
    // A request that was given up is written when the server notices.
    await sleep(lastLogLineMs);
    const file = await open(logFile);
    try {
      const { size } = await file.stat();
      const { buffer } = await file.read(new Uint8Array(size - from), 0, size - from, from);
      const lines = Buffer.from(buffer).toString().split('\n').filter(Boolean);
      const rows = lines.map((line) => line.split(' '));
      return {
        requests: rows.length,
        connections: new Set(rows.map(([connection]) => connection)).size,
        bodyBytes: rows.reduce((sum, [, , bytes]) => sum + Number(bytes), 0),
      };
    } finally {
      await file.close();
    }
  };
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
