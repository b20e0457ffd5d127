import { HubUnreachable } from '../../net/errors.js';
import { exchange } from '../../net/exchange.js';
import { formatBytes } from '../../repo/size-text.js';
import { type Finding, ok, warning } from './finding.js';
import type { AskedFile, FileServer } from './file.js';
import type { Findings } from './findings.js';
import type { Probes } from './probes.js';

/** What one measurement may take and bring. */
const measureMs = 3_000;
const mostBytes = 64 * 1024 * 1024;
/** Of less nothing can be told. */
const leastFileBytes = 1024 * 1024;
const severalConnections = 4;
const slowBytesPerSecond = 100_000;

/** Measures the bytes of a file by one connection, then by several at once. Nothing is kept. */
export async function examineSpeed(asked: AskedFile & FileServer, probes: Probes, findings: Findings): Promise<void> {
  const { url, file } = asked;
  const about = { check: 'speed', target: url.host } as const;
  if (file.size < leastFileBytes) {
    findings.add(ok({ ...about, message: 'not measured: its largest file has less than 1 MiB' }));
    return;
  }
  await findings.attempt(about, async () => {
    const one = await measure(asked, 1, probes);
    const several = await measure(asked, severalConnections, probes);
    findings.add(judgeSpeed({ host: url.host, one, several }));
  });
}

/** @param speeds  bytes a second, by one connection and by several */
export function judgeSpeed({ host, one, several }: { host: string; one: number; several: number }): Finding {
  const found = {
    check: 'speed',
    target: host,
    message: `${formatBytes(one)}/s by one connection, ${formatBytes(several)}/s by ${severalConnections}`,
    measures: { oneBytesPerSecond: Math.round(one), severalBytesPerSecond: Math.round(several) },
  } as const;
  if (Math.max(one, several) >= slowBytesPerSecond) return ok(found);
  return warning({
    ...found,
    hint: 'That is slow: look at the line, a VPN or the proxy; another --endpoint may be nearer.',
  });
}

/** @returns bytes a second in all, from the first byte on */
async function measure(asked: AskedFile & FileServer, connections: number, probes: Probes): Promise<number> {
  const each = Math.min(Math.floor(asked.file.size / connections), Math.floor(mostBytes / connections));
  const received = { bytes: 0, firstMs: 0, lastMs: 0 };
  const take = (bytes: number): void => {
    received.lastMs = performance.now();
    if (received.firstMs === 0) received.firstMs = received.lastMs;
    received.bytes += bytes;
  };
  const starts = Array.from({ length: connections }, (_, index) => index * each);
  await Promise.all(starts.map((start) => readPart(asked, { start, end: start + each, take }, probes)));
  return received.bytes / (Math.max(1, received.lastMs - received.firstMs) / 1000);
}

async function readPart(
  { endpoint, token, url, credentials }: AskedFile & FileServer,
  { start, end, take }: { start: number; end: number; take: (bytes: number) => void },
  probes: Probes,
): Promise<void> {
  const headers = { range: `bytes=${start}-${end - 1}`, 'accept-encoding': 'identity' };
  await probes.within(url.host, async (signal) => {
    const answer = await exchange(probes.context(endpoint, token), { url, headers, signal, credentials });
    if (answer.status >= 400) {
      await answer.body.discard();
      throw new HubUnreachable({ host: url.host, why: `answered ${answer.status} to one more connection` });
    }
    await new Promise<void>((resolve) => {
      const stop = (): void => answer.body.abort(new Error('measured'));
      const timer = setTimeout(stop, measureMs);
      signal.addEventListener('abort', stop, { once: true });
      const over = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        resolve();
      };
      answer.body.read({ chunk: ({ byteLength }) => take(byteLength), end: over, fail: over });
    });
    signal.throwIfAborted();
  });
}
