import { type ExitCode, HubError, Interrupted } from '../errors.js';
import type { Tell } from '../events.js';
import type { Clock } from './clock.js';
import { ExchangeError, RateLimited } from './errors.js';
import { longestHintMs } from './throttle.js';

/** What the requests of a run know of each other. */
export interface Contact {
  /** An endpoint has answered in this run: it exists, so that patience makes sense. */
  answered: boolean;
}

export interface BackoffOptions {
  /** The thing being tried, as a person knows it: a file's path, "the file list". */
  readonly what: string;
  /** Tries after the first. */
  readonly retries: number;
  readonly contact: Contact;
  readonly tell: Tell;
  readonly clock: Clock;
  readonly random: () => number;
}

const firstCeilingMs = 500;
const highestCeilingMs = 30_000;
/** With that many new bytes since the last failure a link is good for another try at once. */
const forgivingBytes = 64 * 1024;
/** Enough to tell that nobody is there. */
const triesWithoutContact = 3;

/** The last failure of many. Has the code and exit code of that failure. */
class GaveUp extends HubError {
  readonly code: string;
  readonly exitCode: ExitCode;
  override readonly retryable = true;

  constructor(last: HubError, tries: number) {
    super(`${last.message} (${tries} tries)`, {
      cause: last,
      ...(last.hint === undefined ? {} : { hint: last.hint }),
      ...(last.retryAfter === undefined ? {} : { retryAfter: last.retryAfter }),
    });
    this.name = last.name;
    this.code = last.code;
    this.exitCode = last.exitCode;
  }
}

/**
 * How long one thing, a call or a file, is tried: full jitter under a ceiling that doubles from 0.5 s to 30 s, as long
 * as there are tries left. New bytes give all tries back.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;
  #newBytes = 0;
  /** What servers asked to wait since the last new byte. */
  #hintedMs = 0;
  #hintedUntil = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** New bytes, ones that were lacking, have come. */
  progressed(bytes: number): void {
    if (bytes === 0) return;
    this.#failures = 0;
    this.#hintedMs = 0;
    this.#newBytes += bytes;
  }

  /**
   * Notes a failed try.
   *
   * @returns ms to wait before the next one
   * @throws the error itself when no try can help, or the last one's kind, naming the number of tries
   */
  failed(error: unknown): number {
    if (!(error instanceof HubError) || !error.retryable || error instanceof Interrupted) throw error;
    if (error instanceof RateLimited && error.retryAfter !== undefined) return this.#hinted(error, error.retryAfter);
    if (error instanceof ExchangeError && !error.spendsTry) return 0;

    const { retries, contact, what, tell, random } = this.#options;
    const attempts = contact.answered ? retries + 1 : Math.min(retries + 1, triesWithoutContact);
    this.#failures += 1;
    if (this.#failures >= attempts) throw this.#failures === 1 ? error : new GaveUp(error, this.#failures);
    const ceilingMs = Math.min(highestCeilingMs, firstCeilingMs * 2 ** (this.#failures - 1));
    const delayMs = this.#newBytes >= forgivingBytes ? 0 : Math.round(random() * ceilingMs);
    this.#newBytes = 0;
    const { host, why } = error instanceof ExchangeError ? error : { host: '', why: error.message };
    tell({ type: 'retrying', what, host, why, attempt: this.#failures, attempts, delayMs });
    return delayMs;
  }

  /** The throttle holds the next request back; here is only counted, and time that overlaps counts once. */
  #hinted(error: RateLimited, seconds: number): number {
    const now = this.#options.clock.now();
    const until = Math.max(this.#hintedUntil, now + seconds * 1000);
    this.#hintedMs += until - Math.max(this.#hintedUntil, now);
    this.#hintedUntil = until;
    if (this.#hintedMs > longestHintMs) throw error;
    return 0;
  }
}
