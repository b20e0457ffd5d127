/** Large enough that a read empties the socket's own buffer, small enough that a core's cache holds some of them. */
const blockBytes = 256 * 1024;

/** Blocks of memory for all connections, used again and again. */
export class BlockStore {
  readonly #free: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
  }

  giveBack(block: Uint8Array): void {
    this.#free.push(block);
  }
}

/** Bytes below `filled` have come; of these, those below `cut` belong to a run; of these, those below `free` are done. */
interface Block {
  readonly bytes: Uint8Array;
  filled: number;
  cut: number;
  free: number;
}

/** Where one connection's bytes lie, in the order in which they came: blocks that the socket fills one after the other. */
export class LaneMemory {
  readonly #store: BlockStore;
  /** The socket fills the last one. */
  readonly #blocks: Block[] = [];

  constructor(store: BlockStore) {
    this.#store = store;
  }

  /** Where the next bytes belong; never empty. */
  space(): Uint8Array {
    let last = this.#blocks.at(-1);
    if (last === undefined || last.filled === last.bytes.byteLength) {
      last = { bytes: this.#store.take(), filled: 0, cut: 0, free: 0 };
      this.#blocks.push(last);
    }
    return last.filled === 0 ? last.bytes : last.bytes.subarray(last.filled);
  }

  /** The socket has put so many bytes at the beginning of `space`. */
  fill(bytes: number): void {
    const last = this.#blocks.at(-1);
    if (last !== undefined) last.filled += bytes;
  }

  /** What the last read brought, or the last `bytes` of it. */
  latest(bytes: number): Uint8Array {
    const last = this.#blocks.at(-1);
    if (last === undefined) throw new Error('nothing has arrived');
    return last.bytes.subarray(last.filled - bytes, last.filled);
  }

  /** The next bytes belong to no run. */
  skip(bytes: number): void {
    this.cut(bytes);
    this.release(bytes);
  }

  /** The next bytes of those that have come. */
  cut(bytes: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let rest = bytes;
    for (const block of this.#blocks) {
      const part = Math.min(rest, block.filled - block.cut);
      if (part === 0) continue;
      pieces.push(block.bytes.subarray(block.cut, block.cut + part));
      block.cut += part;
      rest -= part;
    }
    if (rest > 0) throw new Error('a run is longer than what has arrived');
    return pieces;
  }

  /** The oldest bytes that were cut are needed no longer. */
  release(bytes: number): void {
    for (let rest = bytes; rest > 0;) {
      const [block] = this.#blocks;
      if (block === undefined) return;
      const part = Math.min(rest, block.cut - block.free);
      block.free += part;
      rest -= part;
      // The socket knows the last one's address, be it full or not.
      if (this.#blocks.length === 1) return;
      if (block.free < block.bytes.byteLength) return;
      this.#blocks.shift();
      this.#store.giveBack(block.bytes);
    }
  }
}
