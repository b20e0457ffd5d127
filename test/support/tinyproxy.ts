import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** `tinyproxy`, a proxy that others wrote, for the running test. Undefined where it is not installed. */
export async function startTinyproxy(): Promise<{ url: string; log: () => Promise<string> } | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-tinyproxy-'));
  const port = await freePort();
  const configFile = join(folder, 'tinyproxy.conf');
  const logFile = join(folder, 'log');
  const config = [
    `Port ${port}`,
    'Listen 127.0.0.1',
    'Timeout 60',
    'MaxClients 100',
    `LogFile "${logFile}"`,
    'LogLevel Info',
    'BasicAuth user secret',
  ];
  await writeFile(configFile, `${config.join('\n')}\n`);
  const tinyproxy = spawn('tinyproxy', ['-d', '-c', configFile], { stdio: 'ignore' });
  const ended = new Promise<'missing' | 'ended'>((resolve) => {
    tinyproxy.once('error', () => resolve('missing')).once('exit', () => resolve('ended'));
  });
  onTestFinished(async () => {
    tinyproxy.kill();
    await ended;
    await rm(folder, { recursive: true });
  });
  const log = (): Promise<string> => readFile(logFile, 'utf8').catch(() => '');
  while (!(await log()).includes('Accepting connections')) {
    const next = await Promise.race([ended, setTimeout(20, undefined)]);
    if (next === 'missing') return undefined;
    if (next === 'ended') throw new Error(`tinyproxy does not start: ${await log()}`);
  }
  return { url: `http://user:secret@127.0.0.1:${port}`, log };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
