import type { HubEvent } from '../../src/events.js';
import { createSockets } from '../../src/net/agent.js';
import type { ExchangeContext } from '../../src/net/exchange.js';
import { FastLane, type LaneOutcome } from '../../src/net/fast-lane.js';
import type { Network } from '../../src/net/network.js';
import { Outage } from '../../src/net/outage.js';
import type { BodyRun, RunSink } from '../../src/net/run-gatherer.js';
import { Throttle } from '../../src/net/throttle.js';
import { InstantClock } from './instant-clock.js';
import { networkBy } from './network.js';
import { closing } from './server.js';

export const size = 1_000_000_000;

export class KeepingSink implements RunSink {
  runBytes = 64 * 1024;
  runAgeMs = 250;
  arrivedBytes = 0;
  readonly #buffers: Buffer[] = [];

  arrived(bytes: number): void {
    this.arrivedBytes += bytes;
  }

  write({ buffers }: BodyRun): Promise<void> {
    for (const buffer of buffers) this.#buffers.push(Buffer.from(buffer));
    return Promise.resolve();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#buffers);
  }
}

interface LaneSettings {
  /** The hub's own origin, if it is not the server's. */
  endpoint?: string;
  proxy?: string;
  network?: Network;
  headersTimeoutMs?: number;
  retryForMs?: number;
}

/** A fast lane to a server, and what a run knows besides. */
export function laneTo(
  url: URL,
  { endpoint, proxy, network = networkBy(proxy), headersTimeoutMs = 5000, retryForMs = 0 }: LaneSettings = {},
) {
  const clock = new InstantClock();
  const events: HubEvent[] = [];
  const tell = (event: HubEvent): void => {
    events.push(event);
  };
  const context: ExchangeContext = {
    sockets: closing(createSockets(network)),
    endpoint: new URL(endpoint ?? 'http://hub.invalid'),
    token: 'hf_secret',
    userAgent: 'tester/1',
    headersTimeoutMs,
    throttle: new Throttle({ clock, tell }),
    outage: new Outage({ retryForMs, clock, tell }),
    contact: { answered: true },
    tell,
  };
  const lane = new FastLane(network);
  closing({
    close: () => {
      lane.close();
      return Promise.resolve();
    },
  });
  const read = (start: number, end: number, options: ReadOptions = {}): Promise<LaneOutcome> =>
    lane.bring(context, {
      url,
      headers: { range: `bytes=${start}-${end - 1}`, 'accept-encoding': 'identity' },
      credentials: options.credentials ?? 'none',
      range: { start, end, size },
      sink: options.sink ?? new KeepingSink(),
      stallTimeoutMs: options.stallTimeoutMs ?? 5000,
      signal: options.signal ?? new AbortController().signal,
    });
  return { lane, context, clock, events, read };
}

interface ReadOptions {
  sink?: RunSink;
  credentials?: 'endpoint' | 'none';
  stallTimeoutMs?: number;
  signal?: AbortSignal;
}
