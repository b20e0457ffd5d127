import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { link, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod/mini';
import { abortReason } from '../errors.js';
import { isSystemError, tolerateForeign } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import { isProvenDead, ownIdentity, processIdentitySchema } from './process-identity.js';

const format = 1;
const beatMs = 2_000;
/** Four beats missed: a process that is only slow misses one or two. */
const deadAfterMs = 8_000;

const forgottenAfterMs = 24 * 60 * 60 * 1000;
/** Far longer than it takes to look at the clock, or to put a lease back that was not dead. */
const momentMs = 10 * 60 * 1000;
const pollMs = 200;
const mostTries = 5;

const holderSchema = z.extend(processIdentitySchema, { format: z.literal(format), writer: z.string() });

/** Who holds a lease. */
export type Holder = z.infer<typeof holderSchema>;

interface Inspection {
  isAlive: boolean;
  /** Nobody will ever beat on it. */
  isForgotten: boolean;
  holder: Holder | undefined;
  text: string;
}

/** A lease that is held until `release`, or until this process dies. */
export interface Lease {
  release(): Promise<void>;
}

/**
 * Tells other processes who works on a repo: a file that its holder touches every two seconds. Safety never rests on it
 * (each process writes in files of its own name); it saves double work, and shields what is in use from deletion.
 *
 * - shared on the repo, one for each process that reads or fetches: `<writer>.shared`
 * - exclusive on the repo, for who deletes: `repo.exclusive`
 * - exclusive on a digest, for who fetches it: `<hex>.exclusive`
 */
export class Leases {
  readonly #folder: string;
  readonly #files: CacheFiles;
  readonly #writer: string;

  /** @param writer  the random id of this process's work on the repo */
  constructor({ folder, files, writer }: { folder: string; files: CacheFiles; writer: string }) {
    this.#folder = folder;
    this.#files = files;
    this.#writer = writer;
  }

  /**
   * Says that this process reads or fetches. Each side takes its own lease before it looks for the other's, so that one
   * of them sees the other: who deletes steps back, and who reads waits until it has.
   */
  async takeShared(signal: AbortSignal): Promise<Lease> {
    const lease = await this.#create(`${this.#writer}.shared`);
    try {
      while (await this.#isHeld('repo.exclusive')) await setTimeout(pollMs, undefined, { signal });
    } catch (error) {
      await lease.release();
      throw signal.aborted ? abortReason(signal) : error;
    }
    return lease;
  }

  /**
   * Takes the lease on a digest's hex, or on the `repo`, if nobody alive has it.
   *
   * @returns the lease, or who holds it (undefined while that can't be read yet)
   */
  async tryExclusive(subject: string): Promise<{ lease: Lease } | { holder: Holder | undefined }> {
    const name = `${subject}.exclusive`;
    for (;;) {
      try {
        return { lease: await this.#create(name) };
      } catch (error) {
        if (!isSystemError(error, 'EEXIST')) throw error;
      }
      const found = await this.#inspect(name);
      if (found === 'gone') continue;
      if (found.isAlive) return { holder: found.holder };
      await this.#remove(name, found.text);
    }
  }

  /** The ids of the processes that read or fetch here, this one included. */
  async livingWriters(): Promise<Set<string>> {
    const living = new Set<string>();
    const nowMs = await this.#nowOnDisk();
    for (const name of await readdir(this.#folder)) {
      const writer = /^([0-9a-f]{16})\.shared$/.exec(name)?.[1];
      if (writer === undefined) continue;
      const found = await this.#inspect(name, nowMs);
      if (found === 'gone') continue;
      if (found.isAlive) living.add(writer);
      // One that only looks dead may be a paused process, which beats on when it wakes.
      else if (found.isForgotten) await rm(join(this.#folder, name), { force: true });
    }
    return living;
  }

  /**
   * Who else reads, fetches or deletes here; undefined for one whose name can't be read.
   *
   * @param nowMs  the time to go by where nothing may be written; that of the disk where absent
   */
  async holders(nowMs?: number): Promise<(Holder | undefined)[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return [];
      throw error;
    });
    const others = names.filter((name) => /^(?:[0-9a-f]{16}\.shared|repo\.exclusive)$/.test(name));
    if (others.length === 0) return [];
    const now = nowMs ?? (await this.#nowOnDisk());
    const found = await Promise.all(others.map((name) => this.#inspect(name, now)));
    return found.flatMap((it) =>
      it !== 'gone' && it.isAlive && it.holder?.writer !== this.#writer ? [it.holder] : [],
    );
  }

  /** Clears away what the dead have left. @returns is nobody else here */
  async clearDead(): Promise<boolean> {
    const left = await readdir(this.#folder);
    if ((await this.holders()).length > 0) return false;
    for (const name of left) if (name !== 'repo.exclusive') await rm(join(this.#folder, name), { force: true });
    return true;
  }

  /** Removes what the dead left: leases on which nobody will ever beat, and files that were there for a moment. */
  async clearForgotten(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => !name.startsWith(this.#writer));
    if (names.length === 0) return;
    const nowMs = await this.#nowOnDisk();
    for (const name of names) await this.#clear(name, nowMs).catch(tolerateForeign);
  }

  async #clear(name: string, nowMs: number): Promise<void> {
    if (/\.(shared|exclusive)$/.test(name)) {
      const found = await this.#inspect(name, nowMs);
      if (found !== 'gone' && found.isForgotten) await this.#remove(name, found.text);
      return;
    }
    if (!/\.(clock|dead)$/.test(name)) return;
    const path = join(this.#folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && nowMs - stats.mtimeMs > momentMs) await rm(path, { force: true });
  }

  async #isHeld(name: string): Promise<boolean> {
    const found = await this.#inspect(name);
    return found !== 'gone' && found.isAlive;
  }

  async #create(name: string): Promise<Lease> {
    const path = join(this.#folder, name);
    const holder: Holder = { format, writer: this.#writer, ...ownIdentity() };
    const descriptor = await this.#createFile(path, `${JSON.stringify(holder)}\n`);
    const { ino } = fstatSync(descriptor);
    // Synchronous: a process whose event loop or thread pool is busy must not look dead.
    const beat = setInterval(() => beatOnce(path, ino), beatMs);
    beat.unref();
    let isReleased = false;
    return {
      release: async () => {
        // By then the descriptor may be another file's.
        if (isReleased) return;
        isReleased = true;
        clearInterval(beat);
        // Looked at while it is open: a closed file's number may be given to another lease.
        const isOwn = inodeOf(path) === ino;
        closeSync(descriptor);
        if (isOwn) await rm(path, { force: true });
      },
    };
  }

  /** Whoever removes the repo removes its folders too, when nobody is in them yet. */
  async #createFile(path: string, text: string): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      await this.#files.makeFolder(this.#folder);
      try {
        return await this.#files.createWith(path, text);
      } catch (error) {
        if (tries === mostTries || !isSystemError(error, 'ENOENT')) throw error;
      }
    }
  }

  async #inspect(name: string, nowMs?: number): Promise<'gone' | Inspection> {
    const path = join(this.#folder, name);
    try {
      const handle = await open(path, 'r');
      try {
        const text = await handle.readFile('utf8');
        const holder = parseHolder(text);
        const ageMs = (nowMs ?? (await this.#nowOnDisk())) - (await handle.stat()).mtimeMs;
        const isProven = holder !== undefined && isProvenDead(holder);
        return {
          isAlive: ageMs < deadAfterMs && !isProven,
          isForgotten: isProven || ageMs > forgottenAfterMs,
          holder,
          text,
        };
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return 'gone';
      throw error;
    }
  }

  /** The time of the file system, whose clock may be another machine's. */
  async #nowOnDisk(): Promise<number> {
    const path = join(this.#folder, `${this.#writer}.${randomBytes(4).toString('hex')}.clock`);
    await (await this.#files.create(path)).close();
    const descriptor = openSync(path, 'r');
    try {
      return fstatSync(descriptor).mtimeMs;
    } finally {
      closeSync(descriptor);
      await rm(path, { force: true });
    }
  }

  /** Removes a dead lease: by renaming, since between a look and an unlink somebody else may have put a live one there. */
  async #remove(name: string, deadText: string): Promise<void> {
    const path = join(this.#folder, name);
    const aside = join(this.#folder, `${this.#writer}.${randomBytes(4).toString('hex')}.dead`);
    try {
      await rename(path, aside);
      const handle = await open(aside, 'r');
      const text = await handle.readFile('utf8').finally(() => handle.close());
      if (text !== deadText) await link(aside, path);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT', 'EEXIST')) throw error;
    } finally {
      await rm(aside, { force: true });
    }
  }
}

/**
 * Opens the lease anew, since it is closing that sends a write to a file server, and other machines judge by its clock;
 * and writes only in our own. A beat that the disk refuses is missed: it costs a lease at worst, and never the download.
 */
function beatOnce(path: string, ino: number): void {
  try {
    const descriptor = openSync(path, 'r+');
    try {
      if (fstatSync(descriptor).ino === ino) writeSync(descriptor, '{', 0);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function inodeOf(path: string): number | undefined {
  try {
    const descriptor = openSync(path, 'r');
    try {
      return fstatSync(descriptor).ino;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}
