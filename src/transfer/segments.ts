/** Bytes `[start, end)` of one file. */
export interface Segment {
  readonly start: number;
  readonly end: number;
}

const MiB = 1024 * 1024;
const minSegmentBytes = MiB;
/** Small enough that the last segments of a file end together, large enough that a request's round trip is lost in it. */
const maxSegmentBytes = 16 * MiB;

/**
 * The first request of a file finds out where its bytes are. Once that is known a source may have a shorter way for them:
 * the front of the file, which the digest follows, shall not wait for the long one.
 */
export const firstSegmentBytes = MiB;

/**
 * How large the next request of a file is, in bytes: its rest divided by four times the connections, so that requests
 * shrink as the end comes near and the last megabytes are shared out.
 *
 * @param restBytes  what nobody fetches yet
 */
export function segmentBytes(restBytes: number, connections: number): number {
  return Math.min(maxSegmentBytes, Math.max(minSegmentBytes, Math.ceil(restBytes / (4 * connections))));
}

/** From this size on a killed process may lose at most 1 % of a file. */
const largeFileBytes = 100_000_000;
/** Below it a record costs more than it saves. */
const minRunBytes = 16 * 1024;
/** A write of 1 MiB and more asks the system for pages that lie together: on some machines they cost five times as much. */
const mostRunBytes = 768 * 1024;
/** What all connections together may hold between socket and disk: each a run in the write, one behind it, and a rest. */
const inFlightBytes = 64 * MiB;
const runsInFlight = 3;

/** How many bytes one write to disk takes at most: what is lost of each connection when the process is killed. */
export function runBytes(fileBytes: number, connections: number): number {
  const ofMemory = Math.floor(inFlightBytes / (runsInFlight * connections));
  const ofFile = fileBytes > largeFileBytes ? Math.floor(fileBytes / 100 / (2 * connections)) : mostRunBytes;
  return Math.max(minRunBytes, Math.min(mostRunBytes, ofMemory, ofFile));
}

/**
 * What a connection may have between socket and disk, however small its runs: a read brings up to 64 KiB, while on a busy
 * machine as much waits for the disk.
 */
const bytesOnTheWay = 128 * 1024;

/** With more of them a killed process would lose more than 1 % of a large file. */
export function mostConnections(fileBytes: number): number {
  return fileBytes > largeFileBytes ? Math.floor(fileBytes / 100 / bytesOnTheWay) : Infinity;
}

export function lengthOf({ start, end }: Segment): number {
  return end - start;
}

export function totalBytes(segments: Iterable<Segment>): number {
  let bytes = 0;
  for (const segment of segments) bytes += lengthOf(segment);
  return bytes;
}

/** A set of bytes of one file, kept as ascending ranges that neither overlap nor touch. */
export class SegmentSet implements Iterable<Segment> {
  #segments: Segment[] = [];

  constructor(segments: Iterable<Segment> = []) {
    for (const segment of segments) this.add(segment);
  }

  [Symbol.iterator](): Iterator<Segment> {
    return this.#segments[Symbol.iterator]();
  }

  get bytes(): number {
    return totalBytes(this.#segments);
  }

  get first(): Segment | undefined {
    return this.#segments[0];
  }

  add(added: Segment): void {
    if (added.end <= added.start) return;
    const before = this.#segments.filter(({ end }) => end < added.start);
    const after = this.#segments.filter(({ start }) => start > added.end);
    const touching = this.#segments.slice(before.length, this.#segments.length - after.length);
    const start = Math.min(added.start, touching[0]?.start ?? added.start);
    const end = Math.max(added.end, touching.at(-1)?.end ?? added.end);
    this.#segments = [...before, { start, end }, ...after];
  }

  remove(removed: Segment): void {
    this.#segments = this.#segments.flatMap((segment) => subtract(segment, removed));
  }

  /** The parts of `segment` that are in the set, ascending. */
  within(segment: Segment): Segment[] {
    return this.#segments.flatMap(({ start, end }) => {
      const common = { start: Math.max(start, segment.start), end: Math.min(end, segment.end) };
      return common.start < common.end ? [common] : [];
    });
  }

  /** The parts of `segment` that are not in the set, ascending. */
  missingFrom(segment: Segment): Segment[] {
    return this.within(segment).reduce<Segment[]>(
      (missing, present) => missing.flatMap((gap) => subtract(gap, present)),
      lengthOf(segment) > 0 ? [segment] : [],
    );
  }

  /** Where the run of bytes that begins at 0 ends; 0 where the first byte is missing. */
  get contiguousEnd(): number {
    const first = this.#segments[0];
    return first?.start === 0 ? first.end : 0;
  }
}

function subtract(segment: Segment, removed: Segment): Segment[] {
  const isApart = removed.end <= segment.start || removed.start >= segment.end;
  if (isApart || lengthOf(removed) <= 0) return [segment];
  const left = { start: segment.start, end: removed.start };
  const right = { start: removed.end, end: segment.end };
  return [left, right].filter((part) => part.start < part.end);
}
