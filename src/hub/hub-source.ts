import { abortReason } from '../errors.js';
import { deliver } from '../net/body.js';
import { HubUnreachable } from '../net/errors.js';
import { type ExchangeContext, type Reached, exchange } from '../net/exchange.js';
import type { FastLane } from '../net/fast-lane.js';
import { type Held, atOnce } from '../net/held.js';
import type { Digest } from '../repo/digest.js';
import type { CommitHash } from '../repo/listing.js';
import type { RepoId } from '../repo/reference.js';
import type { Sink, Source } from '../transfer/source.js';
import { resolveUrl } from './addresses.js';
import { FileAddressRefused, RangeIgnored } from './errors.js';
import { type FileRange, bodyExtent, isPlain } from './file-answer.js';
import { refusal } from './refusal.js';

export interface HubSourceOptions {
  readonly context: ExchangeContext;
  readonly lane: FastLane;
  readonly repo: RepoId;
  readonly commit: CommitHash;
  readonly file: { path: string; size: number; digest?: Digest };
  readonly stallTimeoutMs: number;
  readonly anonymous: boolean;
}

/** Where the bytes lie: what the hub's redirects led to. */
interface Address extends Pick<Reached, 'url' | 'credentials'> {
  /** It has answered so plainly that the fast lane may go there. */
  readonly isPlain: boolean;
}

/** What a read is to bring, and how it waits for what is not its connection's fault. */
interface ReadRange extends FileRange {
  readonly held: Held;
}

/** What a server says when a signed address has expired. */
const expiredStatuses = [400, 401, 403, 404, 410];

/**
 * The bytes of one file of a commit. The first read follows the hub's redirects and uses the answer at their end; the
 * others wait for that, and then go straight there: by the fast lane as long as all answers are plain. An address that
 * has expired is renewed once, for all of them.
 */
export class HubSource implements Source {
  readonly #options: HubSourceOptions;
  readonly #resolveUrl: URL;
  #address: Address | undefined;
  /** The resolution under way: gives what went wrong, if it did. */
  #resolving: Promise<{ error: unknown } | undefined> | undefined;
  /** They gave the fast lane an answer that it does not take. */
  readonly #oddAddresses = new Set<string>();
  #ignoresRanges = false;
  #wholeFileComes = false;
  #wholeFiles = 0;

  constructor(options: HubSourceOptions) {
    const { context, repo, commit, file } = options;
    this.#options = options;
    this.#resolveUrl = resolveUrl(context.endpoint, repo, commit, file.path);
  }

  get ignoresRanges(): boolean {
    return this.#ignoresRanges;
  }

  async read({ start, end }: { start: number; end: number }, sink: Sink, signal: AbortSignal): Promise<void> {
    const { path, size, digest } = this.#options.file;
    if (start >= end) return;
    const range = { start, end, size, path, digest, held: sink.held ?? atOnce };
    const wholeFilesBefore = this.#wholeFiles;
    const lead = await this.#addressOrAnswer(range, signal);
    if ('address' in lead && (await this.#broughtByLane(lead.address, range, sink, signal))) return;
    const answer = 'answer' in lead ? lead.answer : await this.#open(range, signal);
    const { host, origin } = answer.url;
    const { stallTimeoutMs } = this.#options;
    const delivery = { ...bodyExtent(answer, range), origin, sink, stallTimeoutMs, signal };
    if (answer.status !== 200) return deliver(answer.body, delivery);

    if (start > 0 || end < size) this.#ignoresRanges = true;
    // The same bytes come, or have come, by another read that went on beside this one.
    if (this.#wholeFileComes || this.#wholeFiles > wholeFilesBefore) {
      const error = new RangeIgnored({ host, path });
      answer.body.abort(error);
      throw error;
    }
    this.#wholeFileComes = true;
    try {
      await deliver(answer.body, delivery);
      this.#wholeFiles += 1;
    } finally {
      this.#wholeFileComes = false;
    }
  }

  /** False: nothing came, and the range is to be asked for as usual. */
  async #broughtByLane(address: Address, range: ReadRange, sink: Sink, signal: AbortSignal): Promise<boolean> {
    const { context, lane, stallTimeoutMs } = this.#options;
    const { url, credentials } = address;
    if (!address.isPlain || this.#oddAddresses.has(url.href)) return false;
    const { held } = range;
    const request = { url, credentials, headers: headersFor(range), range, sink, stallTimeoutMs, signal, held };
    const outcome = await this.#unlessUnreachable(address, () => lane.bring(context, request));
    if (outcome.kind !== 'brought') this.#oddAddresses.add(url.href);
    if (outcome.kind !== 'declined') return true;
    if (outcome.status !== undefined && this.#isExpired({ url, status: outcome.status })) this.#forget(address);
    return false;
  }

  /** An answer that brings the range, or the whole file. */
  async #open(range: ReadRange, signal: AbortSignal): Promise<Reached> {
    const first = await this.#addressOrAnswer(range, signal);
    if ('answer' in first) return first.answer;
    const answer = await this.#askDirectly(first.address, range, signal);
    if (!this.#isExpired(answer)) return this.#judged(answer, range, signal);

    await answer.body.discard();
    this.#forget(first.address);
    const second = await this.#addressOrAnswer(range, signal);
    if ('answer' in second) return second.answer;
    return this.#judged(await this.#askDirectly(second.address, range, signal), range, signal);
  }

  /** The address if it is known, or soon will be; else this read resolves it, and has the answer at once. */
  async #addressOrAnswer(range: ReadRange, signal: AbortSignal): Promise<{ address: Address } | { answer: Reached }> {
    for (;;) {
      if (this.#address !== undefined) return { address: this.#address };
      if (this.#resolving === undefined) return { answer: await this.#resolve(range, signal) };
      const resolving = this.#resolving;
      const failure = await range.held(() => unlessAborted(resolving, signal));
      if (failure !== undefined) throw failure.error;
    }
  }

  async #resolve(range: ReadRange, signal: AbortSignal): Promise<Reached> {
    let tellOthers: (failure: { error: unknown } | undefined) => void = () => undefined;
    this.#resolving = new Promise((resolve) => (tellOthers = resolve));
    let failure: { error: unknown } | undefined;
    try {
      const answer = await this.#ask({ url: this.#resolveUrl, credentials: 'endpoint' }, range, signal);
      await this.#judged(answer, range, signal);
      const { url, credentials } = answer;
      this.#address = { url, credentials, isPlain: this.#options.lane.leadsTo(url) && isPlain(answer, range) };
      return answer;
    } catch (error) {
      // That this read was called off is no news for the others: one of them resolves next.
      failure = signal.aborted ? undefined : { error };
      throw error;
    } finally {
      this.#resolving = undefined;
      tellOthers(failure);
    }
  }

  #askDirectly(address: Address, range: ReadRange, signal: AbortSignal): Promise<Reached> {
    return this.#unlessUnreachable(address, () => this.#ask(address, range, signal));
  }

  async #unlessUnreachable<T>(address: Address, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      // The hub may know a server that is up; and whether the hub itself is, tells an outage from a dead server.
      if (error instanceof HubUnreachable) this.#forget(address);
      throw error;
    }
  }

  #ask({ url, credentials }: Omit<Address, 'isPlain'>, range: ReadRange, signal: AbortSignal): Promise<Reached> {
    const { held } = range;
    return exchange(this.#options.context, { url, headers: headersFor(range), signal, credentials, held });
  }

  /** Passes an answer on whose head promises what was asked for; otherwise ends it and says what is wrong. */
  async #judged(answer: Reached, range: ReadRange, signal: AbortSignal): Promise<Reached> {
    try {
      if (answer.status >= 400 && answer.status !== 416) throw await this.#refused(answer, signal);
      bodyExtent(answer, range);
      return answer;
    } catch (error) {
      // A login page's address is no address of the file.
      if (this.#address?.url.href === answer.url.href) this.#forget(this.#address);
      await answer.body.discard();
      throw error;
    }
  }

  #isExpired({ url, status }: Pick<Reached, 'url' | 'status'>): boolean {
    return url.href !== this.#resolveUrl.href && expiredStatuses.includes(status);
  }

  #refused(answer: Reached, signal: AbortSignal): Promise<Error> | Error {
    const { context, repo, commit, file, anonymous } = this.#options;
    const { url, status } = answer;
    if (this.#isExpired(answer) && answer.header('x-error-code') === undefined) {
      return new FileAddressRefused({ host: url.host, path: file.path, status });
    }
    const { endpoint } = context;
    return refusal(answer, { endpoint, repo, revision: commit, path: file.path, anonymous, signal });
  }

  #forget(address: Address): void {
    if (this.#address === address) this.#address = undefined;
  }
}

/** The hub's bridge refuses very large files without a range; an encoded body has no ranges to speak of. */
function headersFor({ start, end }: FileRange): Record<string, string> {
  return { range: `bytes=${start}-${end - 1}`, 'accept-encoding': 'identity' };
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw abortReason(signal);
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortReason(signal));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
