import { abortReason } from '../errors.js';
import type { Tell } from '../events.js';
import type { Clock } from './clock.js';
import { HubUnreachable } from './errors.js';
import { type Held, atOnce } from './held.js';

const longestProbeGapMs = 30_000;
const firstProbeGapMs = 1000;

/**
 * The time in which no endpoint answers, as `--retry-for` has it: everything pauses, one request at a time goes on as a
 * probe, and no try is spent. Shared by a run.
 */
export class Outage {
  readonly #retryForMs: number;
  readonly #clock: Clock;
  readonly #tell: Tell;
  readonly #hosts: () => readonly string[];
  /** Those whose last request got no answer. */
  readonly #silent = new Set<string>();
  /** Undefined while endpoints answer. */
  #began: { atMs: number; host: string } | undefined;
  #probeGapMs = firstProbeGapMs;
  #nextProbeMs = 0;
  #probing = false;
  /** Those who wait for the probe's outcome. */
  #waiters: (() => void)[] = [];

  constructor({ retryForMs, clock, tell, hosts = () => [] }: OutageOptions) {
    this.#retryForMs = retryForMs;
    this.#clock = clock;
    this.#tell = tell;
    this.#hosts = hosts;
  }

  /**
   * Asks an endpoint when it is this request's turn.
   *
   * @throws what `request` threw; a `HubUnreachable` that may heal spends no try while there is time left
   */
  async attempt<T>({ host, signal, held = atOnce }: OutageAttempt, request: () => Promise<T>): Promise<T> {
    const isProbe = await held(() => this.#turn(signal));
    try {
      const value = await request();
      this.#silent.delete(host);
      this.#end();
      return value;
    } catch (error) {
      if (!(error instanceof HubUnreachable) || !error.retryable) throw error;
      throw this.#goesOn({ host, isProbe }) ? error.forgiven() : error;
    } finally {
      if (isProbe) this.#probing = false;
      this.#wake();
    }
  }

  async #turn(signal: AbortSignal): Promise<boolean> {
    while (this.#began !== undefined && !this.#isOver) {
      if (this.#probing) {
        await this.#probeOutcome(signal);
        continue;
      }
      this.#probing = true;
      try {
        await this.#clock.sleep(Math.max(0, this.#nextProbeMs - this.#clock.now()), signal);
      } catch (error) {
        this.#probing = false;
        this.#wake();
        throw error;
      }
      return true;
    }
    return false;
  }

  get #isOver(): boolean {
    return this.#began !== undefined && this.#clock.now() >= this.#began.atMs + this.#retryForMs;
  }

  /** @returns true while there is time left */
  #goesOn({ host, isProbe }: { host: string; isProbe: boolean }): boolean {
    this.#silent.add(host);
    if (this.#retryForMs === 0 || !this.#hosts().every((each) => this.#silent.has(each))) return false;
    if (this.#began === undefined) {
      this.#began = { atMs: this.#clock.now(), host };
      this.#probeGapMs = firstProbeGapMs;
      this.#nextProbeMs = this.#clock.now() + firstProbeGapMs;
      this.#tell({ type: 'waiting', reason: 'outage', on: host, waitMs: this.#retryForMs });
    } else if (isProbe) {
      this.#probeGapMs = Math.min(longestProbeGapMs, this.#probeGapMs * 2);
      this.#nextProbeMs = this.#clock.now() + this.#probeGapMs;
    }
    return !this.#isOver;
  }

  #end(): void {
    if (this.#began === undefined) return;
    this.#tell({ type: 'waited', reason: 'outage', on: this.#began.host });
    this.#began = undefined;
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  #probeOutcome(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(abortReason(signal));
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }
}

interface OutageAttempt {
  readonly host: string;
  readonly signal: AbortSignal;
  /** Runs the wait for this request's turn. */
  readonly held?: Held | undefined;
}

interface OutageOptions {
  readonly retryForMs: number;
  readonly clock: Clock;
  readonly tell: Tell;
  /** Of all endpoints that may be asked: as long as one of them answers, the others' silence is no outage. */
  readonly hosts?: () => readonly string[];
}
