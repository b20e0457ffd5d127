import type { Segment } from './segments.js';

/** Bytes of one file that follow each other, as one answer brought them. */
export interface Run {
  /** Where the first byte stands in the file. */
  readonly offset: number;
  readonly buffers: readonly Uint8Array[];
  /** Who sent them: scheme, host and port. */
  readonly origin: string;
}

/**
 * The origin of bytes that nobody has sent: they were found on this machine, and may be anything. When a file is wrong
 * they are doubted before everybody else.
 */
export const unprovedOrigin = 'local:';

/** Takes what a source pushes. */
export interface Sink {
  /**
   * Runs come in at most this size, in bytes, and at most `runAgeMs` after their first byte arrived, so that little is
   * lost when the process dies. May change between two runs.
   */
  readonly runBytes: number;
  readonly runAgeMs: number;
  /** Bytes as they arrive, before they are gathered into a run: for progress and stall watching alone. */
  arrived(bytes: number): void;
  /**
   * Runs a wait of the read for something else than the bytes that it has asked for: a rate limit, an outage, another
   * read that finds out where the bytes are. Its connection is not blamed for that time.
   */
  readonly held?: (<T>(wait: () => Promise<T>) => Promise<T>) | undefined;
  /** Takes a run. Its buffers are the source's again when the promise resolves. One call at a time for each read. */
  write(run: Run): Promise<void>;
}

/**
 * Where the bytes of one file come from. Knows nothing of digests, files on disk or other files.
 */
export interface Source {
  /**
   * True once a server was seen to send the whole file whatever range was asked for. Then only one read at a time makes
   * sense; it brings the file from its first byte to its last, and the sink keeps what it lacks.
   */
  readonly ignoresRanges: boolean;

  /** Of a source that asks several servers: whom to doubt when the bytes of its file are wrong. */
  readonly suspects?: Suspects | undefined;

  /**
   * Makes one try to bring `range`, in order, and resolves when its last byte has been taken by the sink. Bytes outside
   * of the range may come where `ignoresRanges`.
   *
   * @throws HubError  what went wrong; `retryable` where another try may help. Bytes taken by then stay taken.
   */
  read(range: Segment, sink: Sink, signal: AbortSignal): Promise<void>;
}

/** Judges who sent what makes a file wrong. `origin` is that of a run; `''` stands for bytes of an earlier run. */
export interface Suspects {
  /**
   * Several sent bytes of a wrong file: gives the one to doubt first, who is not asked for this file again unless nobody
   * else has it. Undefined where nobody is to be doubted more than the others.
   */
  doubt(origins: readonly string[]): string | undefined;

  /** All bytes of a wrong file came from there. True: from now on they come from others. */
  convict(origin: string): boolean;

  /** The file is right now: whoever was doubted lied. */
  confirm(): void;
}

export function bytesOf({ buffers }: Pick<Run, 'buffers'>): number {
  return buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** The bytes of `run` that lie in `part`, without a copy. */
export function cutRun(run: Run, part: Segment): Run {
  const buffers: Uint8Array[] = [];
  let offset = run.offset;
  for (const buffer of run.buffers) {
    const from = Math.max(0, part.start - offset);
    const to = Math.min(buffer.byteLength, part.end - offset);
    if (from < to) buffers.push(buffer.subarray(from, to));
    offset += buffer.byteLength;
  }
  return { offset: part.start, buffers, origin: run.origin };
}
