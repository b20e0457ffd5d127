import { Worker } from 'node:worker_threads';
import type { HashedFile, PrefixHasher } from './prefix-hasher.js';

/** So few that they are still in the core's cache when they are hashed. */
const readBytes = 256 * 1024;
/** So much of one file is read before others have their turn, and before anyone can call it off. */
const stretchBytes = 64 * 1024 * 1024;

/** Who has caught up with the front waits a little for it: the way over messages takes longer. */
const patienceMs = 5;

/**
 * What the thread runs. A text, so that it goes along wherever the program goes: into a bundle, or a single file. It has
 * the file's descriptor, which belongs to the whole process, and reads through the page cache.
 */
const program = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { readSync } = require('node:fs');
const buffer = Buffer.allocUnsafe(${readBytes});
const files = new Map();
const actions = {
  begin({ file, algorithms, fileBytes }) {
    files.set(file, algorithms.map((algorithm) => algorithm === 'sha256'
      ? createHash('sha256') : createHash('sha1').update('blob ' + fileBytes + '\\0')));
  },
  update({ file, bytes }) {
    for (const hash of files.get(file)) hash.update(bytes);
  },
  read({ file, descriptor, start, front }) {
    const end = new BigInt64Array(front);
    let offset = start;
    for (const most = start + ${stretchBytes}; offset < most; ) {
      const seen = Atomics.load(end, 0);
      const rest = Number(seen) - offset;
      if (rest <= 0) {
        if (Atomics.wait(end, 0, seen, ${patienceMs}) === 'timed-out' && Atomics.load(end, 0) === seen) break;
        continue;
      }
      const bytesRead = readSync(descriptor, buffer, 0, Math.min(buffer.length, rest), offset);
      if (bytesRead === 0) throw new Error('the file being downloaded became shorter under our hands');
      for (const hash of files.get(file)) hash.update(buffer.subarray(0, bytesRead));
      offset += bytesRead;
    }
    return offset;
  },
  digests({ file }) {
    return files.get(file).map((hash) => hash.copy().digest('hex'));
  },
  forget({ file }) {
    files.delete(file);
  },
};
parentPort.on('message', ({ action, question, ...message }) => {
  try {
    const value = actions[action](message);
    if (question !== undefined) parentPort.postMessage({ question, value });
  } catch (error) {
    parentPort.postMessage({ question, error: String(error.message) });
  }
});
`;

interface Answer {
  question: number;
  value?: unknown;
  error?: string;
}

/** A thread that hashes while this one moves bytes. Begun with the first file that is given to it. */
export class DigestThread {
  #worker: Worker | undefined;
  #files = 0;
  #questions = 0;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();

  /** A hasher for one file. */
  hasher(file: HashedFile): PrefixHasher {
    const id = this.#files++;
    const begin = () => this.#tell({ action: 'begin', file: id, ...file });
    begin();
    return {
      update: (bytes) => {
        const copy = new Uint8Array(bytes);
        this.#tell({ action: 'update', file: id, bytes: copy }, [copy.buffer]);
      },
      read: async (descriptor, start, front) =>
        (await this.#ask({ action: 'read', file: id, descriptor, start, front: front.memory })) as number,
      digests: async () => (await this.#ask({ action: 'digests', file: id })) as string[],
      restart: begin,
      forget: () => this.#tell({ action: 'forget', file: id }),
    };
  }

  /** Ends the thread. Never throws. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #tell(message: object, transferred: readonly ArrayBuffer[] = []): void {
    this.#running().postMessage(message, transferred);
  }

  #ask(message: object): Promise<unknown> {
    const question = this.#questions++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(question, { resolve, reject });
      this.#tell({ ...message, question });
    });
  }

  #running(): Worker {
    return (this.#worker ??= new Worker(program, { eval: true, execArgv: [] })
      .on('message', ({ question, value, error }: Answer) => {
        const asker = this.#waiting.get(question);
        this.#waiting.delete(question);
        if (error === undefined) asker?.resolve(value);
        else asker?.reject(new Error(error));
      })
      .on('error', (error) => {
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
      }));
  }
}
