import { createHash, type Hash } from 'node:crypto';
import { read } from 'node:fs';
import { promisify } from 'node:util';
import type { Digest } from '../repo/digest.js';

/** Digests the bytes of one file, which it is given one after the other from the first on. */
export interface PrefixHasher {
  /** Takes the next bytes. They are the caller's again when this returns. */
  update(bytes: Uint8Array): void;
  /** Reads the next bytes, `[start, end)`, out of an open file. @throws Error  the file ends too early */
  read(descriptor: number, start: number, end: number): Promise<void>;
  /** The digests in hex, in the order of the algorithms, of all that was taken. */
  digests(): Promise<string[]>;
  /** Begins anew from the first byte. */
  restart(): void;
  /** Lets go of what is kept for the file. */
  forget(): void;
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

  async read(descriptor: number, start: number, end: number): Promise<void> {
    const buffer = (this.#buffer ??= Buffer.allocUnsafe(Math.max(1, Math.min(readBytes, this.#file.fileBytes))));
    for (let offset = start; offset < end;) {
      const { bytesRead } = await readAt(descriptor, buffer, 0, Math.min(buffer.length, end - offset), offset);
      if (bytesRead === 0) throw new Error('the file being downloaded became shorter under our hands');
      this.update(buffer.subarray(0, bytesRead));
      offset += bytesRead;
    }
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
