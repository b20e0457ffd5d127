import { type ReadEntry, readBundle } from '../../cache/bundle/read-bundle.js';
import { parseListing, parsePythonTree } from '../../cache/records.js';
import { HubError } from '../../errors.js';
import { type CommitHash, type ListedFile, type Listing, asCommitHash } from '../../repo/listing.js';
import { judgeListing } from '../../repo/names.js';
import { type RepoId, repoPath } from '../../repo/reference.js';
import type { Digest } from '../../repo/digest.js';
import { CheckMeter } from '../check-meter.js';
import type { OperationContext } from '../context.js';
import type { ImportedCommit, ImportedFile } from './import-result.js';
import type { OfferedFile } from './offer.js';
import { RepoImport } from './repo-import.js';
import { type TakenIn, faultsAgainst, importedFile } from './take-in.js';

interface BundleOptions {
  readonly name: string;
  readonly dryRun: boolean;
  readonly context: OperationContext;
}

/**
 * Takes a bundle in as it comes: each blob is written, checked and published; when all have come, the commits' files and
 * refs are made from the names that were understood. Nothing of the tar is ever unpacked by its own path.
 *
 * @throws BadBundle  it is no tar, or ends too early
 * @throws HubError  the disk's refusal, names that can't be, the signal's reason
 */
export async function importBundle(source: AsyncIterable<Uint8Array>, options: BundleOptions): Promise<TakenIn> {
  const bundle = new IncomingBundle(options);
  try {
    await bundle.take(source);
    return await bundle.settle();
  } finally {
    await bundle.close();
  }
}

/** A ref's text is a commit, perhaps with blanks around it. */
const mostRefBytes = 100;
/** Of some hundred thousand files: more would have to be held in memory at once. */
const mostListingBytes = 128 * 1024 * 1024;
const refusalsShown = 5;

interface IncomingRepo {
  readonly target: RepoImport;
  /** What became of the blobs that came, by their hex. */
  readonly fates: Map<string, { state: ImportedFile['state']; size: number; reason?: string }>;
  readonly files: Map<CommitHash, Map<string, Digest>>;
  readonly listings: Map<CommitHash, Listing>;
  /** Their files by path, of commits that have files themselves. */
  readonly listed: Map<CommitHash, ReadonlyMap<string, ListedFile>>;
  readonly refs: Map<string, CommitHash>;
}

class IncomingBundle {
  readonly #options: BundleOptions;
  readonly #repos = new Map<string, IncomingRepo>();
  readonly #refused: string[] = [];
  #held: RepoImport | undefined;
  #bytesImported = 0;

  constructor(options: BundleOptions) {
    this.#options = options;
  }

  async take(source: AsyncIterable<Uint8Array>): Promise<void> {
    const { name, context } = this.#options;
    const meter = new CheckMeter(context.tell);
    meter.start();
    try {
      for await (const entry of readBundle(source, name)) {
        context.signal.throwIfAborted();
        await this.#takeEntry(entry, meter);
      }
    } finally {
      meter.stop();
    }
    if (this.#refused.length === 0) return;
    const more =
      this.#refused.length > refusalsShown ? `, and ${String(this.#refused.length - refusalsShown)} more` : '';
    const message = `${name}: left out: ${this.#refused.slice(0, refusalsShown).join('; ')}${more}`;
    context.tell({ type: 'warning', code: 'bundle-entries-left-out', message });
  }

  async settle(): Promise<TakenIn> {
    const commits: ImportedCommit[] = [];
    for (const repo of this.#repos.values()) {
      for (const commit of repo.files.keys()) commits.push(await this.#settleCommit(repo, commit));
    }
    return { commits, bytesImported: this.#bytesImported };
  }

  async close(): Promise<void> {
    await this.#held?.letGo();
  }

  async #takeEntry(read: ReadEntry, meter: CheckMeter): Promise<void> {
    const { entry } = read;
    switch (entry.is) {
      case 'left-out':
        return read.skip();
      case 'refused':
        this.#refuse(read, entry.why);
        return read.skip();
      case 'blob':
        return this.#takeBlob(read, this.#repo(entry.repo), { digest: entry.digest, meter });
      case 'link': {
        this.#addFile(read, this.#repo(entry.repo), entry);
        return read.skip();
      }
      case 'file':
        return this.#takeFile(read, this.#repo(entry.repo), { ...entry, meter });
      case 'ref': {
        const commit = asCommitHash((await textOf(read, mostRefBytes))?.trim() ?? '');
        if (commit === undefined) this.#refuse(read, 'names no commit');
        else this.#repo(entry.repo).refs.set(entry.revision, commit);
        return;
      }
      case 'listing':
        return this.#takeListing(read, this.#repo(entry.repo), entry);
    }
  }

  async #takeBlob(
    read: ReadEntry,
    { target, fates }: IncomingRepo,
    { digest, meter }: { digest: Digest; meter: CheckMeter },
  ): Promise<void> {
    const { size, name } = read;
    if (target.has({ digest, size })) {
      if (!fates.has(digest.hex)) fates.set(digest.hex, { state: 'cached', size });
      return read.skip();
    }
    await this.#hold(target);
    await target.requireSpace(size);
    const file = { path: name, size };
    meter.expect([size]);
    const isRight = await target.intake.takeStream({ digest, size }, read.body, (bytes) => meter.advance(file, bytes));
    meter.done(file);
    if (isRight) this.#bytesImported += size;
    const reason = 'the bundle has other bytes';
    fates.set(digest.hex, isRight ? { state: 'imported', size } : { state: 'corrupt', size, reason });
  }

  /** A cache without links has its files themselves; only a listing that came before tells what they must be. */
  async #takeFile(
    read: ReadEntry,
    repo: IncomingRepo,
    { commit, path, meter }: { commit: CommitHash; path: string; meter: CheckMeter },
  ): Promise<void> {
    const listed = repo.listed.get(commit) ?? (await listedOf(repo, commit));
    repo.listed.set(commit, listed);
    const file = listed.get(path);
    if (file === undefined) {
      this.#refuse(read, 'is of no known digest');
      return read.skip();
    }
    const { digest } = file;
    this.#addFile(read, repo, { commit, path, digest });
    await this.#takeBlob(read, repo, { digest, meter });
  }

  async #takeListing(
    read: ReadEntry,
    { listings }: IncomingRepo,
    { commit, format }: { commit: CommitHash; format: 'hub' | 'python' },
  ): Promise<void> {
    const text = await textOf(read, mostListingBytes);
    const listing = parseRecord(text ?? '', format === 'hub' ? parseListing : parsePythonTree, commit);
    if (typeof listing === 'string') this.#refuse(read, listing);
    // Ours says more than Python's.
    else if (format === 'hub' || !listings.has(commit)) listings.set(commit, listing);
  }

  #addFile(
    read: ReadEntry,
    { files }: IncomingRepo,
    { commit, path, digest }: { commit: CommitHash; path: string; digest: Digest },
  ): void {
    const ofCommit = files.get(commit) ?? new Map<string, Digest>();
    files.set(commit, ofCommit);
    const there = ofCommit.get(path);
    if (there !== undefined && there.hex !== digest.hex) this.#refuse(read, 'is there twice');
    else ofCommit.set(path, digest);
  }

  #refuse({ name }: ReadEntry, why: string): void {
    this.#refused.push(`"${name.slice(0, 200)}" ${why}`);
  }

  #repo(repo: RepoId): IncomingRepo {
    const key = repoPath(repo);
    const known = this.#repos.get(key);
    if (known !== undefined) return known;
    const target = new RepoImport(repo, this.#options);
    const made: IncomingRepo = {
      target,
      fates: new Map(),
      files: new Map(),
      listings: new Map(),
      listed: new Map(),
      refs: new Map(),
    };
    this.#repos.set(key, made);
    return made;
  }

  /** One repo at a time: a bundle may have thousands, and they come one after the other. */
  async #hold(target: RepoImport): Promise<void> {
    if (this.#held !== target) await this.#held?.letGo();
    this.#held = target;
    await target.hold();
  }

  async #settleCommit(repo: IncomingRepo, commit: CommitHash): Promise<ImportedCommit> {
    const { target } = repo;
    const listing = (await target.listing(commit)) ?? repo.listings.get(commit);
    const sizes = new Map(listing?.files.map(({ path, size }) => [path, size]));
    const files = Array.from(repo.files.get(commit) ?? [], ([path, digest]): OfferedFile => {
      const size = repo.fates.get(digest.hex)?.size ?? target.sizeOf(digest) ?? sizes.get(path) ?? 0;
      return { path, size, digest };
    });
    const faults = faultsAgainst(listing, files);
    const imported = files.map((file) => {
      const { digest } = file;
      const isThere = target.sizeOf(digest) !== undefined;
      const otherwise = isThere ? ({ state: 'cached' } as const) : ({ state: 'missing' } as const);
      return importedFile(file, faults.get(file.path) ?? repo.fates.get(digest.hex) ?? otherwise);
    });
    const here = new Set(
      imported.filter(({ state }) => state === 'imported' || state === 'cached').map(({ path }) => path),
    );
    if (here.size > 0) await this.#hold(target);
    const refs = await target.settle({
      commit,
      refs: Array.from(repo.refs).flatMap(([name, named]) => (named === commit ? name : [])),
      listing,
      files: files.filter(({ path }) => here.has(path)),
    });
    return {
      repo: target.repo.name,
      type: target.repo.type,
      refs,
      commit,
      path: target.snapshotOf(commit),
      complete: listing === undefined ? null : listing.files.every(({ path }) => here.has(path)),
      files: imported,
    };
  }
}

async function listedOf(
  { target, listings }: IncomingRepo,
  commit: CommitHash,
): Promise<ReadonlyMap<string, ListedFile>> {
  const listing = (await target.listing(commit)) ?? listings.get(commit);
  return new Map(listing?.files.map((file) => [file.path, file]));
}

/** Undefined where it is longer than that. */
async function textOf({ size, body, skip }: ReadEntry, mostBytes: number): Promise<string | undefined> {
  if (size > mostBytes) {
    await skip();
    return undefined;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The listing, or what is wrong with it. */
function parseRecord(
  text: string,
  parse: (commit: CommitHash, record: unknown) => Listing | undefined,
  commit: CommitHash,
): Listing | string {
  try {
    const listing = parse(commit, JSON.parse(text));
    if (listing === undefined) return 'is no listing that this version understands';
    judgeListing(listing.files);
    return listing;
  } catch (error) {
    if (error instanceof HubError) return `can't be trusted: ${error.message}`;
    if (error instanceof SyntaxError) return 'is no listing';
    throw error;
  }
}
