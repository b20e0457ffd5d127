import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod/mini';
import { DiskError, asDiskError, isSystemError, onDisk } from '../../cache/disk-errors.js';
import type { CacheFiles } from '../../cache/files.js';
import { type Holder, type Lease, Leases } from '../../cache/leases.js';
import { isProvenAlive } from '../../cache/process-identity.js';
import { ExitCode, HubError, abortReason } from '../../errors.js';
import type { CommitHash } from '../../repo/listing.js';

/** Another run of the same list is at work. */
export class MirrorAtWork extends HubError {
  readonly code = 'mirror-at-work';
  readonly exitCode = ExitCode.usage;
  override readonly retryable = true;

  constructor(holder: Holder | undefined) {
    const who = holder === undefined ? 'another process' : `process ${String(holder.pid)} on ${holder.host}`;
    super(`this list is being mirrored by ${who}`, { hint: 'Wait for its end: one run at a time works on a list.' });
  }
}

/** Longer than a lease lives whose holder is dead and can't be proven to be. */
const longestDoubtMs = 10_000;
const pollMs = 250;

const begunSchema = z.object({ key: z.string(), commit: z.string() });

/**
 * What a list's runs leave for the next one: who is at work on it, and what was begun and not reported yet. What is whole
 * and what is half done, the cache itself knows. The file has a line for each repo that was begun to be brought, until a
 * report has told of them.
 */
export class MirrorState {
  readonly #folder: string;
  readonly #lease: Lease;
  readonly #begun: Map<string, string>;

  private constructor(folder: string, lease: Lease) {
    this.#folder = folder;
    this.#lease = lease;
    this.#begun = readBegun(this.#journal);
  }

  /**
   * Says that this process works on the list.
   *
   * @param folder  of this list alone
   * @throws MirrorAtWork, DiskError, and the signal's reason
   */
  static async open(
    folder: string,
    { files, signal }: { files: CacheFiles; signal: AbortSignal },
  ): Promise<MirrorState> {
    return onDisk(folder, async () => {
      await files.makeFolder(folder);
      const leases = new Leases({ folder, files, writer: randomBytes(8).toString('hex') });
      await leases.clearForgotten();
      return new MirrorState(folder, await takeLease(leases, signal));
    });
  }

  /** A run that was killed has begun to bring this commit, and no report has told of it. */
  wasBegun(key: string, commit: CommitHash): boolean {
    return this.#begun.get(key) === commit;
  }

  /** @throws DiskError */
  noteBegun(key: string, commit: CommitHash): void {
    if (this.wasBegun(key, commit)) return;
    this.#begun.set(key, commit);
    // In one piece, and before the first byte: noted at its end, a kill in between would leave it whole and untold.
    try {
      appendFileSync(this.#journal, lineOf(key, commit));
    } catch (error) {
      throw asDiskError(error, this.#journal);
    }
  }

  /**
   * All that was begun is being reported, but for what a run had no time for, or could not bring: some of that may be whole
   * already, of which the next report tells. A disk that takes nothing more is no reason to have no report now.
   *
   * @param untold  keys
   */
  async forgetAllBut(untold: ReadonlySet<string>): Promise<void> {
    for (const key of this.#begun.keys()) if (!untold.has(key)) this.#begun.delete(key);
    const lines = [...this.#begun].map(([key, commit]) => lineOf(key, commit));
    const renewed = `${this.#journal}.new`;
    try {
      await onDisk(this.#folder, async () => {
        if (lines.length > 0) {
          await writeFile(renewed, lines.join(''));
          await rename(renewed, this.#journal);
        } else for (const path of [renewed, this.#journal]) await rm(path, { force: true });
      });
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
    }
  }

  async close(): Promise<void> {
    await this.#lease.release();
    await rmdir(this.#folder).catch((error: unknown) => {
      if (!isSystemError(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM')) throw error;
    });
  }

  /** Its name has its format's version: another version's file is left alone. */
  get #journal(): string {
    return join(this.#folder, 'begun-1.jsonl');
  }
}

/** A holder that only may be dead is given the time in which that is found out. */
async function takeLease(leases: Leases, signal: AbortSignal): Promise<Lease> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const answer = await leases.tryExclusive('mirror');
    if ('lease' in answer) return answer.lease;
    const { holder } = answer;
    if (waitedMs >= longestDoubtMs || (holder !== undefined && isProvenAlive(holder))) throw new MirrorAtWork(holder);
    await setTimeout(pollMs, undefined, { signal }).catch((error: unknown) => {
      throw signal.aborted ? abortReason(signal) : error;
    });
  }
}

/** Begins with a line break too: the line before may be torn. */
function lineOf(key: string, commit: string): string {
  return `\n${JSON.stringify({ key, commit })}\n`;
}

function readBegun(path: string): Map<string, string> {
  const begun = new Map<string, string>();
  for (const line of readLines(path)) {
    const entry = parseLine(line);
    if (entry !== undefined) begun.set(entry.key, entry.commit);
  }
  return begun;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}

/** The last line may be torn. */
function parseLine(line: string): z.infer<typeof begunSchema> | undefined {
  try {
    return begunSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
