import { matches, type RecordedRequest, type RequestMatch } from './requests.js';

/**
 * What goes wrong with an answer. Several effects at once add up. Offsets "after n bytes" count the body of that
 * answer; `flipByteAt` counts in the file.
 */
export interface FaultEffect {
  /** Before the headers. */
  readonly latencyMs?: number;
  /** No header comes: until the fault is released, or the connection is reset or closed at once. */
  readonly beforeHeaders?: 'hang' | 'reset' | 'close';

  /** An error instead of the answer, with JSON as the hub sends it. */
  readonly status?: number;
  /** `Retry-After` in seconds or as a date. */
  readonly retryAfter?: number | Date;
  /** What the `RateLimit` header tells. */
  readonly rateLimit?: { readonly left: number; readonly resetSeconds: number };
  /** A redirect instead of the answer; `self` goes to the same address for ever. */
  readonly redirectTo?: string;
  /** A login page with status 200 instead of the answer. */
  readonly captivePortal?: true;
  /** The signed URL has expired, for this and all later requests. */
  readonly expired?: true;
  /** This JSON instead of the answer's. */
  readonly json?: unknown;
  /** Added to the entries of a listing, as they are: hostile names, missing fields. */
  readonly entries?: readonly unknown[];

  /** The whole file with 200, whatever was asked for. */
  readonly ignoreRange?: true;
  /** The whole file compressed, whatever was accepted. */
  readonly gzip?: true;
  /** Added to both numbers of `Content-Range`; the body is what was asked for. */
  readonly shiftContentRangeBy?: number;
  /** Set, or taken away (null: without Content-Length the body is chunked). */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** A further header of that size. */
  readonly hugeHeaderBytes?: number;

  /** Only answers with this byte of the file are hit. */
  readonly flipByteAt?: number;
  /** The body ends early and Content-Length says so; Content-Range does not. */
  readonly truncateTo?: number;
  /** FIN after so many bytes, though Content-Length promised more. */
  readonly closeAfter?: number;
  /** RST after so many bytes. */
  readonly resetAfter?: number;
  /** Silence after so many bytes, until the fault is released. */
  readonly stallAfter?: number;
  /** For this answer instead of the hub's rate. */
  readonly bytesPerSecond?: number;
}

export interface Fault extends FaultEffect {
  /** Default: every request. */
  readonly match?: RequestMatch;
  /** The first matching request that is hit, counted from 1. */
  readonly nth?: number;
  /** How many are hit. Default 1. */
  readonly times?: number;
}

export interface FaultHandle {
  /** How many requests were hit. */
  readonly met: number;
  /** Lets go on what hangs or stalls. */
  release(): void;
  /** Hits nothing any more. */
  remove(): void;
}

/** The effects on one answer. `released` resolves when all faults that hit it are released. */
export interface Effect extends FaultEffect {
  readonly released: Promise<unknown>;
}

/** A part of a file: what an answer would carry. */
export interface Carried {
  readonly status: number;
  readonly start: number;
  readonly end: number;
}

/** Decides what befalls an answer; what hangs or stalls by it does so until the client goes. */
export type FaultScript = (request: RecordedRequest, carried: Carried) => FaultEffect | undefined;

export class Faults {
  /** Asked for each answer, and stronger than the faults that are armed. */
  script: FaultScript | undefined;
  #armed = new Set<ArmedFault>();

  add(fault: Fault): FaultHandle {
    const armed = new ArmedFault(fault, () => this.#armed.delete(armed));
    this.#armed.add(armed);
    return armed;
  }

  /** What hits this request; a fault that was set later wins where two set the same effect. */
  take(request: RecordedRequest, carried: Carried): Effect {
    const hitting = [...this.#armed].filter((fault) => fault.hits(request, carried));
    const effect = hitting.reduce<FaultEffect>((sum, { fault }) => ({ ...sum, ...fault }), {});
    const scripted = this.script?.(request, carried);
    const never = scripted === undefined ? [] : [new Promise<never>(() => undefined)];
    return { ...effect, ...scripted, released: Promise.all([...hitting.map(({ released }) => released), ...never]) };
  }
}

class ArmedFault implements FaultHandle {
  met = 0;
  readonly released: Promise<void>;
  release: () => void = () => undefined;
  #seen = 0;

  constructor(
    readonly fault: Fault,
    readonly remove: () => void,
  ) {
    this.released = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  hits(request: RecordedRequest, { start, end }: Carried): boolean {
    const { match = {}, nth = 1, times = 1, flipByteAt } = this.fault;
    if (!matches(request, match)) return false;
    if (flipByteAt !== undefined && (flipByteAt < start || flipByteAt >= end)) return false;
    this.#seen += 1;
    if (this.#seen < nth || this.met >= times) return false;
    this.met += 1;
    return true;
  }
}
