import type { Carried, FaultEffect } from '../support/hub-server/faults.js';
import { repoWith, type FileSpec } from '../support/hub-server/repos.js';
import type { RecordedRequest } from '../support/hub-server/requests.js';
import { startHub, type Hub } from '../support/hub-server/server.js';
import { effectOf, loopPath, strikesAt } from './effect.js';
import type { PlannedFault, SeedPlan } from './plan.js';
import { SentBytes } from './sent-bytes.js';

export const repoId = 'chaos/repo';

/** Something that went wrong, and how long it took until what it had stopped went on. */
export interface Setback {
  readonly what: string;
  readonly sinceMs: number;
  tookMs: number | undefined;
}

/** An answer that carries bytes of a file. */
export interface Flow {
  readonly request: RecordedRequest;
  readonly path: string;
  readonly start: number;
  readonly end: number;
  /** The body was asked for as it comes: not the whole file instead of a part. */
  readonly counts: boolean;
  readonly fault: ArmedFault | undefined;
  readonly begunMs: number;
  bytes: number;
  lastMs: number;
}

interface ArmedFault {
  readonly fault: PlannedFault;
  /** `taken`: an answer is under way to the byte at which it strikes. */
  state: 'armed' | 'taken' | 'met';
  strikes: number;
  setback?: Setback;
}

/** The loopback hub over a link of limited speed, with the faults of a seed. */
export class ChaosHub {
  readonly hub: Hub;
  readonly sent = new SentBytes();
  readonly setbacks: Setback[] = [];
  readonly #plan: SeedPlan;
  readonly #faults: readonly ArmedFault[];
  readonly #flows = new Map<RecordedRequest, Flow>();
  readonly #changed: () => void;
  #isHeld = false;

  /** @param changed  called when a request has come or bytes have been sent */
  static async start(plan: SeedPlan, changed: () => void): Promise<ChaosHub> {
    const files = plan.files.map(({ path, size, lfs }, index): [string, FileSpec] => {
      const manyFiles = 100;
      return [path, { size, lfs, seed: plan.seed * manyFiles + index }];
    });
    return new ChaosHub(
      plan,
      await startHub({ repos: [repoWith({ id: repoId, files: Object.fromEntries(files) })] }),
      changed,
    );
  }

  private constructor(plan: SeedPlan, hub: Hub, changed: () => void) {
    this.hub = hub;
    this.#plan = plan;
    this.#faults = plan.faults.map((fault) => ({ fault, state: 'armed', strikes: 0 }));
    this.#changed = changed;
    hub.faultScript = (request, carried) => this.#befall(request, carried);
    hub.watch((request) => this.#note(request));
    this.#shareLink();
  }

  /** How often a file was sent with a wrong byte. */
  flipsOf(path: string): number {
    const flips = this.#faults.filter(({ fault }) => fault.kind === 'flipped byte' && isOf(fault, path));
    return flips.reduce((sum, { strikes }) => sum + strikes, 0);
  }

  get unmet(): PlannedFault[] {
    return this.#faults.filter(({ state }) => state !== 'met').map(({ fault }) => fault);
  }

  get met(): PlannedFault[] {
    return this.#faults.filter(({ state }) => state === 'met').map(({ fault }) => fault);
  }

  /** Answers under way that brought bytes in the last half second. */
  flowing(): Flow[] {
    const recentMs = 500;
    return [...this.#flows.values()].filter(({ bytes, lastMs }) => bytes > 0 && performance.now() - lastMs < recentMs);
  }

  /** Nothing is sent until `goOn`. */
  hold(): void {
    this.#isHeld = true;
    this.#shareLink();
  }

  goOn(): void {
    this.#isHeld = false;
    this.#shareLink();
  }

  /** Begins to measure how long it takes until something new is sent to whoever asks from now on. */
  noteKill(): void {
    this.setbacks.push({ what: 'kill', sinceMs: performance.now(), tookMs: undefined });
  }

  close(): Promise<void> {
    return this.hub.close();
  }

  #befall(request: RecordedRequest, carried: Carried): FaultEffect | undefined {
    if (request.url === loopPath) return { redirectTo: 'self' };
    const armed = this.#faultFor(request, carried);
    const { path } = request;
    const isFile = isFileAnswer(request, carried);
    if (armed !== undefined) {
      armed.state = 'taken';
      if (strikesAt(armed.fault) === undefined || strikesAt(armed.fault) === carried.start) this.#strike(armed);
    } else if (!isFile) {
      for (const { fault, state, setback } of this.#faults) {
        if (state === 'met' && fault.on !== 'bytes' && isMeant(fault, request)) recover(setback);
      }
    }
    if (isFile && path !== undefined) {
      const isWhole = armed?.fault.kind === 'ignored range';
      const [start, end] = isWhole ? [0, this.#sizeOf(path)] : [carried.start, carried.end];
      const begunMs = performance.now();
      const flow = { request, path, start, end, counts: !isWhole, fault: armed, begunMs, bytes: 0, lastMs: begunMs };
      if (armed === undefined || hasFileBody(armed.fault)) this.#flows.set(request, flow);
      this.#shareLink();
    }
    return armed === undefined ? undefined : effectOf(armed.fault, carried.start);
  }

  /**
   * One fault for each answer; of several in a body the first, so that the others are still to come. One that is on its
   * way counts too: that answer may be called off before it gets there, since this one brings the rest.
   */
  #faultFor(request: RecordedRequest, carried: Carried): ArmedFault | undefined {
    const armed = this.#faults.filter(({ state }) => state !== 'met');
    if (!isFileAnswer(request, carried)) return armed.find(({ fault }) => isMeant(fault, request));
    const isPart = carried.end - carried.start < this.#sizeOf(request.path);
    let first: { armed: ArmedFault; at: number } | undefined;
    for (const each of armed) {
      const { fault } = each;
      if (fault.on !== 'bytes' || !isOf(fault, request.path)) continue;
      if (fault.at < carried.start || fault.at >= carried.end) continue;
      if (fault.kind === 'ignored range' && !isPart) continue;
      if (first === undefined || fault.at < first.at) first = { armed: each, at: fault.at };
    }
    return first?.armed;
  }

  #sizeOf(path: string | undefined): number {
    return this.#plan.files.find((file) => file.path === path)?.size ?? 0;
  }

  #note(request: RecordedRequest): void {
    const flow = this.#flows.get(request);
    if (flow !== undefined && request.bytesSent > flow.bytes) this.#noteBytes(flow, request.bytesSent - flow.bytes);
    if (flow !== undefined && request.ended) {
      this.#flows.delete(request);
      // It ended before the fault could strike: the next one meets it.
      if (flow.fault?.state === 'taken') flow.fault.state = 'armed';
      this.#shareLink();
    }
    this.#changed();
  }

  #noteBytes(flow: Flow, bytes: number): void {
    if (flow.bytes === 0) this.#recoverBy(flow);
    const part = { start: flow.start + flow.bytes, end: flow.start + flow.bytes + bytes };
    flow.bytes += bytes;
    flow.lastMs = performance.now();
    const fresh = this.sent.add(flow.path, part, flow);
    const strikes = flow.fault === undefined ? undefined : strikesAt(flow.fault.fault);
    if (flow.fault !== undefined && strikes !== undefined && part.start < strikes && part.end >= strikes) {
      this.#strike(flow.fault);
      this.#shareLink();
    }
    if (fresh === 0) return;
    for (const setback of this.setbacks) {
      if (setback.what === 'kill' && flow.begunMs > setback.sinceMs) recover(setback);
    }
  }

  /** What stood still at some byte goes on with the first byte of an answer that carries it. */
  #recoverBy(flow: Flow): void {
    for (const { fault, state, setback } of this.#faults) {
      if (state !== 'met' || fault.on !== 'bytes' || setback === flow.fault?.setback) continue;
      if (fault.path === flow.path && fault.at >= flow.start && fault.at < flow.end) recover(setback);
    }
  }

  #strike(armed: ArmedFault): void {
    armed.strikes += 1;
    if (armed.state === 'met') return;
    armed.state = 'met';
    armed.setback = { what: armed.fault.kind, sinceMs: performance.now(), tookMs: undefined };
    this.setbacks.push(armed.setback);
  }

  /** All connections together are as fast as the link; those that stand still or drip take nothing of it. */
  #shareLink(): void {
    const isSilent = ({ fault }: Flow) =>
      fault?.state === 'met' && (fault.fault.kind === 'stall' || fault.fault.kind === 'slow drip');
    const sharers = [...this.#flows.values()].filter((flow) => !isSilent(flow)).length;
    this.hub.bytesPerSecond = this.#isHeld ? 0 : this.#plan.bytesPerSecond / Math.max(1, sharers);
  }
}

function isFileAnswer({ kind }: RecordedRequest, { status }: Carried): boolean {
  return (kind === 'cdn' || kind === 'resolve-cache') && (status === 200 || status === 206);
}

function isOf(fault: PlannedFault, path: string | undefined): boolean {
  return 'path' in fault && fault.path === path;
}

function isMeant(fault: PlannedFault, { kind, path }: RecordedRequest): boolean {
  if (fault.on === 'call') return fault.call === kind;
  return fault.on === 'address' && kind === 'resolve' && fault.path === path;
}

/** What comes is a part of the file, not a message instead of it. */
function hasFileBody({ kind }: PlannedFault): boolean {
  return !['cut', '5xx', '429', 'expired URL', 'redirect loop'].includes(kind);
}

function recover(setback: Setback | undefined): void {
  if (setback !== undefined) setback.tookMs ??= performance.now() - setback.sinceMs;
}
