import { fstatSync, statSync, writeSync } from 'node:fs';
import { type FileHandle, lstat, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Digest, formatDigest } from '../repo/digest.js';
import { type Segment, SegmentSet } from '../transfer/segments.js';
import { type Run, bytesOf, unprovedOrigin } from '../transfer/source.js';
import { type Target, TargetLost } from '../transfer/target.js';
import { openAlone, readInto, writeFully } from './descriptor.js';
import { asDiskError, isSystemError } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import {
  type HaveRecord,
  decodeJournal,
  encodeDrop,
  encodeHave,
  encodeHeader,
  isOneRange,
  leftovers,
  mostRecordedBytes,
  originHash,
} from './journal.js';
import { wholePath } from './layout.js';
import { type Seed, isUnfit, runsOf, setUnfit } from './partial-seed.js';

/** A file of at most this size that comes in one piece needs no journal. */
const wholeFileBytes = 1024 * 1024;
const flushBytes = 128 * 1024 * 1024;
/** By the wall clock: a process that was stopped for longer may have been taken for dead. */
const ownershipCheckMs = 1_000;

export interface PartialOptions {
  /** The folder that this process alone may write in; made at the first write. Its parent is there. */
  folder: string;
  /** Puts the checked, durable file from its path here into its place, at one stroke. */
  put: (from: string) => Promise<void>;
  size: number;
  digests: readonly Digest[];
  /** False where nobody can have left anything, so that it need not be looked for. */
  mayBeBegun: boolean;
  /** What is taken over where an earlier run left nothing. */
  seed?: Seed | undefined;
  files: CacheFiles;
  /** Runs an fsync when its turn has come. */
  inTurn: <T>(action: () => Promise<T>) => Promise<T>;
}

/**
 * An unfinished blob: `bytes` (sparse) and `journal` in a folder that carries the writer's id. Every write is followed by
 * its record; a kill leaves both in the page cache, and after a power loss the CRC of each range tells what is missing.
 */
export class Partial implements Target {
  readonly #options: PartialOptions;
  #bytes: FileHandle | undefined;
  #journal: FileHandle | undefined;
  #opening: Promise<void> | undefined;
  #unflushedBytes = 0;
  #flushing: Promise<void> | undefined;
  #checkedAtMs = Date.now();
  readonly #unproved = new SegmentSet();

  constructor(options: PartialOptions) {
    this.#options = options;
  }

  get descriptor(): number | undefined {
    return this.#bytes?.fd;
  }

  get unproved(): readonly Segment[] {
    return [...this.#unproved];
  }

  get #bytesPath(): string {
    return join(this.#options.folder, 'bytes');
  }

  get #journalPath(): string {
    return join(this.#options.folder, 'journal');
  }

  get #wholePath(): string {
    return wholePath(this.#options.folder);
  }

  /** Where the bytes are, once there are any. */
  get #path(): string {
    return this.#journal === undefined ? this.#wholePath : this.#bytesPath;
  }

  missing(visit: (offset: number, bytes: Uint8Array) => void): Promise<Segment[]> {
    if (!this.#options.mayBeBegun) return Promise.resolve([{ start: 0, end: this.#options.size }]);
    return this.#onDisk(async () => {
      const missing = new SegmentSet([{ start: 0, end: this.#options.size }]);
      for (const have of await this.#recover(visit)) {
        missing.remove(have);
        if (have.origin === originHash(unprovedOrigin)) this.#unproved.add(have);
      }
      await this.#plant(missing, visit);
      return [...missing];
    });
  }

  write(run: Run): Promise<void> {
    return this.#onDisk(async () => {
      const bytes = bytesOf(run);
      const isWhole = bytes === this.#options.size && bytes <= wholeFileBytes;
      if (this.#bytes === undefined) await (this.#opening ??= isWhole ? this.#beginWhole() : this.#begin());
      this.#assertOwned();
      if (this.#journal === undefined) return writeFully(this.#handle().fd, run.buffers, run.offset);
      const segment = { start: run.offset, end: run.offset + bytes };
      const checksum = run.buffers.reduce((value, buffer) => crc32(buffer, value), 0);
      const record = encodeHave({ ...segment, crc32: checksum, origin: originHash(run.origin) });
      await writeFully(this.#handle().fd, run.buffers, run.offset);
      this.#flushSometimes(bytes);
      // Synchronous: 36 bytes into the page cache cost less than a turn through the thread pool.
      writeSync(this.#journal.fd, record);
    });
  }

  drop(ranges: readonly Segment[]): Promise<void> {
    return this.#onDisk(async () => {
      if (this.#journal === undefined) return this.#dropWhole();
      this.#assertOwned();
      if (this.#unproved.bytes > 0) await setUnfit(this.#options);
      for (const range of ranges) this.#unproved.remove(range);
      const journal = decodeJournal(await readFile(this.#journalPath));
      const haves = journal.kind === 'known' ? journal.haves : [];
      for (const range of ranges) await this.#journal.write(encodeDrop(range));
      for (const leftover of haves.flatMap((have) => leftovers(have, ranges))) {
        const bytes = await readInto(Buffer.allocUnsafe(mostRecordedBytes), this.#handle().fd, leftover);
        if (bytes !== undefined) await this.#journal.write(encodeHave({ ...leftover, crc32: crc32(bytes) }));
      }
    });
  }

  publish(): Promise<void> {
    return this.#onDisk(async () => {
      const { put, inTurn } = this.#options;
      const handle = this.#handle();
      await inTurn(() => handle.sync());
      this.#assertOwned(0);
      await put(this.#path);
      if (this.#journal !== undefined) await rm(this.#options.folder, { recursive: true, force: true });
    });
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    await this.#flushing;
    if (this.#bytes !== undefined && this.#journal === undefined) await this.#dropWhole().catch(() => undefined);
    await Promise.allSettled([this.#bytes?.close(), this.#journal?.close()]);
    this.#bytes = undefined;
    this.#journal = undefined;
  }

  /** A large file goes to the disk while it comes, so that the fsync before publishing has little left to do. */
  #flushSometimes(bytes: number): void {
    this.#unflushedBytes += bytes;
    if (this.#unflushedBytes < flushBytes || this.#flushing !== undefined) return;
    this.#unflushedBytes = 0;
    // What goes wrong here goes wrong again before publishing, where it counts.
    this.#flushing = this.#options
      .inTurn(() => this.#handle().datasync())
      .catch(() => undefined)
      .finally(() => {
        this.#flushing = undefined;
      });
  }

  async #dropWhole(): Promise<void> {
    await this.#bytes?.close();
    this.#bytes = undefined;
    this.#opening = undefined;
    await rm(this.#wholePath, { force: true });
  }

  /** Takes over what it can of the seed, and removes it from what is missing. */
  async #plant(missing: SegmentSet, visit: (offset: number, bytes: Uint8Array) => void): Promise<void> {
    const { seed, folder, size } = this.#options;
    if (seed === undefined || size <= wholeFileBytes || isUnfit(folder)) return;
    for await (const run of runsOf(seed, [...missing])) {
      await this.write(run);
      const part = { start: run.offset, end: run.offset + bytesOf(run) };
      for (const buffer of run.buffers) visit(run.offset, buffer);
      missing.remove(part);
      this.#unproved.add(part);
    }
  }

  /** Opens what an earlier process left, and keeps what checks of it. */
  async #recover(visit: (offset: number, bytes: Uint8Array) => void): Promise<HaveRecord[]> {
    let journal;
    try {
      // The folder of a process that is gone, taken over by its name: it may be a link that somebody planted.
      if ((await lstat(this.#options.folder)).isDirectory()) {
        journal = decodeJournal(await readFile(this.#journalPath));
        this.#bytes = await openAlone(this.#bytesPath);
      }
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
    if (this.#bytes === undefined || journal?.kind !== 'known' || journal.header.size !== this.#options.size) {
      await this.#bytes?.close();
      this.#bytes = undefined;
      await rm(this.#options.folder, { recursive: true, force: true });
      return [];
    }
    const sound = await this.#readBack(this.#bytes.fd, journal.haves, visit);
    this.#journal = await open(this.#journalPath, 'a');
    return sound;
  }

  /**
   * Reads what is recorded, and writes a journal of what checks, ascending, touching ranges of one origin merged. Writes it
   * as it reads, which may take minutes: a process that waits for this one sees it grow (`signOfWork`).
   */
  async #readBack(
    descriptor: number,
    haves: readonly HaveRecord[],
    visit: (offset: number, bytes: Uint8Array) => void,
  ): Promise<HaveRecord[]> {
    const buffer = Buffer.allocUnsafe(mostRecordedBytes);
    const sound: HaveRecord[] = [];
    let last: HaveRecord | undefined;
    const temporary = `${this.#journalPath}.new`;
    await rm(temporary, { force: true });
    const merged = await this.#options.files.create(temporary);
    try {
      await merged.writeFile(this.#header());
      for (const have of haves) {
        const bytes = await readInto(buffer, descriptor, have);
        if (bytes === undefined || crc32(bytes) !== have.crc32) continue;
        visit(have.start, bytes);
        sound.push(have);
        if (last !== undefined && isOneRange(last, have)) {
          last = { ...last, end: have.end, crc32: crc32(bytes, last.crc32) };
        } else {
          if (last !== undefined) await merged.writeFile(encodeHave(last));
          last = have;
        }
      }
      if (last !== undefined) await merged.writeFile(encodeHave(last));
      await rename(temporary, this.#journalPath);
    } finally {
      await merged.close();
    }
    return sound;
  }

  async #begin(): Promise<void> {
    const { folder, files } = this.#options;
    // What is above it is not made here: on a disk that was unmounted it would be made below that disk's place.
    statSync(dirname(folder));
    await files.makeFolder(folder);
    const journal = await files.create(this.#journalPath);
    this.#journal = journal;
    await journal.write(this.#header());
    this.#bytes = await files.create(this.#bytesPath);
  }

  async #beginWhole(): Promise<void> {
    this.#bytes = await this.#options.files.create(this.#wholePath);
  }

  #header(): Buffer {
    const { size, digests } = this.#options;
    return encodeHeader({ size, digests: digests.map(formatDigest) });
  }

  /**
   * Another process that took us for dead has renamed our folder: then nothing may be written any more. The one write
   * that the kernel already has when we are stopped is accepted: see ARCHITECTURE.md, "Two processes".
   */
  #assertOwned(maxAgeMs = ownershipCheckMs): void {
    const nowMs = Date.now();
    // Either way: a clock that was set back tells nothing of how long we were away.
    if (Math.abs(nowMs - this.#checkedAtMs) < maxAgeMs) return;
    const named = statSync(this.#path, { throwIfNoEntry: false });
    const held = fstatSync(this.#handle().fd);
    if (named?.ino !== held.ino || named.dev !== held.dev) throw new TargetLost();
    this.#checkedAtMs = nowMs;
  }

  #handle(): FileHandle {
    if (this.#bytes === undefined) throw new TargetLost();
    return this.#bytes;
  }

  async #onDisk<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      // Our folder is gone from under us: renamed by another process, or removed by hand.
      if (isSystemError(error, 'ENOENT')) throw new TargetLost();
      throw asDiskError(error, this.#options.folder);
    }
  }
}
