import { ExitCode, HubError, Interrupted } from '../errors.js';
import type { Clock } from '../net/clock.js';
import { ExchangeError } from '../net/errors.js';
import { atOnce } from '../net/held.js';
import { type Sink, type Source, bytesOf } from '../transfer/source.js';
import type { Endpoint, Endpoints, Failure } from './endpoints.js';
import { FileSuspects } from './file-suspects.js';
import { ReadMeter } from './read-meter.js';

/** With that many bytes before it broke, an endpoint is none that fails: only this read goes on elsewhere. */
const forgivingBytes = 64 * 1024;
/** A read that is over sooner is not worth a new request to a faster endpoint. */
const leastRestMs = 2000;
/** A read that has changed its endpoint so often stays where it is. */
const mostChanges = 3;
/** After so many reads in vain even those are asked whose bytes are doubted: they may be sound, and the digest judges. */
const vainReads = 2;

export interface MirroredSourceOptions {
  readonly endpoints: Endpoints;
  /** Of the file, in its repo. */
  readonly path: string;
  readonly sourceOf: (endpoint: Endpoint) => Source;
  readonly clock: Clock;
}

/**
 * The bytes of one file of a commit, from any of several endpoints. A read that fails at one goes on at the next within
 * the same try. An endpoint that lacks the file is not asked for it again; one that is much slower than another is left.
 */
export class MirroredSource implements Source {
  readonly #options: MirroredSourceOptions;
  readonly #sources = new Map<Endpoint, Source>();
  /** Those that don't have the file, or don't give it, and what they say. */
  readonly #lacking = new Map<Endpoint, HubError>();

  /** Reads that nobody could serve whose bytes are not doubted. */
  #vainReads = 0;
  readonly suspects: FileSuspects;

  constructor(options: MirroredSourceOptions) {
    this.#options = options;
    this.suspects = new FileSuspects(options.endpoints, options.path);
  }

  get ignoresRanges(): boolean {
    if (![...this.#sources.values()].some(({ ignoresRanges }) => ignoresRanges)) return false;
    return this.#pool().every((endpoint) => this.#ignoresRanges(endpoint));
  }

  async read({ start, end }: { start: number; end: number }, sink: Sink, signal: AbortSignal): Promise<void> {
    const { endpoints } = this.#options;
    let failures: Failure[] = [];
    let position = start;
    for (let changes = 0; position < end;) {
      const endpoint = this.#pool().find((it) => !failures.some((failure) => failure.endpoint === it));
      if (endpoint === undefined) {
        this.#vainReads += 1;
        throw endpoints.mostHopeful([...this.#refusals(), ...failures]);
      }
      const sooner = endpoints.soonerThan(endpoint, failures);
      if (sooner !== undefined) {
        await (sink.held ?? atOnce)(() => this.#options.clock.sleep(sooner.waitMs, signal));
        failures = failures.filter((failure) => failure !== sooner.failure);
        continue;
      }
      const attempt = { endpoint, start: position, end, mayLeave: changes < mostChanges };
      const { error, reached } = await this.#attempt(attempt, sink, signal);
      const broughtBytes = reached - position;
      position = reached;
      if (error === undefined) {
        if (!this.suspects.isDoubted(endpoint)) this.#vainReads = 0;
        return;
      }
      if (error === 'left') changes += 1;
      else if (error instanceof ExchangeError) {
        if (broughtBytes < forgivingBytes) endpoints.failed(endpoint, error);
        failures.push({ endpoint, error });
      } else this.#lacking.set(endpoint, error);
    }
  }

  /**
   * Reads from one endpoint.
   *
   * @returns how far it came, and what went wrong: what the endpoint is to blame for, or that a better one was preferred
   * @throws whatever is not the endpoint's fault
   */
  async #attempt(
    { endpoint, start, end, mayLeave }: { endpoint: Endpoint; start: number; end: number; mayLeave: boolean },
    sink: Sink,
    signal: AbortSignal,
  ): Promise<{ reached: number; error?: HubError | 'left' }> {
    const { endpoints, clock } = this.#options;
    const leave = new AbortController();
    const left = new Interrupted();
    let reached = start;
    const meter = new ReadMeter(clock, (measured) => {
      endpoints.brought(endpoint, measured);
      const restMs = ((end - reached) * measured.ms) / measured.bytes;
      if (mayLeave && restMs > leastRestMs && this.#isOutdone(endpoint)) leave.abort(left);
    });
    const metered: Sink = {
      get runBytes() {
        return sink.runBytes;
      },
      get runAgeMs() {
        return sink.runAgeMs;
      },
      held: sink.held,
      arrived: (bytes) => {
        sink.arrived(bytes);
        meter.arrived(bytes);
      },
      write: async (run) => {
        this.suspects.ledTo(run.origin, endpoint);
        await sink.write(run);
        if (run.offset <= reached) reached = Math.max(reached, run.offset + bytesOf(run));
      },
    };
    endpoints.began(endpoint);
    try {
      await this.#sourceOf(endpoint).read({ start, end }, metered, AbortSignal.any([signal, leave.signal]));
      endpoints.answered(endpoint);
      meter.ended();
      return { reached: end };
    } catch (error) {
      if (signal.aborted || !(error instanceof HubError)) throw error;
      if (error === left) return { reached, error: 'left' };
      if (error instanceof ExchangeError || isRefusal(error)) return { reached, error };
      throw error;
    } finally {
      endpoints.ended(endpoint);
    }
  }

  /**
   * Those that may have the file, the best first; who sends only whole files comes last. Whoever is doubted is asked only
   * if nobody else gives it, and so is the first endpoint, which has listed it, when it has been dropped.
   */
  #pool(): readonly Endpoint[] {
    const { endpoints } = this.#options;
    const mayHaveIt = (endpoint: Endpoint) => !this.#lacking.has(endpoint);
    const inUse = endpoints.inOrder().filter(mayHaveIt);
    const trusted = inUse.filter((endpoint) => !this.suspects.isDoubted(endpoint));
    const doubted = inUse.filter((endpoint) => this.suspects.isDoubted(endpoint));
    const asLastResort = inUse.length === 0 ? [endpoints.first].filter(mayHaveIt) : doubted;
    return [
      ...trusted.toSorted((a, b) => Number(this.#ignoresRanges(a)) - Number(this.#ignoresRanges(b))),
      ...(trusted.length === 0 || this.#vainReads >= vainReads ? asLastResort : []),
    ];
  }

  #isOutdone(endpoint: Endpoint): boolean {
    return this.#options.endpoints.isOutdone(endpoint) && this.#pool()[0] !== endpoint;
  }

  #ignoresRanges(endpoint: Endpoint): boolean {
    return this.#sources.get(endpoint)?.ignoresRanges === true;
  }

  #refusals(): Failure[] {
    return Array.from(this.#lacking, ([endpoint, error]) => ({ endpoint, error }));
  }

  #sourceOf(endpoint: Endpoint): Source {
    const source = this.#sources.get(endpoint) ?? this.#options.sourceOf(endpoint);
    this.#sources.set(endpoint, source);
    return source;
  }
}

/** A 404, 401 or 403: of the listed file's bytes it tells only that this endpoint does not give them. */
function isRefusal({ exitCode }: HubError): boolean {
  return exitCode === ExitCode.notFound || exitCode === ExitCode.access;
}
