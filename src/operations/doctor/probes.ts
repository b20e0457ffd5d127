import { createSockets, type Sockets } from '../../net/agent.js';
import { systemClock } from '../../net/clock.js';
import { withDeadline } from '../../net/deadline.js';
import type { ExchangeContext } from '../../net/exchange.js';
import type { Network } from '../../net/network.js';
import { Outage } from '../../net/outage.js';
import { Throttle } from '../../net/throttle.js';
import { userAgent } from '../../hub/user-agent.js';
import type { OperationContext } from '../context.js';

/** One probe's limit. */
const probeMs = 10_000;
/** All probes of the network together. */
const allProbesMs = 25_000;
/** In less, what does not answer is not to blame. */
const leastProbeMs = 1_000;

/** A check had no time left, and says nothing of what it would have looked at. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** The means of one examination: one try each, bounded in time. */
export class Probes {
  readonly network: Network;
  readonly signal: AbortSignal;
  readonly #sockets: Sockets;
  readonly #tell: OperationContext['tell'];
  readonly #endMs: number;

  constructor(network: Network, { signal, tell, allMs = allProbesMs }: ProbesOptions) {
    this.network = network;
    this.signal = signal;
    this.#sockets = createSockets(network);
    this.#tell = tell;
    this.#endMs = performance.now() + allMs;
  }

  /** For one probe: what a server asks to wait holds back no other. */
  context(endpoint: URL, token: string | undefined): ExchangeContext {
    return {
      sockets: this.#sockets,
      endpoint,
      token,
      userAgent,
      headersTimeoutMs: probeMs,
      throttle: new Throttle({ clock: systemClock, tell: this.#tell }),
      outage: new Outage({ retryForMs: 0, clock: systemClock, tell: this.#tell }),
      contact: { answered: false },
      tell: this.#tell,
    };
  }

  /** @throws OutOfTime; HubUnreachable  it took too long; what `probe` threw */
  async within<T>(host: string, probe: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const leftMs = this.#endMs - performance.now();
    if (leftMs < leastProbeMs) throw new OutOfTime();
    return withDeadline(probe, { signal: this.signal, deadlineMs: Math.min(probeMs, leftMs), host });
  }

  close(): Promise<void> {
    return this.#sockets.close();
  }
}

interface ProbesOptions extends Pick<OperationContext, 'signal' | 'tell'> {
  readonly allMs?: number;
}
