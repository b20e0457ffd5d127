import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { abortReason } from '../../errors.js';
import type { Digest } from '../../repo/digest.js';

/** So many at a time: fewer cost a call of the system each, and more are gone from the core's cache when they are hashed. */
const readBytes = 512 * 1024;

/**
 * What a thread runs: a text, so that it goes along into a bundle. Its reading is no use of the file, so it leaves the
 * access time alone where the system lets it: Linux does for one's own files.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { closeSync, constants, fstatSync, openSync, readSync } = require('node:fs');
const buffer = Buffer.allocUnsafeSlow(${readBytes});
const progress = new BigInt64Array(workerData);
function open(path) {
  const flags = constants.O_RDONLY;
  if (constants.O_NOATIME === undefined) return openSync(path, flags);
  try {
    return openSync(path, flags | constants.O_NOATIME);
  } catch (error) {
    if (error.code !== 'EPERM') throw error;
    return openSync(path, flags);
  }
}
function read({ path, algorithm }) {
  const descriptor = open(path);
  try {
    const { size, mtimeMs, dev, ino } = fstatSync(descriptor);
    const hash = algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update('blob ' + size + '\\0');
    for (let bytes = 0; ; ) {
      const bytesRead = readSync(descriptor, buffer, 0, buffer.length, null);
      if (bytesRead === 0) return { hex: hash.digest('hex'), bytes, size, modifiedMs: mtimeMs, inode: dev + ':' + ino };
      hash.update(bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead));
      bytes += bytesRead;
      Atomics.store(progress, 0, BigInt(bytes));
    }
  } finally {
    closeSync(descriptor);
  }
}
parentPort.on('message', (file) => {
  try {
    parentPort.postMessage({ value: read(file) });
  } catch (error) {
    // A message carries no error's code.
    parentPort.postMessage({ error: { code: error.code, message: error.message } });
  }
});
`;

/** What a file turned out to be. Sizes in bytes. */
export interface ReadFile {
  readonly hex: string;
  /** So many were read. */
  readonly bytes: number;
  /** These three as they were before the first byte was read. */
  readonly size: number;
  readonly modifiedMs: number;
  readonly inode: string;
}

export interface FileToRead {
  readonly path: string;
  readonly algorithm: Digest['algorithm'];
  /** What progress calls it. */
  readonly label: string;
  readonly size: number;
}

interface Job {
  readonly file: FileToRead;
  readonly resolve: (read: ReadFile) => void;
  readonly reject: (error: unknown) => void;
}

interface Answer {
  readonly value?: ReadFile;
  readonly error?: { readonly code: string | undefined; readonly message: string };
}

interface Thread {
  readonly worker: Worker;
  readonly progress: BigInt64Array;
  job: Job | undefined;
}

/** Reads files and computes their digests, one file on each core at a time, in the order in which they are asked for. */
export class DigestPool {
  readonly #threads: Thread[] = [];
  readonly #waiting: Job[] = [];
  readonly #signal: AbortSignal;
  readonly #most: number;
  readonly #onAbort = () => void this.close();
  #bytesOfDone = 0;
  #isClosed = false;

  constructor(signal: AbortSignal, threads = availableParallelism()) {
    this.#signal = signal;
    this.#most = threads;
    signal.addEventListener('abort', this.#onAbort);
  }

  /**
   * Reads one file.
   *
   * @throws HubError  the signal's reason
   * @throws Error  the system's, with its `code`, where the file can't be read
   */
  read(file: FileToRead): Promise<ReadFile> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(abortReason(this.#signal));
        return;
      }
      this.#waiting.push({ file, resolve, reject });
      this.#assign();
    });
  }

  get threads(): number {
    return this.#most;
  }

  /** Bytes read so far, of the files under way too. */
  get bytesRead(): number {
    return this.#threads.reduce((sum, thread) => sum + bytesUnderWay(thread), this.#bytesOfDone);
  }

  /** The files that are being read, and how much of each has been. */
  active(): { path: string; bytesDone: number; bytesTotal: number }[] {
    return this.#threads.flatMap((thread) =>
      thread.job === undefined
        ? []
        : { path: thread.job.file.label, bytesDone: bytesUnderWay(thread), bytesTotal: thread.job.file.size },
    );
  }

  /** Ends the threads, whatever they are at. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    const left = [...this.#waiting.splice(0), ...this.#threads.flatMap(({ job }) => job ?? [])];
    for (const thread of this.#threads) thread.job = undefined;
    for (const { reject } of left) reject(abortReason(this.#signal));
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #assign(): void {
    if (this.#waiting.length === 0 || this.#isClosed) return;
    const idle = this.#threads.find(({ job }) => job === undefined) ?? this.#begin();
    if (idle === undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    idle.job = job;
    Atomics.store(idle.progress, 0, 0n);
    idle.worker.postMessage({ path: job.file.path, algorithm: job.file.algorithm });
  }

  #begin(): Thread | undefined {
    if (this.#threads.length >= this.#most) return undefined;
    const memory = new SharedArrayBuffer(8);
    const worker = new Worker(program, { eval: true, execArgv: [], workerData: memory });
    const thread: Thread = { worker, progress: new BigInt64Array(memory), job: undefined };
    const settle = (use: (job: Job) => void) => {
      const { job } = thread;
      thread.job = undefined;
      if (job !== undefined) use(job);
      this.#assign();
    };
    worker.on('message', ({ value, error }: Answer) => {
      if (value !== undefined) this.#bytesOfDone += value.bytes;
      settle(({ resolve, reject }) => {
        if (value !== undefined) resolve(value);
        else reject(Object.assign(new Error(error?.message), { code: error?.code }));
      });
    });
    worker.on('error', (error) => {
      this.#threads.splice(this.#threads.indexOf(thread), 1);
      settle(({ reject }) => reject(error));
    });
    this.#threads.push(thread);
    return thread;
  }
}

function bytesUnderWay({ job, progress }: Thread): number {
  return job === undefined ? 0 : Number(Atomics.load(progress, 0));
}
