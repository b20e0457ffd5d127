import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { type BundledRepo, bundleItems } from '../cache/bundle/bundle-items.js';
import { type BundleItem, type BundledFile, writeBundle } from '../cache/bundle/write-bundle.js';
import { isSystemError, onDisk } from '../cache/disk-errors.js';
import { CacheFiles } from '../cache/files.js';
import { repoLayout } from '../cache/layout.js';
import { type Lease, Leases } from '../cache/leases.js';
import { readListing } from '../cache/records.js';
import { UsageError } from '../errors.js';
import type { CommitHash, Listing } from '../repo/listing.js';
import { judgeListing } from '../repo/names.js';
import { type RepoId, type RepoType, repoPath } from '../repo/reference.js';
import type { CachedRepo, Ref, Revision } from '../retention/inventory.js';
import { RepoNotCached, inventoryOf } from './cached-repos.js';
import { CheckMeter } from './check-meter.js';
import type { OperationContext } from './context.js';

export interface ExportRequest {
  readonly repos: readonly { readonly repo: RepoId; readonly revision?: string }[];
  /** A file that is made or replaced as a whole, or a stream. */
  readonly output: string | Writable;
  /** Tells what would be in it; reads and writes no file. */
  readonly dryRun: boolean;
}

/** The document of `hub cache export --json`, but for its `schema`. Sizes in bytes. */
export interface ExportResult {
  /** Of the bundle; null where it went to a stream. */
  path: string | null;
  repos: ExportedRepo[];
  /** `bytes` of the contents, each once in each repo. */
  totals: { repos: number; revisions: number; files: number; bytes: number };
}

interface ExportedRepo {
  repo: string;
  type: RepoType;
  refs: { name: string; commit: string }[];
  revisions: ExportedRevision[];
}

interface ExportedRevision {
  commit: string;
  files: number;
  /** All files of the commit are in it; null where nobody has kept its listing. */
  complete: boolean | null;
}

/**
 * Writes repos of the cache as one tar that any machine can unpack into a cache, or `hub cache import` take in. Every
 * blob is read and checked; a file appears under its name only when it is whole. Counts as no use of the repos.
 *
 * @throws RepoNotCached  a repo or a revision is not there
 * @throws CorruptBlob
 */
export async function exportBundle(request: ExportRequest, context: OperationContext): Promise<ExportResult> {
  const leases = new Map<string, Lease>();
  try {
    for (const { repo } of request.repos) {
      const key = repoPath(repo);
      if (!request.dryRun && !leases.has(key)) leases.set(key, await leaseOf(repo, context));
    }
    const chosen = await choose(request, context);
    const items = bundleItems(chosen);
    if (!request.dryRun) await write(items, request.output, context);
    return resultOf(chosen, items, typeof request.output === 'string' ? request.output : null);
  } finally {
    for (const lease of leases.values()) await lease.release();
  }
}

/** So that nobody deletes what is being read. A cache that can't be written can't be deleted from either. */
async function leaseOf(repo: RepoId, { settings: { cacheDir }, signal }: OperationContext): Promise<Lease> {
  const nothing: Lease = { release: () => Promise.resolve() };
  const layout = repoLayout(cacheDir, repo);
  if ((await stat(layout.root).catch(() => undefined)) === undefined) return nothing;
  const writer = randomBytes(8).toString('hex');
  const leases = new Leases({ folder: layout.leases, files: new CacheFiles(cacheDir), writer });
  return leases.takeShared(signal).catch((error: unknown) => {
    if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS')) return nothing;
    throw error;
  });
}

async function choose({ repos }: ExportRequest, context: OperationContext): Promise<BundledRepo[]> {
  const ids = repos.map(({ repo }) => repo);
  const inventory = await inventoryOf(ids, context);
  const chosen: BundledRepo[] = [];
  for (const repo of inventory.repos) {
    const asked = repos.filter((one) => repoPath(one.repo) === repoPath(repo.repo));
    const revisions = asked.some(({ revision }) => revision === undefined)
      ? repo.revisions
      : [...new Set(asked.map(({ revision = 'main' }) => revisionNamed(repo, revision)))];
    if (revisions.length === 0) throw new RepoNotCached(`the cache has no revision of ${repoPath(repo.repo)}`);
    tellBroken(repo, context);
    const commits = new Set(revisions.map(({ commit }) => commit));
    const listings = await listingsOf(repo, revisions, context);
    chosen.push({ repo, revisions, listings, refs: repo.refs.filter(({ commit }) => commits.has(commit)) });
  }
  return chosen;
}

function revisionNamed({ repo, refs, revisions }: CachedRepo, name: string): Revision {
  const isNamed = (ref: Ref) => ref.name === name;
  const commit: string = refs.find(isNamed)?.commit ?? name;
  const found = revisions.filter((revision) => revision.commit === commit);
  const short = /^[0-9a-f]{7,}$/.test(commit) ? revisions.filter((it) => it.commit.startsWith(commit)) : [];
  const [only, ...others] = found.length > 0 ? found : short;
  if (only !== undefined && others.length === 0) return only;
  throw new RepoNotCached(`${repoPath(repo)}@${name} is not in the cache`, {
    hint: `"hub cache ls ${repoPath(repo)} --revisions" tells what is there.`,
  });
}

function tellBroken({ repo, path, findings }: CachedRepo, { tell }: OperationContext): void {
  const broken = findings.filter(
    ({ kind, path: place }) => kind === 'broken' && place.startsWith(join(path, 'snapshots')),
  );
  const [first] = broken;
  if (first === undefined) return;
  const others = broken.length > 1 ? `, and ${String(broken.length - 1)} more` : '';
  const message = `${repoPath(repo)}: left out, being broken: ${first.path} (${first.reason})${others}`;
  tell({ type: 'warning', code: 'broken-entries', message });
}

async function listingsOf(
  { repo }: CachedRepo,
  revisions: readonly Revision[],
  { settings: { cacheDir } }: OperationContext,
): Promise<Map<CommitHash, Listing>> {
  const listings = new Map<CommitHash, Listing>();
  for (const { commit } of revisions) {
    const listing = await readListing(repoLayout(cacheDir, repo), commit);
    if (listing === undefined) continue;
    judgeListing(listing.files);
    listings.set(commit, listing);
  }
  return listings;
}

type WriteOptions = Parameters<typeof writeBundle>[2];

async function write(
  items: readonly BundleItem[],
  output: string | Writable,
  context: OperationContext,
): Promise<void> {
  const meter = new CheckMeter(context.tell);
  meter.expect(items.flatMap((item) => (item.kind === 'file' ? item.size : [])));
  meter.start();
  try {
    const options = {
      read: (item: BundledFile, bytes: number) => meter.advance({ ...item, path: item.name }, bytes),
      done: (item: BundledFile) => meter.done({ ...item, path: item.name }),
      signal: context.signal,
    };
    if (typeof output === 'string') await writeFileAsWhole(items, output, options);
    else await writeToReader(items, output, options);
  } finally {
    meter.stop();
  }
}

/** Who reads may have had enough (`| head`), which is no failure of ours. */
async function writeToReader(items: readonly BundleItem[], output: Writable, options: WriteOptions): Promise<void> {
  try {
    await writeBundle(items, output, { ...options, keepOpen: true });
  } catch (error) {
    if (!isSystemError(error, 'EPIPE')) throw error;
  }
}

async function writeFileAsWhole(items: readonly BundleItem[], path: string, options: WriteOptions): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory() !== true) throw new UsageError(`there is no folder ${dirname(path)} for the bundle`);
  const there = await stat(path).catch(() => undefined);
  if (there?.isFile() === false)
    throw new UsageError(`${path} is there, and no file`, { hint: 'Name a file: -o bundle.tar' });
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    await onDisk(path, async () => {
      // Flushed before it gets its name: a bundle is carried away by people who then delete what it was made of.
      await writeBundle(items, createWriteStream(temporary, { flags: 'wx', flush: true }), options);
      await rename(temporary, path);
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

function resultOf(chosen: readonly BundledRepo[], items: readonly BundleItem[], path: string | null): ExportResult {
  const repos = chosen.map(exportedRepo);
  const revisions = repos.flatMap((repo) => repo.revisions);
  return {
    path,
    repos,
    totals: {
      repos: repos.length,
      revisions: revisions.length,
      files: revisions.reduce((sum, { files }) => sum + files, 0),
      bytes: items.reduce((sum, item) => sum + (item.kind === 'file' ? item.size : 0), 0),
    },
  };
}

function exportedRepo({ repo, refs, revisions, listings }: BundledRepo): ExportedRepo {
  return {
    repo: repo.repo.name,
    type: repo.repo.type,
    refs: refs.map(({ name, commit }) => ({ name, commit })),
    revisions: revisions.map(({ commit, entries }) => {
      const paths = new Set(entries.map(({ path }) => path));
      const listed = listings.get(commit)?.files;
      return {
        commit,
        files: entries.length,
        complete: listed === undefined ? null : listed.every(({ path }) => paths.has(path)),
      };
    }),
  };
}
