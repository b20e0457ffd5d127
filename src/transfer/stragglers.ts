/** What is known of a read under way. Counts grow; moments are those of one clock, in ms. */
export interface WatchedRead {
  /** Reads of the same file have the same. */
  readonly path: string;
  readonly begunMs: number;
  /** Received so far. */
  readonly bytesFetched: number;
  /** Still to come. */
  readonly restBytes: number;
  /** Since when it has brought nothing although it could; while the target or a rate limit holds it back: now. */
  readonly quietSinceMs: number;
  /** How long something else than the link has held it back so far. */
  readonly heldMs: number;
  /** How often what it brings was taken from another read, because that one was too slow. */
  readonly replacements: number;
}

/** A read that is better replaced, and why in some words. */
export interface Straggler<Read extends WatchedRead> {
  readonly read: Read;
  readonly why: string;
}

const leastPatienceMs = 500;
const mostPatienceMs = 10_000;
/** Of the stall timeout, after which a silent connection is given up whatever its siblings do. */
const patienceOfStallTimeout = 1 / 6;
/** A read below this part of its siblings' median crawls. */
const crawl = 0.1;
/** Below so many bytes a second of each connection nothing flows: it is the link that is slow, or down. */
const flow = 8 * 1024;
/** So many spans of patience are remembered: longer silences end by the stall timeout. */
const remembered = 8;

/**
 * Finds the reads that stay dark or crawl while their siblings flow. It has patience before it says so: twice as much
 * before a first byte, and twice as much each time that the same range is taken from a read.
 *
 * Where all crawl alike, or all are dark, nobody is a straggler: that is the link. And no more are replaced within one
 * span of patience than there are others that flow.
 *
 * Pure: it knows what it is given.
 */
export class Stragglers<Read extends WatchedRead> {
  readonly #patienceMs: number;
  #watched = new Map<Read, Watched>();
  /** Of the last window: a fast connection has many reads in it. */
  #ended: (Paced & { readonly endedMs: number })[] = [];
  /** Of all reads, those that have ended included. */
  #totals: Point[] = [];
  /** By path, and for '' of all; as of the last sample. */
  readonly #medians = new Map<string, number>();
  #replacedMs: number[] = [];
  #lookedMs = -Infinity;

  constructor(stallTimeoutMs: number) {
    this.#patienceMs = Math.min(mostPatienceMs, Math.max(leastPatienceMs, stallTimeoutMs * patienceOfStallTimeout));
  }

  /**
   * Takes a sample; to be asked several times a second.
   *
   * @param totalBytes  received by all reads so far, those that have ended included
   */
  find(nowMs: number, reads: readonly Read[], totalBytes: number): Straggler<Read>[] {
    const unseenMs = nowMs - this.#lookedMs;
    if (unseenMs < this.#patienceMs / 20) return [];
    // The machine slept, or nothing was under way: what was seen before tells nothing about now.
    if (unseenMs > this.#patienceMs) this.#forget();
    this.#lookedMs = nowMs;
    this.#note(nowMs, reads, totalBytes);

    const stragglers = reads.flatMap((read) => {
      const why = this.#darkness(nowMs, read, reads.length - 1) ?? this.#crawling(nowMs, read, reads);
      return why === undefined ? [] : [{ read, why }];
    });
    const flowing = reads.filter((read) => this.#speedOf(read) >= flow).length;
    this.#replacedMs = this.#replacedMs.filter((ms) => nowMs - ms < this.#patienceMs);
    const found = stragglers.slice(0, Math.max(0, Math.max(1, flowing) - this.#replacedMs.length));
    this.#replacedMs.push(...found.map(() => nowMs));
    return found;
  }

  /** A read is over, well or not. */
  ended({ path, begunMs, quietSinceMs, bytesFetched }: Read): void {
    const ms = Math.max(1, quietSinceMs - begunMs);
    this.#ended.push({
      path,
      ms: Math.min(ms, this.#windowMs),
      bytesPerSecond: (bytesFetched * 1000) / ms,
      endedMs: quietSinceMs,
    });
  }

  /** Where a read has failed that had flowed and then went dark: the others that are as dark. */
  asDarkAs(failed: Read, nowMs: number, reads: readonly Read[]): Read[] {
    const isDark = ({ quietSinceMs }: Read): boolean => nowMs - quietSinceMs >= this.#patienceMs;
    if (failed.bytesFetched === 0 || !isDark(failed)) return [];
    return reads.filter((read) => read !== failed && isDark(read));
  }

  /** What speeds are measured over. Whoever crawls does so in all windows of its patience: one may begin in a blackout. */
  get #windowMs(): number {
    return this.#patienceMs / 2;
  }

  #forget(): void {
    this.#watched.clear();
    this.#ended = [];
    this.#totals = [];
  }

  #note(nowMs: number, reads: readonly Read[], totalBytes: number): void {
    this.#totals.push({ timeMs: nowMs, bytes: totalBytes, heldMs: 0 });
    keepFrom(nowMs - remembered * this.#patienceMs, this.#totals);
    this.#ended = this.#ended.filter(({ endedMs }) => nowMs - endedMs < this.#windowMs);
    this.#medians.clear();
    const before = this.#watched;
    this.#watched = new Map();
    for (const read of reads) {
      const watched = before.get(read) ?? { sinceMs: nowMs, points: [], slowSinceMs: undefined };
      // Its speed counts from the first byte on.
      if (read.bytesFetched === 0) watched.points = [];
      watched.points.push({ timeMs: nowMs, bytes: read.bytesFetched, heldMs: read.heldMs });
      keepFrom(nowMs - this.#windowMs, watched.points);
      this.#watched.set(read, watched);
    }
  }

  /** Nothing came while others flowed; or others did after its last byte, and none of them is under way any more. */
  #darkness(nowMs: number, read: Read, others: number): string | undefined {
    const sinceMs = Math.max(read.quietSinceMs, this.#watched.get(read)?.sinceMs ?? nowMs);
    const factor = 2 ** read.replacements * (read.bytesFetched === 0 ? 2 : 1);
    if (nowMs - sinceMs < this.#patienceMs * factor) return undefined;
    const fromMs = others > 0 ? nowMs - this.#windowMs : sinceMs + this.#patienceMs / 5;
    const leastBytes = (Math.max(1, others) * flow * this.#windowMs) / 1000;
    if (this.#bytesFrom(fromMs) < leastBytes) return undefined;
    return `nothing came for ${seconds(nowMs - sinceMs)} while others flowed`;
  }

  #crawling(nowMs: number, read: Read, reads: readonly Read[]): string | undefined {
    const watched = this.#watched.get(read);
    if (watched === undefined) return undefined;
    const { bytes, ms, heldMs } = spanOf(watched.points);
    if (ms < this.#windowMs || ms - heldMs < this.#windowMs / 2) return undefined;
    const own = (bytes * 1000) / (ms - heldMs);
    const median = this.#medianFor(read.path, reads);
    const isSlow = median >= flow && own < median * crawl && read.restBytes > (own * this.#patienceMs) / 1000;
    watched.slowSinceMs = isSlow ? (watched.slowSinceMs ?? nowMs) : undefined;
    const moreMs = this.#patienceMs * 2 ** read.replacements - this.#windowMs;
    if (watched.slowSinceMs === undefined || nowMs - watched.slowSinceMs < moreMs) return undefined;
    return `${kilobytes(own)} beside ${kilobytes(median)}`;
  }

  /** Of the reads of the same file, which may have a server of its own, if there are enough; else of all. */
  #medianFor(path: string, reads: readonly Read[]): number {
    const known = this.#medians.get(path);
    if (known !== undefined) return known;
    const isOfFile = (read: { path: string }): boolean => path === '' || read.path === path;
    const underWay = reads.filter(isOfFile).map((read) => ({
      path: read.path,
      ms: spanOf(this.#watched.get(read)?.points ?? []).ms,
      bytesPerSecond: this.#speedOf(read),
    }));
    const siblings = [...underWay, ...this.#ended.filter(isOfFile)];
    const areTooFew = path !== '' && totalMs(siblings) < 2 * this.#windowMs;
    const median = areTooFew ? this.#medianFor('', reads) : medianOf(siblings);
    this.#medians.set(path, median);
    return median;
  }

  #speedOf(read: Read): number {
    const { bytes, ms } = spanOf(this.#watched.get(read)?.points ?? []);
    return (bytes * 1000) / Math.max(1, ms);
  }

  #bytesFrom(fromMs: number): number {
    const [first, last] = [this.#totals.find(({ timeMs }) => timeMs >= fromMs), this.#totals.at(-1)];
    return first === undefined || last === undefined ? 0 : last.bytes - first.bytes;
  }
}

interface Point {
  readonly timeMs: number;
  readonly bytes: number;
  readonly heldMs: number;
}

interface Watched {
  readonly sinceMs: number;
  points: Point[];
  slowSinceMs: number | undefined;
}

/** Drops points that lie wholly before `fromMs`: the last one before it stays, so that they reach back so far. */
function keepFrom(fromMs: number, points: Point[]): void {
  while ((points[1]?.timeMs ?? Infinity) <= fromMs) points.shift();
}

function spanOf(points: readonly Point[]): { ms: number; bytes: number; heldMs: number } {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return { ms: 0, bytes: 0, heldMs: 0 };
  return { ms: last.timeMs - first.timeMs, bytes: last.bytes - first.bytes, heldMs: last.heldMs - first.heldMs };
}

/** How fast a read was, for how long. */
interface Paced {
  readonly path: string;
  readonly ms: number;
  readonly bytesPerSecond: number;
}

function totalMs(reads: readonly Paced[]): number {
  return reads.reduce((sum, { ms }) => sum + ms, 0);
}

/** The speed of which there was as much time below as above; bytes a second. */
function medianOf(reads: readonly Paced[]): number {
  const half = totalMs(reads) / 2;
  let passedMs = 0;
  for (const { ms, bytesPerSecond } of reads.toSorted((a, b) => a.bytesPerSecond - b.bytesPerSecond)) {
    passedMs += ms;
    if (passedMs > half) return bytesPerSecond;
  }
  return 0;
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
const kilobytes = (bytesPerSecond: number): string => `${Math.round(bytesPerSecond / 1000)} kB/s`;
