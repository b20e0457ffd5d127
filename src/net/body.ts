import { abortReason } from '../errors.js';
import { CutOff, WrongLength } from './errors.js';
import type { IncomingBody } from './incoming-body.js';
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

/**
 * Gathers a body into runs and pushes them to a sink, without a copy. What came before a failure is pushed too.
 *
 * @throws CutOff  it ended early or went silent; `WrongLength` it goes on beyond `bytes` (they are never pushed);
 *   what `sink.write` threw; the signal's `abortReason`
 */
export function deliver(body: IncomingBody, delivery: Delivery): Promise<void> {
  return new Promise((resolve, reject) => new RunGatherer(body, delivery, { resolve, reject }).start());
}

class RunGatherer {
  readonly #body: IncomingBody;
  readonly #delivery: Delivery;
  readonly #promise: { resolve: () => void; reject: (reason: unknown) => void };
  readonly #stall: StallWatch;
  #received = 0;
  #waiting: BodyRun[] = [];
  /** The run being gathered. */
  #buffers: Uint8Array[] = [];
  #gathered = 0;
  #limit = 0;
  #ageTimer: NodeJS.Timeout | undefined;
  #paused = false;
  #pushing = false;
  #outcome: { error: unknown } | 'complete' | undefined;

  constructor(
    body: IncomingBody,
    delivery: Delivery,
    promise: { resolve: () => void; reject: (reason: unknown) => void },
  ) {
    this.#body = body;
    this.#delivery = delivery;
    this.#promise = promise;
    this.#stall = new StallWatch(delivery.stallTimeoutMs, () => {
      const seconds = Math.round(delivery.stallTimeoutMs / 100) / 10;
      const error = this.#cutOff(`sent less than 1 KiB in ${seconds} s`);
      // All is here: only the body's formal end is missing.
      this.#finish(this.#isWhole ? 'complete' : { error });
      this.#body.abort(error);
    });
  }

  start(): void {
    const { signal } = this.#delivery;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) {
      this.#onAbort();
      return;
    }
    this.#body.read({
      chunk: (bytes) => this.#take(bytes),
      end: () => this.#finish(this.#isWhole ? 'complete' : { error: this.#cutOff('ended the body') }),
      fail: (error) => this.#finish(this.#isWhole ? 'complete' : { error: this.#cutOff(cutOffReason(error), error) }),
    });
  }

  get #isWhole(): boolean {
    return this.#received === this.#delivery.bytes;
  }

  #take(chunk: Uint8Array): void {
    if (this.#outcome !== undefined) return;
    const { bytes, sink } = this.#delivery;
    const wanted = chunk.subarray(0, bytes - this.#received);
    if (wanted.byteLength > 0) {
      this.#stall.arrived(wanted.byteLength);
      sink.arrived(wanted.byteLength);
      this.#gather(wanted);
    }
    if (wanted.byteLength < chunk.byteLength) {
      this.#abort(
        new WrongLength({ host: this.#body.host, why: `sent more than the ${bytes} bytes that were asked for` }),
      );
    }
  }

  #gather(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.byteLength > 0) {
      if (this.#gathered === 0) this.#openRun();
      const part = rest.subarray(0, this.#limit - this.#gathered);
      this.#buffers.push(part);
      this.#gathered += part.byteLength;
      this.#received += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (this.#gathered >= this.#limit) this.#closeRun();
    }
  }

  #openRun(): void {
    this.#limit = Math.max(1, this.#delivery.sink.runBytes);
    this.#ageTimer = setTimeout(() => this.#closeRun(), this.#delivery.sink.runAgeMs);
  }

  #closeRun(): void {
    clearTimeout(this.#ageTimer);
    if (this.#gathered === 0) return;
    const { offset, origin } = this.#delivery;
    this.#waiting.push({ offset: offset + this.#received - this.#gathered, buffers: this.#buffers, origin });
    this.#buffers = [];
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
      for (let run = this.#waiting.shift(); run !== undefined; run = this.#waiting.shift()) {
        if (this.#paused && this.#outcome === undefined && this.#waiting.length === 0) this.#setPaused(false);
        await this.#delivery.sink.write(run);
      }
    } catch (error) {
      this.#waiting = [];
      this.#buffers = [];
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
      this.#body.pause();
    } else {
      this.#stall.resume();
      this.#body.resume();
    }
  }

  readonly #onAbort = (): void => {
    this.#abort(abortReason(this.#delivery.signal));
  };

  #abort(error: Error): void {
    this.#finish({ error });
    this.#body.abort(error);
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
    return new CutOff({ host: this.#body.host, why, bytes: this.#received, cause });
  }
}
