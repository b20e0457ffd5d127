import { type Hash, createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { abortReason } from '../errors.js';
import type { Digest } from '../repo/digest.js';
import { writeFully } from './descriptor.js';
import { onDisk } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import { type RepoLayout, blobPath, partialPath } from './layout.js';
import { reflink } from './one-file.js';

const chunkBytes = 1024 * 1024;

/** A blob that somebody offers, by what it must be. */
export interface OfferedBlob {
  readonly digest: Digest;
  readonly size: number;
}

export interface IntakeOptions {
  readonly layout: RepoLayout;
  readonly files: CacheFiles;
  /** The random id of this process's work on the repo. */
  readonly writer: string;
  /** Runs an fsync when its turn has come. */
  readonly inTurn: <T>(action: () => Promise<T>) => Promise<T>;
  /** Only judges: nothing is written. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** Told how many more bytes of the blob have been read. */
export type Read = (bytes: number) => void;

/**
 * Brings bytes from elsewhere on this machine into a repo's blobs. What becomes a blob has been read, in our own file, and
 * has the digest; anything else leaves nothing behind.
 */
export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Takes a file of another folder: shares its bytes until one of the two is changed (a reflink), where the file system can,
   * else copies them. Never another name of that very file: people edit there.
   *
   * @returns whether its bytes are those of the blob
   */
  async takeFile(blob: OfferedBlob, path: string, read: Read): Promise<boolean> {
    const source = await open(path, 'r');
    try {
      const stats = await source.stat();
      if (!stats.isFile() || stats.size !== blob.size) return false;
      if (this.#options.dryRun) return await this.#isRight(blob, chunksOf(source), read);
      return await this.#publish(blob, async (temporary) => {
        const own = await onDisk(temporary, () => reflink(path, temporary, this.#options.files));
        if (own === undefined) return this.#copy(blob, { chunks: chunksOf(source), temporary, read });
        try {
          const isRight = await this.#isRight(blob, chunksOf(own), read);
          if (isRight) await this.#options.inTurn(() => own.sync());
          return isRight;
        } finally {
          await own.close();
        }
      });
    } finally {
      await source.close();
    }
  }

  /** The same for bytes that come once, one after the other. They are read to their end, whatever they are. */
  async takeStream(blob: OfferedBlob, chunks: AsyncIterable<Uint8Array>, read: Read): Promise<boolean> {
    if (this.#options.dryRun) return this.#isRight(blob, chunks, read);
    return this.#publish(blob, (temporary) => this.#copy(blob, { chunks, temporary, read }));
  }

  /** @param fill  makes the file, and tells whether it is right and durable */
  async #publish({ digest }: OfferedBlob, fill: (temporary: string) => Promise<boolean>): Promise<boolean> {
    const { layout, writer } = this.#options;
    const temporary = `${partialPath(layout, digest, writer)}.whole`;
    try {
      const isRight = await fill(temporary);
      if (isRight) await onDisk(layout.blobs, () => rename(temporary, blobPath(layout, digest)));
      return isRight;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #copy(
    { digest, size }: OfferedBlob,
    { chunks, temporary, read }: { chunks: AsyncIterable<Uint8Array>; temporary: string; read: Read },
  ): Promise<boolean> {
    const { files, inTurn, signal } = this.#options;
    const handle = await onDisk(temporary, () => files.create(temporary));
    try {
      const hash = beginHash(digest, size);
      let offset = 0;
      for await (const chunk of chunks) {
        if (signal.aborted) throw abortReason(signal);
        hash.update(chunk);
        // Of bytes that go on without end only as many as can be right are kept.
        if (offset + chunk.byteLength <= size) await onDisk(temporary, () => writeFully(handle.fd, [chunk], offset));
        offset += chunk.byteLength;
        read(chunk.byteLength);
      }
      if (offset !== size || hash.digest('hex') !== digest.hex) return false;
      await onDisk(temporary, () => inTurn(() => handle.sync()));
      return true;
    } finally {
      await handle.close();
    }
  }

  async #isRight({ digest, size }: OfferedBlob, chunks: AsyncIterable<Uint8Array>, read: Read): Promise<boolean> {
    const { signal } = this.#options;
    const hash = beginHash(digest, size);
    for await (const chunk of chunks) {
      if (signal.aborted) throw abortReason(signal);
      hash.update(chunk);
      read(chunk.byteLength);
    }
    return hash.digest('hex') === digest.hex;
  }
}

function beginHash({ algorithm }: Digest, size: number): Hash {
  return algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${String(size)}\0`);
}

/** The bytes of an open file. A chunk is the caller's until the next one is asked for. */
async function* chunksOf(handle: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let offset = 0; ;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    offset += bytesRead;
  }
}
