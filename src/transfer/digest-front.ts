import { createHash, type Hash } from 'node:crypto';
import { read } from 'node:fs';
import { promisify } from 'node:util';
import { abortReason } from '../errors.js';
import type { Digest } from '../repo/digest.js';

const readAt = promisify(read);
const readBytes = 1024 * 1024;

/**
 * Digests a file while it is written in any order: follows the contiguous prefix and reads it back through the page
 * cache, so that what is judged is what is in the file.
 */
export class DigestFront {
  readonly #algorithms: readonly Digest['algorithm'][];
  readonly #fileBytes: number;
  #hashes: Hash[] = [];
  #buffer: Buffer | undefined;
  #hashedBytes = 0;
  #reading: Promise<void> | undefined;
  #failure: Error | undefined;
  #isSettling = false;

  /** @param fileBytes  the size of the whole file, which git's blob ids contain */
  constructor(algorithms: readonly Digest['algorithm'][], fileBytes: number) {
    this.#algorithms = algorithms;
    this.#fileBytes = fileBytes;
    this.restart();
  }

  /** Takes bytes that somebody has read back anyway, if they are the next ones; leaves others to be read later. */
  visit(offset: number, bytes: Uint8Array): void {
    if (offset === this.#hashedBytes) this.#update(bytes);
  }

  /** Follows the prefix up to `end` in the background. Failures come out of `finish`. */
  follow(descriptor: number, end: number): void {
    if (this.#reading !== undefined || this.#failure !== undefined || end - this.#hashedBytes < readBytes) return;
    this.#reading = this.#readUpTo(descriptor, end, () => !this.#isSettling)
      .catch((error: unknown) => {
        this.#failure = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        this.#reading = undefined;
      });
  }

  /**
   * Reads what is left and gives the digests, in the order of the algorithms.
   *
   * @throws HubError  the signal's reason
   */
  async finish(descriptor: number | undefined, signal: AbortSignal): Promise<Digest[]> {
    await this.settle();
    if (this.#failure !== undefined) throw this.#failure;
    if (descriptor !== undefined) await this.#readUpTo(descriptor, this.#fileBytes, () => !signal.aborted);
    if (signal.aborted) throw abortReason(signal);
    return this.#hashes.map((hash, index) => ({
      algorithm: this.#algorithms[index] ?? 'sha256',
      hex: hash.copy().digest('hex'),
    }));
  }

  /** Ends following for now, soon, and however much there is: afterwards the descriptor may be closed. Never throws. */
  async settle(): Promise<void> {
    this.#isSettling = true;
    await this.#reading;
    this.#isSettling = false;
  }

  /** Begins anew from the first byte, after bytes were dropped. Only while no read is under way. */
  restart(): void {
    this.#hashedBytes = 0;
    this.#failure = undefined;
    this.#hashes = this.#algorithms.map((algorithm) =>
      algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${String(this.#fileBytes)}\0`),
    );
  }

  async #readUpTo(descriptor: number, end: number, goesOn: () => boolean): Promise<void> {
    const buffer = (this.#buffer ??= Buffer.allocUnsafe(Math.max(1, Math.min(readBytes, this.#fileBytes))));
    while (this.#hashedBytes < end && goesOn()) {
      const length = Math.min(buffer.length, end - this.#hashedBytes);
      const { bytesRead } = await readAt(descriptor, buffer, 0, length, this.#hashedBytes);
      if (bytesRead === 0) throw new Error('the file being downloaded became shorter under our hands');
      this.#update(buffer.subarray(0, bytesRead));
    }
  }

  #update(bytes: Uint8Array): void {
    for (const hash of this.#hashes) hash.update(bytes);
    this.#hashedBytes += bytes.byteLength;
  }
}
