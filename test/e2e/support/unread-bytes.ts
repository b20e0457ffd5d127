import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Hub } from '../../support/hub-server/server.js';

/**
 * Bytes of file bodies that stand in socket buffers: the hub has counted them, nobody has read them. To be asked while
 * the program is stopped. Holds the hub. 0 where the kernel does not tell (Linux does: proc(5), /proc/net/tcp).
 */
export async function unreadBytes(hub: Hub): Promise<number> {
  hub.bytesPerSecond = 0;
  const quietMs = 100;
  for (let before = -1; before !== hub.bytesSent();) {
    before = hub.bytesSent();
    await setTimeout(quietMs);
  }
  return unreadNow(hub);
}

/** The same at this moment, without holding the hub. */
export function unreadNow(hub: Hub): number {
  if (process.platform !== 'linux') return 0;
  const cdnPort = Number(new URL(hub.cdnOrigin).port);
  return sockets().reduce((sum, { localPort, remotePort, toSend, toRead }) => {
    if (localPort === cdnPort) return sum + toSend;
    return remotePort === cdnPort ? sum + toRead : sum;
  }, 0);
}

function sockets() {
  const [, ...lines] = readFileSync('/proc/net/tcp', 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [, local = '', remote = '', , queues = ''] = line.trim().split(/\s+/);
    const [toSend = '', toRead = ''] = queues.split(':');
    return { localPort: portOf(local), remotePort: portOf(remote), toSend: hex(toSend), toRead: hex(toRead) };
  });
}

function portOf(address: string): number {
  return hex(address.split(':')[1] ?? '');
}

function hex(text: string): number {
  return Number.parseInt(text, 16);
}
