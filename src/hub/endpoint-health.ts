import type { Clock } from '../net/clock.js';

/** Rests double from the first to the longest while an endpoint fails again and again. */
const firstRestMs = 10_000;
const longestRestMs = 5 * 60_000;
/** One that is this many times slower than another is left to be the last resort. */
const slowFactor = 3;
/** A connection that brings less than this, in bytes per ms, is a reason to find out what another endpoint brings. */
const laggingBytesPerMs = 1000;
/** For so long a measured speed tells something; then a slow endpoint gets another chance, of one request. */
const speedLifetimeMs = 60_000;

/** How one endpoint has done in this run. */
interface State {
  readonly address: string;
  /** Its place in the user's order. */
  readonly rank: number;
  failures: number;
  restsUntilMs: number;
  /** It asked for patience itself: whoever asks it sooner waits. */
  heldUntilMs: number;
  slowUntilMs: number;
  /** Of one connection. */
  speed: { readonly bytesPerMs: number; readonly atMs: number } | undefined;
  /** Reads under way. */
  reads: number;
  /** Why it is not asked any more. */
  droppedFor: string | undefined;
}

/** An endpoint that is not asked any more in this run. */
export interface DroppedEndpoint {
  readonly endpoint: string;
  readonly why: string;
}

/**
 * Which endpoint to ask next, by what is known of each in this run: the user's order, but for those that failed lately or
 * are much slower than another, which come last, and for those that lied, which don't come at all. Makes no request.
 */
export class EndpointHealth {
  readonly #states: readonly State[];
  readonly #clock: Pick<Clock, 'now'>;

  /** @param addresses  all different, in the user's order */
  constructor(addresses: readonly string[], clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#states = addresses.map((address, rank) => ({
      address,
      rank,
      failures: 0,
      restsUntilMs: 0,
      heldUntilMs: 0,
      slowUntilMs: 0,
      speed: undefined,
      reads: 0,
      droppedFor: undefined,
    }));
  }

  /** All that may be asked, the best first. Never empty. */
  order(): string[] {
    const inUse = this.#inUse();
    const sorted = inUse.toSorted(
      (a, b) =>
        this.#place(a) - this.#place(b) ||
        (this.#isResting(a) ? a.restsUntilMs - b.restsUntilMs : 0) ||
        a.rank - b.rank,
    );
    const [best] = sorted;
    const onTrial = best === undefined ? undefined : this.#trialInsteadOf(best);
    return (onTrial === undefined ? sorted : [onTrial, ...sorted.filter((it) => it !== onTrial)]).map(
      ({ address }) => address,
    );
  }

  get dropped(): DroppedEndpoint[] {
    return this.#states.flatMap(({ address, droppedFor: why }) =>
      why === undefined ? [] : { endpoint: address, why },
    );
  }

  /** It gave what was asked for. */
  answered(address: string): void {
    const state = this.#of(address);
    state.failures = 0;
    state.restsUntilMs = 0;
    state.heldUntilMs = 0;
  }

  /**
   * It failed: others come first for a while.
   *
   * @param restMs  how long, where it said so itself
   * @returns false where that was known already
   */
  failed(address: string, restMs?: number): boolean {
    const state = this.#of(address);
    if (restMs !== undefined) state.heldUntilMs = this.#clock.now() + restMs;
    // Requests that were under way together fail together.
    if (this.#isResting(state)) return false;
    state.failures += 1;
    const ownRestMs = Math.min(longestRestMs, firstRestMs * 2 ** (state.failures - 1));
    state.restsUntilMs = this.#clock.now() + (restMs ?? ownRestMs);
    return true;
  }

  /** For how long whoever asks it will have to wait, in ms. */
  heldForMs(address: string): number {
    return Math.max(0, this.#of(address).heldUntilMs - this.#clock.now());
  }

  /** For how long others come first, in ms. */
  restsForMs(address: string): number {
    return Math.max(0, this.#of(address).restsUntilMs - this.#clock.now());
  }

  /** It lied: it is not asked any more. False where it has been dropped before, or nobody else is left. */
  drop(address: string, why: string): boolean {
    const state = this.#of(address);
    if (state.droppedFor !== undefined || this.#inUse().length === 1) return false;
    state.droppedFor = why;
    return true;
  }

  /** A read begins there. */
  began(address: string): void {
    const state = this.#of(address);
    state.reads += 1;
    // It was slow, and has its chance now: the others wait for what comes of it.
    if (state.slowUntilMs > 0 && !this.#isSlow(state)) state.slowUntilMs = this.#clock.now() + speedLifetimeMs;
  }

  ended(address: string): void {
    this.#of(address).reads -= 1;
  }

  /** One connection brought so many bytes in so much time. */
  brought(address: string, { bytes, ms }: { bytes: number; ms: number }): void {
    const state = this.#of(address);
    const before = this.#speedOf(state);
    const bytesPerMs = before === undefined ? bytes / ms : (before + bytes / ms) / 2;
    state.speed = { bytesPerMs, atMs: this.#clock.now() };
    const fastest = Math.max(...this.#inUse().map((it) => this.#speedOf(it) ?? 0));
    for (const each of this.#states) {
      const speed = this.#speedOf(each);
      if (speed === undefined) continue;
      each.slowUntilMs = speed * slowFactor < fastest ? this.#clock.now() + speedLifetimeMs : 0;
    }
  }

  /** A read there had better go on elsewhere: another is known to be much faster, or is worth a trial. */
  isOutdone(address: string): boolean {
    const state = this.#of(address);
    return this.#isSlow(state) || this.#trialInsteadOf(state) !== undefined;
  }

  /** One of which nobody knows how fast it is, where the better-placed one is not fast. */
  #trialInsteadOf(state: State): State | undefined {
    const speed = this.#speedOf(state);
    if (speed === undefined || speed >= laggingBytesPerMs) return undefined;
    return this.#inUse().find(
      (it) => it !== state && this.#place(it) === 0 && it.reads === 0 && this.#speedOf(it) === undefined,
    );
  }

  #place(state: State): number {
    if (this.#isResting(state)) return 2;
    return this.#isSlow(state) ? 1 : 0;
  }

  #isResting({ restsUntilMs }: State): boolean {
    return restsUntilMs > this.#clock.now();
  }

  #isSlow({ slowUntilMs }: State): boolean {
    return slowUntilMs > this.#clock.now();
  }

  #speedOf({ speed, droppedFor }: State): number | undefined {
    if (speed === undefined || droppedFor !== undefined) return undefined;
    return this.#clock.now() - speed.atMs < speedLifetimeMs ? speed.bytesPerMs : undefined;
  }

  #inUse(): State[] {
    return this.#states.filter(({ droppedFor }) => droppedFor === undefined);
  }

  #of(address: string): State {
    const state = this.#states.find((it) => it.address === address);
    if (state === undefined) throw new Error(`${address} is none of the endpoints`);
    return state;
  }
}
