import type { Question } from './ask.js';
import { RateLimited } from './errors.js';
import { type ExchangeContext, type ExchangeRequest, whenAdmitted } from './exchange.js';
import { publicUrl } from './foreign-text.js';
import { askOn, receiveFrom } from './lane-answer.js';
import type { LaneConnection } from './lane-connection.js';
import { LanePool, longestIdleMs } from './lane-pool.js';
import type { Network } from './network.js';
import { isForwarded } from './proxies.js';
import { NoTunnel } from './proxy-errors.js';
import { rateHintMs } from './rate-hint.js';
import { type ResponseHead, isPlainRange, keepAliveMs } from './response-head.js';
import type { RunSink } from './run-gatherer.js';

export interface LaneRequest extends ExchangeRequest {
  /** Bytes `[start, end)` of a file of `size`. `headers` ask for them. */
  readonly range: { readonly start: number; readonly end: number; readonly size: number };
  readonly sink: RunSink;
  readonly stallTimeoutMs: number;
}

/**
 * What became of a request: the range was brought; or all of it, and more than it; or nothing, since the answer was not
 * plain. After the last two the address is better asked by `exchange`.
 */
export type LaneOutcome =
  | { readonly kind: 'brought' | 'overlong' }
  /** `status` is undefined where it was hardly HTTP. */
  | { readonly kind: 'declined'; readonly status: number | undefined };

/**
 * The shortest way of a range's bytes from a socket to a sink: HTTP/1.1 over connections of our own, whose reads go into
 * memory that is used again and again. Takes plain answers alone (see `isPlainRange`): for addresses that have given one
 * to `exchange`, which understands everything else.
 */
export class FastLane {
  readonly #pool: LanePool;
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
    this.#pool = new LanePool(network);
  }

  /** It goes directly, and through the tunnel of any proxy. */
  leadsTo(url: URL): boolean {
    const proxy = this.#network.proxyFor(url);
    return proxy === undefined || !isForwarded(url, proxy);
  }

  /**
   * Makes one try to bring a range, as `exchange` and `deliver` together would.
   *
   * @throws HubUnreachable, RateLimited (it or others were told), CutOff; what `sink.write` threw; or the signal's
   *   `abortReason`
   */
  async bring(context: ExchangeContext, request: LaneRequest): Promise<LaneOutcome> {
    const { url, range, sink, stallTimeoutMs, signal } = request;
    const answer = await whenAdmitted(context, request, (question) => this.#ask(question));
    if (answer === 'odd') return { kind: 'declined', status: undefined };
    const { connection, head } = answer;
    context.tell({ type: 'detail', message: `GET ${publicUrl(url)} ${head.status}` });
    if (!isPlainRange(head, range)) {
      connection.destroy(new Error('not a plain answer'));
      heedRateLimit(context, url, head);
      return { kind: 'declined', status: head.status };
    }
    const { start, end } = range;
    const delivery = { offset: start, bytes: end - start, origin: url.origin, sink, stallTimeoutMs, signal };
    if (await receiveFrom(connection, url.host, delivery)) return { kind: 'overlong' };
    this.#pool.keep(url, connection, keepAliveMs(head, longestIdleMs));
    return { kind: 'brought' };
  }

  /** Ends the connections that are kept without a request. */
  closeIdle(): void {
    this.#pool.closeIdle();
  }

  /** Ends all connections at once. */
  close(): void {
    this.#pool.close();
  }

  /** A kept connection that the server closed just as it was taken is replaced by a new one (RFC 9112 9.3.1). */
  async #ask(question: Question): Promise<{ connection: LaneConnection; head: ResponseHead } | 'odd'> {
    const { url, signal } = question;
    const idle = this.#pool.takeIdle(url);
    if (idle !== undefined) {
      const head = await askOn(idle, question);
      if (head !== 'closed while idle') return head === 'odd' ? 'odd' : { connection: idle, head };
    }
    try {
      const connection = await this.#pool.connect(url, signal);
      const head = await askOn(connection, question);
      return head === 'odd' || head === 'closed while idle' ? 'odd' : { connection, head };
    } catch (error) {
      if (error instanceof NoTunnel) return 'odd';
      throw error;
    }
  }
}

/** A server that says when to come back is not asked again before, by nobody. @throws RateLimited */
function heedRateLimit({ throttle }: ExchangeContext, url: URL, { status, values }: ResponseHead): void {
  const retryAfterMs = rateHintMs({ status, header: (name) => values(name)[0] }, Date.now());
  if (retryAfterMs === undefined) return;
  throttle.hold(url, retryAfterMs);
  throw new RateLimited({ host: url.host, retryAfterMs });
}
