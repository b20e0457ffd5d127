import { createHash, type Hash } from 'node:crypto';
import { read } from 'node:fs';
import { promisify } from 'node:util';
import type { Digest } from '../repo/digest.js';

/** Digests the bytes of one file, which it is given one after the other from the first on. */
export interface PrefixHasher {
  /** Takes the next bytes. They are the caller's again when this returns. */
  update(bytes: Uint8Array): void;
  /**
   * Reads the next bytes, from `start` on, out of an open file. Follows `front` as far as it likes.
   *
   * @returns how far it came: beyond `start`, unless the front is not
   * @throws Error  the file ends too early
   */
  read(descriptor: number, start: number, front: Front): Promise<number>;
  /** The digests in hex, in the order of the algorithms, of all that was taken. */
  digests(): Promise<string[]>;
  /** Begins anew from the first byte. */
  restart(): void;
  /** Lets go of what is kept for the file. */
  forget(): void;
}

/**
 * How far a file may be read, in bytes. One thread moves it while another one follows, and neither waits for the other's
 * messages.
 */
export class Front {
  readonly memory = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  readonly #end = new BigInt64Array(this.memory);

  get end(): number {
    return Number(Atomics.load(this.#end, 0));
  }

  set end(bytes: number) {
    Atomics.store(this.#end, 0, BigInt(bytes));
  }
}

/** What is digested: each algorithm over the whole file, whose size git's blob ids contain. */
export interface HashedFile {
  readonly algorithms: readonly Digest['algorithm'][];
  readonly fileBytes: number;
}

const readAt = promisify(read);
const readBytes = 1024 * 1024;

/** Hashes on this thread: best for a small file, whose digest is ready before another thread would have heard of it. */
export class InlineHasher implements PrefixHasher {
  readonly #file: HashedFile;
  #hashes: Hash[];
  #buffer: Buffer | undefined;

  constructor(file: HashedFile) {
    this.#file = file;
    this.#hashes = beginHashes(file);
  }

  update(bytes: Uint8Array): void {
    for (const hash of this.#hashes) hash.update(bytes);
  }

  async read(descriptor: number, start: number, front: Front): Promise<number> {
    const buffer = (this.#buffer ??= Buffer.allocUnsafe(Math.max(1, Math.min(readBytes, this.#file.fileBytes))));
    let offset = start;
    for (let rest = front.end - offset; rest > 0; rest = front.end - offset) {
      const { bytesRead } = await readAt(descriptor, buffer, 0, Math.min(buffer.length, rest), offset);
      if (bytesRead === 0) throw new Error('the file being downloaded became shorter under our hands');
      this.update(buffer.subarray(0, bytesRead));
      offset += bytesRead;
    }
    return offset;
  }

  digests(): Promise<string[]> {
    return Promise.resolve(this.#hashes.map((hash) => hash.copy().digest('hex')));
  }

  restart(): void {
    this.#hashes = beginHashes(this.#file);
  }

  forget(): void {
    this.#hashes = [];
  }
}

function beginHashes({ algorithms, fileBytes }: HashedFile): Hash[] {
  return algorithms.map((algorithm) =>
    algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${String(fileBytes)}\0`),
  );
}
