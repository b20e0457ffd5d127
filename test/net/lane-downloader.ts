// Run by lane-tls.test.ts in a process of its own, since Node reads NODE_EXTRA_CA_CERTS when it starts.
import { createHash } from 'node:crypto';
import { FastLane } from '../../src/net/fast-lane.js';
import type { ExchangeContext } from '../../src/net/exchange.js';
import { Outage } from '../../src/net/outage.js';
import type { BodyRun } from '../../src/net/run-gatherer.js';
import { Throttle } from '../../src/net/throttle.js';
import { systemClock } from '../../src/net/clock.js';
import { createSockets } from '../../src/net/agent.js';
import { networkBy } from './network.js';

const [, , address = '', bytes = '0', times = '0', proxy] = process.argv;
const network = networkBy(proxy);
const tell = (): void => undefined;
const context: ExchangeContext = {
  sockets: createSockets(network),
  endpoint: new URL('http://hub.invalid'),
  token: undefined,
  userAgent: 'tester/1',
  headersTimeoutMs: 5000,
  throttle: new Throttle({ clock: systemClock, tell }),
  outage: new Outage({ retryForMs: 0, clock: systemClock, tell }),
  contact: { answered: true },
  tell,
};
const lane = new FastLane(network);
const outcomes: unknown[] = [];
for (let n = 0; n < Number(times); n += 1) {
  const hash = createHash('sha256');
  const range = { start: 0, end: Number(bytes), size: 1_000_000_000 };
  const sink = {
    runBytes: 100_000,
    runAgeMs: 250,
    arrived: () => undefined,
    write: async ({ buffers }: BodyRun) => {
      // Late, so that the connection has to wait.
      await new Promise((resolve) => setImmediate(resolve));
      for (const buffer of buffers) hash.update(buffer);
    },
  };
  const request = {
    url: new URL(address),
    headers: { range: `bytes=0-${range.end - 1}` },
    credentials: 'none' as const,
    range,
    sink,
    stallTimeoutMs: 5000,
    signal: new AbortController().signal,
  };
  const outcome = await lane.bring(context, request).catch((error: unknown) => ({ error: String(error) }));
  outcomes.push({ ...outcome, sha256: hash.digest('hex') });
}
// Nothing is closed: connections that rest must not keep the process alive.
process.stdout.write(JSON.stringify(outcomes));
