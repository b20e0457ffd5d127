import { type Run, type Source, bytesOf } from './source.js';
import type { Segment } from './segments.js';
import type { Target } from './target.js';

/** A file whose bytes are in memory, and who sent them. */
export interface FileInMemory {
  readonly bytes: Uint8Array;
  /** Scheme, host and port. */
  readonly origin: string;
}

/** Takes a small file into memory. For one connection: nothing could be read back for a digest out of order. */
export class MemoryTarget implements Target {
  readonly descriptor = undefined;
  readonly bytes: Uint8Array;
  origin = '';

  /** @param size  in bytes */
  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  missing(): Promise<Segment[]> {
    const end = this.bytes.byteLength;
    return Promise.resolve(end === 0 ? [] : [{ start: 0, end }]);
  }

  write({ offset, buffers, origin }: Run): Promise<void> {
    let position = offset;
    for (const buffer of buffers) {
      this.bytes.set(buffer, position);
      position += buffer.byteLength;
    }
    this.origin = origin;
    return Promise.resolve();
  }

  drop(): Promise<void> {
    return Promise.resolve();
  }

  publish(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Gives a file that has come already, as if it came now from whoever sent it. */
export function memorySource({ bytes, origin }: FileInMemory): Source {
  return {
    ignoresRanges: false,
    read: async ({ start, end }, sink) => {
      for (let offset = start; offset < end;) {
        const run = { offset, buffers: [bytes.subarray(offset, Math.min(end, offset + sink.runBytes))], origin };
        sink.arrived(bytesOf(run));
        await sink.write(run);
        offset += bytesOf(run);
      }
    },
  };
}
