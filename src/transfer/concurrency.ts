/** What the engine saw up to now. Counts grow. */
export interface TransferSample {
  readonly timeMs: number;
  /** Received so far. */
  readonly bytes: number;
  /** Reads that have ended well so far. */
  readonly answers: number;
  /** Every connection of the limit is in use, and more work waits. */
  readonly isSaturated: boolean;
}

/** Decides how many connections are in use at a time. */
export interface Concurrency {
  readonly limit: number;
  sample(sample: TransferSample): void;
  /** The first bytes of a read came after this long. */
  answered(latencyMs: number): void;
  /** A server refused, or a connection broke. */
  failed(): void;
}

/** The number that the user chose. */
export function fixedConcurrency(limit: number): Concurrency {
  return { limit, sample: () => undefined, answered: () => undefined, failed: () => undefined };
}

const firstLimit = 4;
const mostConnections = 64;
/** Where an answer takes long, one connection brings little: there more of them begin. */
const firstLimits = [
  { latencyMs: 100, limit: 16 },
  { latencyMs: 15, limit: 8 },
] as const;

/** No speed is known before so much time has passed. */
const shortestEpochMs = 100;
/** A connection comes up to speed in some ten round trips: until then the speed grows by itself. */
const roundTripsToSpeed = 10;
/** But where they are long nobody can wait for that. */
const patientEpochMs = 300;
const leastRoundTrips = 1.5;
const longestEpochMs = 1_000;
/** Of a short answer the waiting is the cost, not the bytes: with this many bytes on top, many small files count too. */
const answerWorthBytes = 64 * 1024;
/** More connections must bring so much more, else they are only a burden to the server. */
const gain = 1.2;
/** A connection that brings so much a second is not what holds the transfer back: the disk or this machine is. */
const fastConnectionBytes = 40_000_000;
const loss = 0.5;
const epochsOfLoss = 3;
const firstHoldMs = 2_000;
const longestHoldMs = 30_000;
const holdAfterFailureMs = 5_000;

/**
 * Starts modest, doubles while the total speed grows with it, and goes back to where the last gain was. Tries a few more
 * now and then; halves when servers refuse, connections break, or the link becomes much slower.
 */
export class AdaptiveConcurrency implements Concurrency {
  readonly #tell: (limit: number, why: string) => void;
  #limit = firstLimit;
  #latencyMs: number | undefined;
  /** The epoch under way: its speed tells what the limit is worth. */
  #epochStart: TransferSample | undefined;
  #wasSaturated = true;
  /** The best speed that a limit has brought since things last changed, bytes a second. */
  #best = { speed: 0, limit: firstLimit };
  #state: 'climbing' | 'holding' = 'climbing';
  #isSecondLook = false;
  #lossEpochs = 0;
  #holdMs = firstHoldMs;
  #holdUntilMs = 0;
  #nowMs = 0;

  /** @param tell  told each new limit and why, for the curious */
  constructor(tell: (limit: number, why: string) => void = () => undefined) {
    this.#tell = tell;
  }

  get limit(): number {
    return this.#limit;
  }

  answered(latencyMs: number): void {
    if (this.#latencyMs === undefined) {
      const first = firstLimits.find((entry) => latencyMs >= entry.latencyMs);
      if (first !== undefined && this.#limit < first.limit) {
        this.#set(first.limit, `an answer takes ${String(Math.round(latencyMs))} ms`);
      }
    }
    this.#latencyMs = Math.min(latencyMs, this.#latencyMs ?? latencyMs);
  }

  failed(): void {
    if (this.#state === 'holding' && this.#holdUntilMs - this.#nowMs > holdAfterFailureMs / 2) return;
    this.#set(Math.max(1, Math.floor(this.#limit / 2)), 'a server refused or a connection broke');
    this.#best = { speed: 0, limit: this.#limit };
    this.#hold(holdAfterFailureMs);
  }

  sample(sample: TransferSample): void {
    this.#nowMs = sample.timeMs;
    this.#epochStart ??= sample;
    this.#wasSaturated &&= sample.isSaturated;
    const elapsedMs = sample.timeMs - this.#epochStart.timeMs;
    if (elapsedMs < this.#epochMs()) return;
    const { bytes, answers } = this.#epochStart;
    const worth = sample.bytes - bytes + (sample.answers - answers) * answerWorthBytes;
    const wasSaturated = this.#wasSaturated;
    this.#beginEpoch(sample);
    if (wasSaturated) this.#judge((worth * 1000) / elapsedMs);
  }

  #judge(speed: number): void {
    if (this.#state === 'holding') this.#judgeHolding(speed);
    else this.#judgeClimbing(speed);
  }

  #judgeClimbing(speed: number): void {
    if (speed >= this.#best.speed * gain) {
      this.#best = { speed, limit: this.#limit };
      this.#isSecondLook = false;
      this.#climb(speed);
    } else if (this.#isSecondLook) {
      this.#isSecondLook = false;
      if (this.#limit > this.#best.limit) this.#set(this.#best.limit, 'more brought nothing');
      this.#hold(this.#holdMs);
      this.#holdMs = Math.min(longestHoldMs, this.#holdMs * 2);
    } else {
      // New connections need a round trip or two before they show what they can do.
      this.#isSecondLook = true;
    }
  }

  #judgeHolding(speed: number): void {
    this.#lossEpochs = speed < this.#best.speed * loss ? this.#lossEpochs + 1 : 0;
    if (this.#lossEpochs >= epochsOfLoss) {
      this.#lossEpochs = 0;
      this.#set(Math.max(2, Math.floor(this.#limit / 2)), 'the link became slower');
      this.#best = { speed, limit: this.#limit };
      this.#hold(firstHoldMs);
      this.#holdMs = firstHoldMs;
    } else if (this.#nowMs >= this.#holdUntilMs) {
      this.#best = { speed, limit: this.#limit };
      this.#state = 'climbing';
      this.#climb(speed);
    }
  }

  #climb(speed: number): void {
    const isFast = speed / this.#limit >= fastConnectionBytes;
    if (isFast || this.#limit >= mostConnections) this.#hold(this.#holdMs);
    else this.#set(Math.min(mostConnections, this.#limit * 2), 'the speed still grows');
  }

  #hold(forMs: number): void {
    this.#state = 'holding';
    this.#lossEpochs = 0;
    this.#holdUntilMs = this.#nowMs + forMs;
  }

  #beginEpoch(sample: TransferSample): void {
    this.#epochStart = sample;
    this.#wasSaturated = true;
  }

  #set(limit: number, why: string): void {
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#epochStart = undefined;
    this.#wasSaturated = true;
    this.#tell(limit, why);
  }

  #epochMs(): number {
    const latencyMs = this.#latencyMs ?? 0;
    const patientMs = Math.min(patientEpochMs, roundTripsToSpeed * latencyMs);
    return Math.min(longestEpochMs, Math.max(shortestEpochMs, patientMs, leastRoundTrips * latencyMs));
  }
}
