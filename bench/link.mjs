import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isOnPath, must } from './measure.mjs';

const serverAddress = '10.77.0.2';
/** IP's and TCP's, with timestamps. */
const headerBytes = 52;
let opened = 0;

/** Why a bad network can't be made here, or undefined where it can. */
export function whyNoLink() {
  if (process.platform !== 'linux' || process.getuid() !== 0) return 'needs Linux and root';
  if (!existsSync('/dev/net/tun')) return 'needs /dev/net/tun';
  const missing = ['gcc', 'ip'].filter((name) => !isOnPath(name));
  return missing.length > 0 ? `needs ${missing.join(' and ')}` : undefined;
}

/**
 * Two network namespaces, joined by a link with a delay, losses, a rate and a queue (link.c): real TCP on both sides.
 *
 * @param link.roundTripMs  added by the link, half of it each way
 * @param link.lossPercent  of the packets, each way
 * @param link.mbit  a second, each way; 0 for no limit
 * @returns the words that run a program on either side, `tell` for link.c's commands (`down`, `rate 2` …), and `arrived`
 *   for the bytes of TCP that have reached the client's side so far, HTTP's headers and what TCP repeats included
 */
export async function openLink(folder, { roundTripMs, lossPercent, mbit, queueMs = 100 }) {
  const program = join(folder, 'link');
  await must('gcc', ['-O2', '-o', program, join(import.meta.dirname, 'link.c')]);
  const run = `hub-bench-${process.pid}-${(opened += 1)}`;
  const client = `${run}-client`;
  const server = `${run}-server`;
  let link;
  const close = async () => {
    if (link !== undefined && link.exitCode === null) {
      const ended = new Promise((resolve) => link.once('close', resolve));
      link.kill();
      await ended;
    }
    for (const name of [client, server]) await must('ip', ['netns', 'del', name]).catch(() => undefined);
  };
  try {
    for (const name of [client, server]) await must('ip', ['netns', 'add', name]);
    link = spawn(program, [client, server, roundTripMs / 2, lossPercent, mbit, queueMs].map(String), {
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await new Promise((resolve, reject) => {
      link.stdout.once('data', resolve);
      link.once('error', reject).once('close', () => reject(new Error('link.c could not join the namespaces')));
    });
    for (const [name, device, address] of [
      [client, 'lk0', '10.77.0.1'],
      [server, 'lk1', serverAddress],
    ]) {
      await must('ip', ['-n', name, 'addr', 'add', `${address}/24`, 'dev', device]);
      await must('ip', ['-n', name, 'link', 'set', device, 'up', 'mtu', '1500']);
      await must('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    }
    // Cubic suffers from loss as most senders do; bbr would not.
    const route = ['10.77.0.0/24', 'dev', 'lk1', 'src', serverAddress, 'congctl', 'cubic'];
    await must('ip', ['-n', server, 'route', 'replace', ...route]);
  } catch (error) {
    await close();
    throw error;
  }
  const inside = (name) => ['ip', 'netns', 'exec', name];
  const tell = (command) => link.stdin.write(`${command}\n`);
  const arrived = async () => {
    const [{ stats64 }] = JSON.parse(await must('ip', ['-n', client, '-s', '-j', 'link', 'show', 'lk0']));
    return stats64.rx.bytes - headerBytes * stats64.rx.packets;
  };
  return { clientPrefix: inside(client), serverPrefix: inside(server), serverAddress, tell, arrived, close };
}
