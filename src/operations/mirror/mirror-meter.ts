import type { ActiveRepo, MirrorProgress, Progress, Tell } from '../../events.js';
import { Speed } from '../../transfer/speed.js';
import type { MirrorState } from './result.js';

const sampleMs = 250;

/** Bytes that a repo takes. */
interface Taken {
  readonly bytesToFetch: number;
  readonly bytesToWrite: number;
}

interface Active extends Taken {
  readonly name: string;
  /** Received so far, of what is yet to be told by `fetched`. */
  bytesFetched: number;
  shown: ActiveRepo;
}

/** Counts what a mirror does, and tells the whole state a few times a second. Of a repo that is done only sums stay. */
export class MirrorMeter {
  readonly #tell: Tell;
  readonly #repos: number;
  readonly #count: Record<MirrorState, number> = { unchanged: 0, updated: 0, skipped: 0, failed: 0 };
  readonly #active = new Map<string, Active>();
  readonly #speed = new Speed();
  #bytesFetched = 0;
  /** Of a dry run. */
  #promised: Taken = { bytesToFetch: 0, bytesToWrite: 0 };
  #timer: NodeJS.Timeout | undefined;

  constructor({ repos, tell }: { repos: number; tell: Tell }) {
    this.#repos = repos;
    this.#tell = tell;
  }

  start(): void {
    this.#timer = setInterval(() => this.#sample(), sampleMs);
  }

  /** Tells the last state and ends the sampling. */
  stop(): void {
    clearInterval(this.#timer);
    this.#sample();
  }

  /** @param key  names the request: a repo may be there with several revisions */
  began(key: string, name: string, { bytesToFetch, bytesToWrite, files }: Taken & { files: number }): void {
    const shown = { repo: name, bytesDone: 0, bytesTotal: bytesToFetch, filesDone: 0, filesTotal: files };
    this.#active.set(key, { name, bytesToFetch, bytesToWrite, bytesFetched: 0, shown });
  }

  progressed(key: string, { bytesDone, bytesTotal, filesDone, filesTotal }: Progress): void {
    const active = this.#active.get(key);
    if (active === undefined) return;
    active.bytesFetched = Math.max(0, bytesDone - (bytesTotal - active.bytesToFetch));
    active.shown = { repo: active.name, bytesDone, bytesTotal, filesDone, filesTotal };
  }

  /** All that was received for a repo, once that is known. */
  fetched(key: string, bytes: number): void {
    this.#bytesFetched += bytes;
    this.#active.delete(key);
  }

  ended(key: string): void {
    this.#active.delete(key);
  }

  /** Counts what a run would take. */
  promise({ bytesToFetch, bytesToWrite }: Taken): void {
    this.#promised = {
      bytesToFetch: this.#promised.bytesToFetch + bytesToFetch,
      bytesToWrite: this.#promised.bytesToWrite + bytesToWrite,
    };
  }

  settled({ before, now }: { before: MirrorState | undefined; now: MirrorState | undefined }): void {
    if (before !== undefined) this.#count[before] -= 1;
    if (now !== undefined) this.#count[now] += 1;
  }

  /** What has been fetched, and will be when what has begun is done. */
  get bytesSpent(): number {
    const underWay = this.#sum((it) => Math.max(it.bytesToFetch, it.bytesFetched));
    return this.#bytesFetched + this.#promised.bytesToFetch + underWay;
  }

  /** What is yet to be written by what has begun. */
  get bytesToWrite(): number {
    return this.#promised.bytesToWrite + this.#sum((it) => Math.max(0, it.bytesToWrite - it.bytesFetched));
  }

  #sum(of: (active: Active) => number): number {
    return [...this.#active.values()].reduce((sum, active) => sum + of(active), 0);
  }

  #sample(): void {
    const bytesFetched = this.#bytesFetched + this.#sum((it) => it.bytesFetched);
    const progress: MirrorProgress = {
      repos: this.#repos,
      ...this.#count,
      bytesFetched,
      bytesPerSecond: Math.round(this.#speed.sample(performance.now(), bytesFetched)),
      active: Array.from(this.#active.values(), ({ shown }) => shown),
    };
    this.#tell({ type: 'mirror-progress', progress });
  }
}
