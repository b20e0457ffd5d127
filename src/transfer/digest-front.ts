import { abortReason } from '../errors.js';
import type { Digest } from '../repo/digest.js';
import { Front, type PrefixHasher } from './prefix-hasher.js';
import type { Run } from './source.js';

/** Fewer bytes are not worth a read. */
const leastBytes = 1024 * 1024;

/**
 * Digests a file while it is written in any order: follows the contiguous prefix and reads it back through the page
 * cache, so that what is judged is what is in the file.
 */
export class DigestFront {
  readonly #algorithms: readonly Digest['algorithm'][];
  readonly #fileBytes: number;
  readonly #hasher: PrefixHasher;
  readonly #front = new Front();
  #hashedBytes = 0;
  #following: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isSettling = false;

  /** @param fileBytes  the size of the whole file */
  constructor(algorithms: readonly Digest['algorithm'][], fileBytes: number, hasher: PrefixHasher) {
    this.#algorithms = algorithms;
    this.#fileBytes = fileBytes;
    this.#hasher = hasher;
  }

  /** Takes bytes that somebody has read back anyway, if they are the next ones; leaves others to be read later. */
  visit(offset: number, bytes: Uint8Array): void {
    if (offset !== this.#hashedBytes) return;
    this.#hasher.update(bytes);
    this.#hashedBytes += bytes.byteLength;
  }

  /** The same for bytes that are about to be written. */
  visitRun({ offset, buffers }: Run): void {
    let position = offset;
    for (const buffer of buffers) {
      this.visit(position, buffer);
      position += buffer.byteLength;
    }
  }

  /** Follows the prefix up to `end` in the background, and further as it grows. Failures come out of `finish`. */
  follow(descriptor: number, end: number): void {
    if (this.#isSettling) return;
    this.#front.end = end;
    if (this.#following !== undefined || this.#failure !== undefined || end - this.#hashedBytes < leastBytes) return;
    this.#following = this.#readOn(descriptor, () => !this.#isSettling)
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#following = undefined;
      });
  }

  /**
   * Reads what is left and gives the digests, in the order of the algorithms.
   *
   * @throws HubError  the signal's reason
   */
  async finish(descriptor: number | undefined, signal: AbortSignal): Promise<Digest[]> {
    await this.settle();
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#front.end = this.#fileBytes;
    if (descriptor !== undefined) await this.#readOn(descriptor, () => !signal.aborted);
    if (signal.aborted) throw abortReason(signal);
    const hexes = await this.#hasher.digests();
    return this.#algorithms.map((algorithm, index) => ({ algorithm, hex: hexes[index] ?? '' }));
  }

  /** Ends following for now, soon, and however much there is: afterwards the descriptor may be closed. Never throws. */
  async settle(): Promise<void> {
    this.#isSettling = true;
    this.#front.end = 0;
    await this.#following;
    this.#isSettling = false;
  }

  /** Begins anew from the first byte, after bytes were dropped. Only while no read is under way. */
  restart(): void {
    this.#hashedBytes = 0;
    this.#failure = undefined;
    this.#hasher.restart();
  }

  async #readOn(descriptor: number, goesOn: () => boolean): Promise<void> {
    while (this.#hashedBytes < this.#front.end && goesOn()) {
      this.#hashedBytes = await this.#hasher.read(descriptor, this.#hashedBytes, this.#front);
    }
  }
}
