import { ExitCode, HubError } from '../errors.js';
import type { Tell } from '../events.js';
import type { Clock } from '../net/clock.js';
import { ExchangeError, NotTheHub, RateLimited, WrongLength } from '../net/errors.js';
import type { ExchangeContext } from '../net/exchange.js';
import { type DroppedEndpoint, EndpointHealth } from './endpoint-health.js';
import { RangeIgnored, WrongContent, WrongSize } from './errors.js';

/** A hub's base address, and the conversation with it. */
export interface Endpoint {
  readonly address: string;
  readonly context: ExchangeContext;
}

/** What was tried in vain, and with whom. */
export interface Failure {
  readonly endpoint: Endpoint;
  readonly error: HubError;
}

/** The endpoints of a run: whom to ask first, and what becomes of those that fail or lie. Told to a person once. */
export class Endpoints {
  readonly #all: readonly Endpoint[];
  readonly #health: EndpointHealth;
  readonly #clock: Clock;
  readonly #tell: Tell;

  /** @param all  at least one, in the user's order */
  constructor(all: readonly Endpoint[], { clock, tell }: { clock: Clock; tell: Tell }) {
    this.#all = all;
    this.#health = new EndpointHealth(
      all.map(({ address }) => address),
      clock,
    );
    this.#clock = clock;
    this.#tell = tell;
  }

  get first(): Endpoint {
    const [first] = this.#all;
    if (first === undefined) throw new Error('there is no endpoint');
    return first;
  }

  get areSeveral(): boolean {
    return this.#all.length > 1;
  }

  get dropped(): readonly DroppedEndpoint[] {
    return this.#health.dropped;
  }

  /** All that may be asked, the best first. Never empty. */
  inOrder(): readonly Endpoint[] {
    return this.#health.order().flatMap((address) => this.#all.find((it) => it.address === address) ?? []);
  }

  /** By the user's order, 0 for the first: it is trusted most. */
  rankOf(endpoint: Endpoint): number {
    return this.#all.indexOf(endpoint);
  }

  /**
   * One try: asks one after the other until one answers. What an endpoint refuses (404, 401) is an answer, but where
   * `mayLack` says that it may just not have it yet.
   *
   * @throws what `ask` threw: the most hopeful of the failures where nobody answers
   */
  async firstAnswer<T>(
    ask: (endpoint: Endpoint) => Promise<T>,
    { signal, mayLack = () => false }: { signal: AbortSignal; mayLack?: (endpoint: Endpoint) => boolean },
  ): Promise<{ value: T; endpoint: Endpoint }> {
    let failures: Failure[] = [];
    for (;;) {
      const endpoint = this.inOrder().find((it) => !failures.some((failure) => failure.endpoint === it));
      if (endpoint === undefined) throw this.mostHopeful(failures);
      const sooner = this.soonerThan(endpoint, failures);
      if (sooner !== undefined) {
        await this.#clock.sleep(sooner.waitMs, signal);
        failures = failures.filter((failure) => failure !== sooner.failure);
        continue;
      }
      try {
        const value = await ask(endpoint);
        this.answered(endpoint);
        return { value, endpoint };
      } catch (error) {
        const isRefusal = error instanceof HubError && error.exitCode === ExitCode.notFound && mayLack(endpoint);
        if (signal.aborted || !(error instanceof ExchangeError || isRefusal)) throw error;
        if (error instanceof ExchangeError) this.failed(endpoint, error);
        failures.push({ endpoint, error });
      }
    }
  }

  /**
   * One of this try's failures that is worth another look before the endpoint is asked that is next: it asked for patience,
   * and the other one's rest is over sooner.
   */
  soonerThan({ address }: Endpoint, failures: readonly Failure[]): { failure: Failure; waitMs: number } | undefined {
    const heldMs = this.#health.heldForMs(address);
    const [soonest] = failures
      .filter(({ error }) => error.retryable)
      .map((failure) => ({ failure, waitMs: this.#health.restsForMs(failure.endpoint.address) }))
      .sort((a, b) => a.waitMs - b.waitMs);
    return soonest !== undefined && soonest.waitMs < heldMs ? soonest : undefined;
  }

  answered({ address }: Endpoint): void {
    this.#health.answered(address);
  }

  /** Lets an endpoint rest that failed, and drops one that lied. */
  failed(endpoint: Endpoint, error: ExchangeError): void {
    if (error instanceof RangeIgnored || !this.inOrder().includes(endpoint)) return;
    if (isLie(error) && this.drop(endpoint, error.why)) return;
    const hintMs = error instanceof RateLimited && error.retryAfter !== undefined ? error.retryAfter * 1000 : undefined;
    if (!this.#health.failed(endpoint.address, hintMs)) return;
    if (this.inOrder().length === 1) return;
    const message = `${endpoint.address} failed: ${error.message}; the others come first for a while`;
    this.#tell({ type: 'warning', code: 'endpoint-failed', message });
  }

  /** It is not asked any more in this run. False where nobody else is left. */
  drop({ address }: Endpoint, why: string): boolean {
    if (!this.#health.drop(address, why)) return false;
    const message = `${address} ${why}: it is not asked any more in this run`;
    this.#tell({ type: 'warning', code: 'endpoint-dropped', message });
    return true;
  }

  /** A read begins, ends, and brings bytes. See `EndpointHealth`. */
  began({ address }: Endpoint): void {
    this.#health.began(address);
  }

  ended({ address }: Endpoint): void {
    this.#health.ended(address);
  }

  brought({ address }: Endpoint, measured: { bytes: number; ms: number }): void {
    this.#health.brought(address, measured);
  }

  isOutdone({ address }: Endpoint): boolean {
    return this.#health.isOutdone(address);
  }

  /**
   * Of the failures of one try the one that leaves most hope: one that is waited out and spends no try, one that may not
   * happen again, else what the endpoint says that is trusted most.
   */
  mostHopeful(failures: readonly Failure[]): HubError {
    const errors = failures
      .toSorted((a, b) => this.rankOf(a.endpoint) - this.rankOf(b.endpoint))
      .map(({ error }) => error);
    const hopeful =
      errors.find((error) => error.retryable && error instanceof ExchangeError && !error.spendsTry) ??
      errors.find(({ retryable }) => retryable) ??
      errors[0];
    if (hopeful === undefined) throw new Error('nobody was asked');
    return hopeful;
  }
}

/** What no sound endpoint sends: a web page, or other bytes or sizes than those listed and asked for. */
function isLie(error: ExchangeError): boolean {
  return [NotTheHub, WrongSize, WrongContent, WrongLength].some((kind) => error instanceof kind);
}
