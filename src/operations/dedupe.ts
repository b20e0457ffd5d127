import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { asDiskError, isSystemError } from '../cache/disk-errors.js';
import { CacheFiles } from '../cache/files.js';
import { takeInventory } from '../cache/inventory/take-inventory.js';
import { sharedBlobBytes } from '../cache/known-blobs.js';
import { type RepoLayout, partialPath, repoLayout } from '../cache/layout.js';
import { type Lease, Leases } from '../cache/leases.js';
import { clearLeftovers } from '../cache/leftovers.js';
import { hardLink, openUnused } from '../cache/one-file.js';
import { listPartials } from '../cache/partials.js';
import { Interrupted } from '../errors.js';
import type { RepoType } from '../repo/reference.js';
import { type BlobFile, type Duplicates, bytesToSave, findDuplicates } from '../retention/duplicates.js';
import type { CachedRepo } from '../retention/inventory.js';
import { UnreadableFile, digestOf } from './check-digest.js';
import { CheckingWork } from './checking-work.js';
import type { OperationContext } from './context.js';
import { damagedBlob } from './damaged-blob.js';
import { inParallel } from './in-parallel.js';
import { ProgressMeter } from './progress-meter.js';

/** What dedupe did, or would do: the document of `hub cache dedupe --json`, but for its `schema`. Sizes in bytes. */
export interface DedupeResult {
  cacheDir: string;
  dryRun: boolean;
  /** Each blob that is not the file that it could be. */
  files: DedupedFile[];
  /** `bytesSaved`: freed, or with `dryRun` to be freed. */
  totals: { files: number; bytesSaved: number };
}

export interface DedupedFile {
  repo: string;
  type: RepoType;
  path: string;
  size: number;
  digest: string;
  /** The file whose bytes it shares. */
  with: string;
  /** `link`: would be done. `damaged`: one of the two has other bytes than its name says. */
  state: 'link' | 'linked' | 'damaged' | 'skipped';
  reason?: string;
}

const checksAtATime = Math.min(4, availableParallelism());

/**
 * Makes equal blobs of different repos one file, once both have the digest that their name says. A blob is replaced by
 * renaming, so that there is a whole one at any moment. A repo from which somebody deletes is left alone, and so is what
 * lies in Python's shared store.
 *
 * @throws HubError  the signal's reason, or what the disk has against it
 */
export async function dedupe({ dryRun }: { dryRun: boolean }, context: OperationContext): Promise<DedupeResult> {
  const { cacheDir } = context.settings;
  const { repos } = await takeInventory(cacheDir, { signal: context.signal });
  const found = findDuplicates(repos.flatMap(largeBlobs));
  if (dryRun) {
    const files = found.flatMap((set) => set.replaced.map((blob) => describe(blob, set.kept, { state: 'link' })));
    return { cacheDir, dryRun, files, totals: { files: files.length, bytesSaved: sum(found.map(bytesToSave)) } };
  }
  const done = await new Deduplication(context).run(found);
  const files = done.map(({ file }) => file);
  const linked = files.filter(({ state }) => state === 'linked');
  return {
    cacheDir,
    dryRun,
    files,
    totals: { files: linked.length, bytesSaved: sum(done.map((it) => it.bytesSaved)) },
  };
}

/** The blobs that are files of this repo's own, large enough to be worth it. */
function largeBlobs({ repo, path, blobs }: CachedRepo): BlobFile[] {
  return [...blobs.values()].flatMap(({ name, size }) => {
    if (size < sharedBlobBytes || !/^[0-9a-f]{64}$/.test(name)) return [];
    const at = join(path, 'blobs', name);
    const stats = lstatSync(at, { throwIfNoEntry: false });
    if (stats?.isFile() !== true) return [];
    const access = [stats.uid, stats.gid, stats.mode & 0o444].join(':');
    const { dev: device, ino: inode, nlink: links, atimeMs: accessedMs } = stats;
    return [{ repo, path: at, hex: name, size: stats.size, device, inode, links, access, accessedMs }];
  });
}

interface Done {
  readonly file: DedupedFile;
  readonly bytesSaved: number;
}

class Deduplication {
  readonly #context: OperationContext;
  readonly #files: CacheFiles;
  readonly #work = new CheckingWork();
  readonly #done: Done[] = [];

  constructor(context: OperationContext) {
    this.#context = context;
    this.#files = new CacheFiles(context.settings.cacheDir);
  }

  async run(found: readonly Duplicates[]): Promise<readonly Done[]> {
    const files = found.flatMap(({ kept, replaced }) => distinct([kept, ...replaced]));
    const meter = new ProgressMeter({ work: this.#work, tell: this.#context.tell });
    meter.start(files);
    try {
      await inParallel(found, checksAtATime, (duplicates) => this.#makeOne(duplicates, meter));
    } finally {
      meter.stop();
    }
    return this.#done;
  }

  async #makeOne({ kept, replaced }: Duplicates, meter: ProgressMeter): Promise<void> {
    const faults = new Map<number, string>();
    for (const blob of distinct([kept, ...replaced])) {
      const fault = await this.#faultOf(blob);
      if (fault !== undefined) faults.set(blob.inode, fault);
      meter.fileDone(blob);
    }
    const left = new Set(replaced);
    for (const blob of replaced) {
      const fault = faults.get(kept.inode) ?? faults.get(blob.inode);
      const outcome =
        fault === undefined ? await this.#replace(blob, kept) : ({ state: 'damaged', reason: fault } as const);
      if (outcome.state === 'linked') left.delete(blob);
      // The bytes are free when the last name of them is gone.
      const isGone = outcome.state === 'linked' && ![...left].some(({ inode }) => inode === blob.inode);
      this.#done.push({ file: describe(blob, kept, outcome), bytesSaved: isGone ? blob.size : 0 });
    }
  }

  /** Why a blob is not what its name says; undefined where it is. */
  async #faultOf(blob: BlobFile): Promise<string | undefined> {
    const { path, size, hex } = blob;
    const { tell, signal } = this.#context;
    tell({ type: 'checking', path, bytes: size });
    try {
      const handle = await openUnused(path);
      try {
        const checked = (bytes: number) => this.#work.advance(path, size, bytes);
        const found = await digestOf(handle.fd, { algorithm: 'sha256', size }, { checked, signal });
        if (found === hex && (await handle.stat()).ino === blob.inode) return undefined;
      } finally {
        await handle.close();
        this.#work.end(blob);
      }
    } catch (error) {
      if (!(error instanceof UnreadableFile) && !isSystemError(error, 'ENOENT', 'EACCES', 'EPERM')) throw error;
      return `${path} can't be read: ${String(error)}`;
    }
    const { cacheDir } = this.#context.settings;
    tell(damagedBlob(path, { cacheDir, message: `${path} is damaged: its sha-256 is another one` }));
    return `${path} is damaged`;
  }

  async #replace(blob: BlobFile, kept: BlobFile): Promise<Outcome> {
    const layout = repoLayout(this.#context.settings.cacheDir, blob.repo);
    const writer = randomBytes(8).toString('hex');
    // A name that clears itself away: who brings the same blob takes it for one that was about to be published.
    const temporary = `${partialPath(layout, { algorithm: 'sha256', hex: blob.hex }, writer)}.whole`;
    const leases = new Leases({ folder: layout.leases, files: this.#files, writer });
    let lease: Lease | undefined;
    try {
      lease = await takeLease(leases);
      if (lease === undefined) return { state: 'skipped', reason: 'somebody deletes from this repo' };
      await this.#files.makeFolder(layout.partials);
      if (!(await hardLink(kept.path, temporary)))
        return { state: 'skipped', reason: 'no hard link can be made there' };
      if (inodeOf(temporary) !== kept.inode || inodeOf(blob.path) !== blob.inode) return changed;
      await rename(temporary, blob.path);
      await clearKilledWork(layout, leases, blob);
      return { state: 'linked' };
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return changed;
      if (!isSystemError(error, 'EACCES', 'EPERM', 'EROFS')) throw asDiskError(error, blob.path);
      return { state: 'skipped', reason: `no permission to change ${layout.root}` };
    } finally {
      if (lease !== undefined) await rm(temporary, { force: true });
      await lease?.release();
    }
  }
}

/** Undefined where somebody deletes: nobody waits for that here. */
async function takeLease(leases: Leases): Promise<Lease | undefined> {
  try {
    return await leases.takeShared(AbortSignal.abort());
  } catch (error) {
    if (error instanceof Interrupted) return undefined;
    throw error;
  }
}

/** The name that another dedupe had made, and anything else by which somebody who died was to bring this blob. */
async function clearKilledWork(layout: RepoLayout, leases: Leases, { hex, size }: BlobFile): Promise<void> {
  const file = { digest: { algorithm: 'sha256', hex }, size } as const;
  const partials = await listPartials(layout);
  await clearLeftovers(leases, { partials, selected: [file], isWhole: () => true });
}

type Outcome = Pick<DedupedFile, 'state' | 'reason'>;

const changed = { state: 'skipped', reason: 'it has just been changed' } as const;

function describe({ repo, path, size, hex }: BlobFile, kept: BlobFile, outcome: Outcome): DedupedFile {
  return { repo: repo.name, type: repo.type, path, size, digest: `sha256:${hex}`, with: kept.path, ...outcome };
}

function distinct(blobs: readonly BlobFile[]): BlobFile[] {
  return [...new Map(blobs.map((blob) => [blob.inode, blob])).values()];
}

function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
