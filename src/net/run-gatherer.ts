import { abortReason } from '../errors.js';
import { CutOff, WrongLength } from './errors.js';
import { StallWatch } from './stall-watch.js';
import { cutOffReason } from './unreachable.js';

/** Bytes that follow each other, and who sent them. */
export interface BodyRun {
  readonly offset: number;
  readonly buffers: readonly Uint8Array[];
  /** Scheme, host and port. */
  readonly origin: string;
}

/** Takes runs of at most `runBytes`, each at most `runAgeMs` after its first byte arrived. */
export interface RunSink {
  readonly runBytes: number;
  readonly runAgeMs: number;
  arrived(bytes: number): void;
  write(run: BodyRun): Promise<void>;
}

export interface Delivery {
  /** Where the body's first byte stands in the file. */
  readonly offset: number;
  /** How many bytes the body must have. */
  readonly bytes: number;
  readonly origin: string;
  readonly sink: RunSink;
  readonly stallTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** The connection that a body comes over, and the memory in which its bytes lie. */
export interface Inflow {
  /** Name and port of the server. */
  readonly host: string;
  pause(): void;
  resume(): void;
  /** Ends the connection. */
  abort(reason: Error): void;
  /** The next `bytes` of what has arrived, where they lie. */
  cut(bytes: number): readonly Uint8Array[];
  /** The oldest `bytes` that were cut have been taken by the sink. */
  release(bytes: number): void;
}

/**
 * Gathers a body into runs and pushes them to a sink, without a copy. What came before a failure is pushed too. The
 * connection stands still while one run is with the sink and another one waits.
 *
 * Rejects with `CutOff`: it ended early or went silent; `WrongLength`: it goes on beyond `bytes` (they are never pushed);
 * what `sink.write` threw; the signal's `abortReason`.
 */
export class RunGatherer {
  readonly #inflow: Inflow;
  readonly #delivery: Delivery;
  readonly #promise: { resolve: () => void; reject: (reason: unknown) => void };
  readonly #stall: StallWatch;
  #received = 0;
  #waiting: WaitingRun[] = [];
  /** Of the run being gathered. */
  #gathered = 0;
  #limit = 0;
  #ageTimer: NodeJS.Timeout | undefined;
  #paused = false;
  #pushing = false;
  #outcome: { error: unknown } | 'complete' | undefined;

  constructor(inflow: Inflow, delivery: Delivery, promise: { resolve: () => void; reject: (reason: unknown) => void }) {
    this.#inflow = inflow;
    this.#delivery = delivery;
    this.#promise = promise;
    this.#stall = new StallWatch(delivery.stallTimeoutMs, () => {
      const seconds = Math.round(delivery.stallTimeoutMs / 100) / 10;
      const error = this.#cutOff(`sent less than 1 KiB in ${seconds} s`);
      // All is here: only the body's formal end is missing.
      this.#finish(this.#isWhole ? 'complete' : { error });
      this.#inflow.abort(error);
    });
    delivery.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (delivery.signal.aborted) this.#onAbort();
  }

  /** Bytes came, and can be cut. */
  arrived(bytes: number): void {
    if (this.#outcome !== undefined) return;
    const wanted = Math.min(bytes, this.#delivery.bytes - this.#received);
    if (wanted > 0) {
      this.#stall.arrived(wanted);
      this.#delivery.sink.arrived(wanted);
      this.#gather(wanted);
    }
    if (wanted < bytes) {
      const why = `sent more than the ${this.#delivery.bytes} bytes that were asked for`;
      this.#abort(new WrongLength({ host: this.#inflow.host, why }));
    }
  }

  /** The body's formal end. */
  ended(): void {
    this.#finish(this.#isWhole ? 'complete' : { error: this.#cutOff('ended the body') });
  }

  /** The connection broke, or was ended from this side. */
  failed(error: Error): void {
    this.#finish(this.#isWhole ? 'complete' : { error: this.#cutOff(cutOffReason(error), error) });
  }

  get #isWhole(): boolean {
    return this.#received === this.#delivery.bytes;
  }

  #gather(bytes: number): void {
    for (let rest = bytes; rest > 0;) {
      if (this.#gathered === 0) this.#openRun();
      const part = Math.min(rest, this.#limit - this.#gathered);
      this.#gathered += part;
      this.#received += part;
      rest -= part;
      if (this.#gathered >= this.#limit) this.#closeRun();
    }
  }

  #openRun(): void {
    this.#limit = Math.max(1, this.#delivery.sink.runBytes);
    this.#ageTimer = setTimeout(() => this.#closeRun(), this.#delivery.sink.runAgeMs);
  }

  #closeRun(): void {
    clearTimeout(this.#ageTimer);
    const bytes = this.#gathered;
    if (bytes === 0) return;
    const { offset, origin } = this.#delivery;
    const run = { offset: offset + this.#received - bytes, buffers: this.#inflow.cut(bytes), origin };
    this.#waiting.push({ run, bytes });
    this.#gathered = 0;
    void this.#push();
    // One run is with the sink, one waits: more would be lost when the process is killed.
    if (this.#waiting.length > 0 && this.#outcome === undefined) this.#setPaused(true);
  }

  /** Hands the waiting runs to the sink, one at a time, and settles when the last one is taken. */
  async #push(): Promise<void> {
    if (this.#pushing) return;
    this.#pushing = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        if (this.#paused && this.#outcome === undefined && this.#waiting.length === 0) this.#setPaused(false);
        await this.#delivery.sink.write(next.run);
        this.#inflow.release(next.bytes);
      }
    } catch (error) {
      this.#waiting = [];
      this.#gathered = 0;
      this.#outcome = undefined;
      this.#abort(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#pushing = false;
    }
    this.#settleIfDone();
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    if (paused) {
      this.#stall.pause();
      this.#inflow.pause();
    } else {
      this.#stall.resume();
      this.#inflow.resume();
    }
  }

  readonly #onAbort = (): void => {
    this.#abort(abortReason(this.#delivery.signal));
  };

  #abort(error: Error): void {
    this.#finish({ error });
    this.#inflow.abort(error);
  }

  /** Nothing more comes; what came is still pushed. */
  #finish(outcome: { error: unknown } | 'complete'): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#stall.stop();
    this.#closeRun();
    this.#settleIfDone();
  }

  #settleIfDone(): void {
    if (this.#outcome === undefined || this.#pushing || this.#waiting.length > 0) return;
    this.#delivery.signal.removeEventListener('abort', this.#onAbort);
    if (this.#outcome === 'complete') this.#promise.resolve();
    else this.#promise.reject(this.#outcome.error);
  }

  #cutOff(why: string, cause?: unknown): CutOff {
    return new CutOff({ host: this.#inflow.host, why, bytes: this.#received, cause });
  }
}

interface WaitingRun {
  readonly run: BodyRun;
  readonly bytes: number;
}
