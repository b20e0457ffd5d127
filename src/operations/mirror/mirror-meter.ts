import type { MirrorProgress, Progress, Tell } from '../../events.js';
import type { MirrorState } from './result.js';

const sampleMs = 250;

/** Bytes that a repo takes. */
interface Taken {
  readonly bytesToFetch: number;
  readonly bytesToWrite: number;
}

interface Active extends Taken {
  /** Received for files of it that have ended. */
  bytesOfDone: number;
  /** By its name with that of the repo, of each file that comes: what was here of it before. */
  readonly begun: Map<string, number>;
}

/** Counts what a mirror does, and tells the whole state a few times a second. Of a repo that is done only sums stay. */
export class MirrorMeter {
  readonly #tell: Tell;
  readonly #repos: number;
  readonly #count: Record<MirrorState, number> = { unchanged: 0, updated: 0, skipped: 0, failed: 0 };
  readonly #active = new Map<string, Active>();
  /** Of all files that move, whatever repos they are of. */
  #transfer: Pick<Progress, 'active' | 'bytesPerSecond'> = { active: [], bytesPerSecond: 0 };
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
  began(key: string, { bytesToFetch, bytesToWrite }: Taken): void {
    this.#active.set(key, { bytesToFetch, bytesToWrite, bytesOfDone: 0, begun: new Map() });
  }

  fileStarted(key: string, name: string, bytesHere: number): void {
    this.#active.get(key)?.begun.set(name, bytesHere);
  }

  fileEnded(key: string, name: string, bytesFetched: number): void {
    const active = this.#active.get(key);
    if (active === undefined) return;
    active.begun.delete(name);
    active.bytesOfDone += bytesFetched;
  }

  transferred({ active, bytesPerSecond }: Progress): void {
    this.#transfer = { active, bytesPerSecond };
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
    const underWay = this.#sum((it) => Math.max(it.bytesToFetch, this.#fetchedOf(it)));
    return this.#bytesFetched + this.#promised.bytesToFetch + underWay;
  }

  /** What is yet to be written by what has begun. */
  get bytesToWrite(): number {
    return this.#promised.bytesToWrite + this.#sum((it) => Math.max(0, it.bytesToWrite - this.#fetchedOf(it)));
  }

  #sum(of: (active: Active) => number): number {
    return [...this.#active.values()].reduce((sum, active) => sum + of(active), 0);
  }

  #fetchedOf({ bytesOfDone, begun }: Active): number {
    return this.#transfer.active.reduce((sum, { path, bytesDone }) => {
      const bytesHere = begun.get(path);
      return bytesHere === undefined ? sum : sum + Math.max(0, bytesDone - bytesHere);
    }, bytesOfDone);
  }

  #sample(): void {
    const { active, bytesPerSecond } = this.#transfer;
    const progress: MirrorProgress = {
      repos: this.#repos,
      ...this.#count,
      bytesFetched: this.#bytesFetched + this.#sum((it) => this.#fetchedOf(it)),
      bytesPerSecond: Math.round(bytesPerSecond),
      active,
    };
    this.#tell({ type: 'mirror-progress', progress });
  }
}
