import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { blobState, smallBlobBytes } from '../../cache/blobs.js';
import { type ClaimContext, tryClaim } from '../../cache/claim.js';
import { DiskError, onDisk } from '../../cache/disk-errors.js';
import { freeBytes } from '../../cache/disk-space.js';
import { fileSystemTraits, hasSymlinks } from '../../cache/file-system.js';
import { CacheFiles } from '../../cache/files.js';
import { Intake, type OfferedBlob } from '../../cache/intake.js';
import { type RepoLayout, blobPath, repoLayout, snapshotPath } from '../../cache/layout.js';
import { type Lease, Leases } from '../../cache/leases.js';
import { moveInto } from '../../cache/move.js';
import { noteRequest, readListing, writeListing } from '../../cache/records.js';
import { readRef, writeRef } from '../../cache/refs.js';
import { makeRepoFolder, rememberRepoFolder } from '../../cache/repo-folder.js';
import { putEntries } from '../../cache/snapshots.js';
import { turns } from '../../cache/turns.js';
import type { Digest } from '../../repo/digest.js';
import type { CommitHash, Listing } from '../../repo/listing.js';
import { judgeListing, judgeNamesFor } from '../../repo/names.js';
import { type RepoId, repoPath } from '../../repo/reference.js';
import { totalBytes } from '../../transfer/segments.js';
import type { OperationContext } from '../context.js';
import { type OfferedFile, asListed } from './offer.js';

/** At most this many fsyncs at a time: more only make the disk's queue longer for everybody. */
const fsyncsAtATime = 2;

/** What is known of a commit once its blobs are there. */
export interface ArrivedCommit {
  readonly commit: CommitHash;
  /** Branches and tags that name it where it comes from. */
  readonly refs: readonly string[];
  readonly listing: Listing | undefined;
  /** Those whose blobs are in the cache. */
  readonly files: readonly OfferedFile[];
}

/** A repo of the cache into which something is brought. In a dry run nothing is written. */
export class RepoImport {
  readonly repo: RepoId;
  readonly layout: RepoLayout;
  readonly files: CacheFiles;
  readonly leases: Leases;
  readonly intake: Intake;
  readonly writer = randomBytes(8).toString('hex');
  readonly #context: OperationContext;
  readonly #dryRun: boolean;
  readonly #inTurn = turns(fsyncsAtATime);
  #lease: Lease | undefined;

  constructor(repo: RepoId, { context, dryRun }: { context: OperationContext; dryRun: boolean }) {
    this.repo = repo;
    this.layout = repoLayout(context.settings.cacheDir, repo);
    this.files = new CacheFiles(context.settings.cacheDir);
    this.leases = new Leases({ folder: this.layout.leases, files: this.files, writer: this.writer });
    this.#context = context;
    this.#dryRun = dryRun;
    this.intake = new Intake({
      layout: this.layout,
      files: this.files,
      writer: this.writer,
      inTurn: this.#inTurn,
      dryRun,
      signal: context.signal,
    });
  }

  /** Makes the repo's folder, and says that this process works there. Goes before anything is taken or settled. */
  async hold(): Promise<void> {
    if (this.#dryRun || this.#lease !== undefined) return;
    await makeRepoFolder(this.layout, this.files);
    this.#lease = await onDisk(this.layout.leases, () => this.leases.takeShared(this.#context.signal));
    // Whoever has removed the repo in this moment has removed the empty folders too.
    await makeRepoFolder(this.layout, this.files);
  }

  async letGo(): Promise<void> {
    await this.#lease?.release();
    this.#lease = undefined;
  }

  has({ digest, size }: OfferedBlob): boolean {
    return blobState(this.layout, digest, size) === 'whole';
  }

  /** Of a blob, where the cache has it. */
  sizeOf(digest: Digest): number | undefined {
    const stats = statSync(blobPath(this.layout, digest), { throwIfNoEntry: false });
    return stats?.isFile() === true ? stats.size : undefined;
  }

  /** The listing of a commit that the cache keeps, which beats any that is brought. */
  listing(commit: CommitHash): Promise<Listing | undefined> {
    return readListing(this.layout, commit);
  }

  /**
   * Keeps what may be the first bytes of a blob as an unfinished download of it, with which the next download goes on.
   * Nobody vouches for them: the digest of the whole judges.
   *
   * @returns how many are kept, in bytes
   */
  async keepPrefix(blob: OfferedBlob, { path, bytes }: { path: string; bytes: number }): Promise<number> {
    const kept = Math.min(bytes, blob.size - 1);
    if (blob.size <= smallBlobBytes || kept <= 0) return 0;
    if (this.#dryRun) return kept;
    const answer = await tryClaim(
      {
        ...blob,
        seed: { path, bytes: kept },
        put: (from) => moveInto(from, blobPath(this.layout, blob.digest)),
        isPublished: () => this.has(blob),
      },
      this.#claims(),
    );
    if (answer === 'published' || !('target' in answer)) return 0;
    try {
      const missing = await answer.target.missing(() => undefined);
      return blob.size - totalBytes(missing);
    } finally {
      await answer.target.close();
      await answer.release({ published: false });
    }
  }

  #claims(): ClaimContext {
    const { layout, files, leases, writer } = this;
    const { stallTimeoutMs } = this.#context.settings;
    const assertThere = rememberRepoFolder(layout);
    return { layout, files, leases, writer, stallTimeoutMs, leftBehind: new Set(), inTurn: this.#inTurn, assertThere };
  }

  snapshotOf(commit: CommitHash): string {
    return snapshotPath(this.layout, commit);
  }

  /** @throws DiskError  so many bytes more don't go on this disk */
  async requireSpace(bytes: number): Promise<void> {
    const { cacheDir } = this.layout;
    if (this.#dryRun || bytes === 0) return;
    const free = await onDisk(cacheDir, () => freeBytes(cacheDir));
    if (bytes <= free) return;
    throw new DiskError('no-space', `${cacheDir}: ${megabytes(bytes)} are to come, and ${megabytes(free)} are free`, {
      hint: 'Free some space, or name another disk with --cache-dir or HF_HUB_CACHE.',
    });
  }

  /**
   * blobs -> snapshot -> ref: puts a commit's files where readers look for them. A ref that the cache has stays as it is.
   *
   * @returns the refs that name the commit here
   * @throws UnstorableName, UntrustedListing
   */
  async settle({ commit, refs, listing, files }: ArrivedCommit): Promise<string[]> {
    const entries = files.map(asListed);
    judgeListing(entries);
    judgeNamesFor(fileSystemTraits(this.layout.cacheDir), entries);
    // A ref to a commit of which nothing is here is broken for Python's tools.
    if (entries.length === 0) return [];
    if (this.#dryRun) return this.#freeRefs(refs, commit);
    return onDisk(this.layout.root, async () => {
      const symlinks = this.#context.settings.symlinks && (await hasSymlinks(this.layout.partials));
      await putEntries(this.layout, this.files, { commit, entries, symlinks });
      if (listing !== undefined && (await this.listing(commit)) === undefined) {
        await writeListing(this.layout, this.files, listing);
      }
      const free = await this.#freeRefs(refs, commit);
      for (const revision of free) await this.#setRef(revision, commit);
      const asked = files.length === listing?.files.length ? ('all' as const) : files.map(({ path }) => path);
      const request = { revision: free[0] ?? commit, files: asked };
      await noteRequest(this.layout, this.files, { commit, request, state: 'completed', now: new Date() });
      return free;
    });
  }

  /** Those that name no other commit here. */
  async #freeRefs(refs: readonly string[], commit: CommitHash): Promise<string[]> {
    const free: string[] = [];
    for (const revision of refs) {
      const there = await readRef(this.layout, revision);
      if (there === undefined || there === commit) free.push(revision);
      else {
        const message =
          `${repoPath(this.repo)}: ${revision} stays at ${there.slice(0, 10)}, where the cache has it; ` +
          `what is brought in is ${commit}`;
        this.#context.tell({ type: 'warning', code: 'ref-kept', message });
      }
    }
    return free;
  }

  async #setRef(revision: string, commit: CommitHash): Promise<void> {
    try {
      await writeRef(this.layout, this.files, { revision, commit });
    } catch (error) {
      // A branch `a/b` where the cache still has a branch `a`: the files are there all the same.
      const message = `the cache can't note ${revision}: ${String(error)}`;
      this.#context.tell({ type: 'warning', code: 'ref-not-written', message });
    }
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
