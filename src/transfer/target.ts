import type { Run } from './source.js';
import type { Segment } from './segments.js';

/**
 * Where the bytes of one file go. Remembers which it has, across processes. Has one caller, which never writes a range
 * that the target has, and serialises `drop` and `publish` against everything else.
 */
export interface Target {
  /**
   * Opens what is here already: reads it back once, in ascending order, shows each piece to `visit`, drops what does not
   * check, and gives what is missing, ascending.
   */
  missing(visit: (offset: number, bytes: Uint8Array) => void): Promise<Segment[]>;

  /** After `missing`: ranges of what is here that came from no server (`unprovedOrigin`). Absent where there can be none. */
  readonly unproved?: readonly Segment[];

  /** Writes a run and records it, so that it survives the process. @throws TargetLost when another process took over. */
  write(run: Run): Promise<void>;

  /** An open file descriptor to read the written bytes back with; undefined while nothing has been written. */
  readonly descriptor: number | undefined;

  /** Forgets ranges, as if they had never been written. */
  drop(ranges: readonly Segment[]): Promise<void>;

  /** Makes the whole, checked file durable and puts it in its place. @throws TargetLost */
  publish(): Promise<void>;

  /** Lets go of descriptors; what was written stays for the next run. Never throws. */
  close(): Promise<void>;
}

/** Another process took this target over while ours was paused; nothing was lost, and whoever has it now goes on. */
export class TargetLost extends Error {
  override readonly name = 'TargetLost';
}
