import { KnownBlobs } from '../../cache/known-blobs.js';
import { fileSystemTraits } from '../../cache/file-system.js';
import { repoLayout, snapshotPath } from '../../cache/layout.js';
import { readListing } from '../../cache/records.js';
import { judgeLocalDir } from '../../local-dir/choose-dir.js';
import { localLayout } from '../../local-dir/layout.js';
import { ExitCode, HubError } from '../../errors.js';
import { formatDigest, sameDigest } from '../../repo/digest.js';
import type { ListedFile, Listing } from '../../repo/listing.js';
import { judgeNamesFor } from '../../repo/names.js';
import { repoPath } from '../../repo/reference.js';
import type { LockedEntry, LockedFile } from '../../workspace/entry.js';
import type { OperationContext } from '../context.js';
import { type Wanted, planSelection } from '../prepare.js';

export interface LockedWantedOptions {
  /** Absolute: where the files are to be, if not in the cache. */
  readonly localDir: string | undefined;
  /** What becomes of the cache's ref. */
  readonly ref: Wanted['ref'];
  readonly context: OperationContext;
}

/**
 * lock -> plan: what an entry's files are is in the lock, so that nobody need be asked. Writes nothing.
 *
 * @throws LockContradicted  a hub has listed that commit for this cache, with other files
 * @throws UnstorableName  this file system can't hold a name
 * @throws DiskError  something else stands where a file is to be, or can't be read
 */
export async function wantLocked(entry: LockedEntry, { localDir, ref, context }: LockedWantedOptions): Promise<Wanted> {
  const { repo, revision, commit } = entry;
  const { settings, tell } = context;
  const layout = repoLayout(settings.cacheDir, repo);
  if (localDir !== undefined) judgeLocalDir(localDir, settings.cacheDir);
  const local = localDir === undefined ? undefined : localLayout(localDir, repo);
  const folder = local?.dir ?? snapshotPath(layout, commit);
  const traits = fileSystemTraits(folder);
  judgeNamesFor({ ...traits, maxPathBytes: traits.maxPathBytes - Buffer.byteLength(folder) - 1 }, entry.files);
  // Whoever locked it on this machine has kept it. A lock's own files are but a part of it.
  const listing = await readListing(layout, commit);
  judgeByListing(entry, listing);
  const selected = entry.files.map(listedFile);
  const known = new KnownBlobs({ layout, readCaches: settings.readCaches, tell });
  const { plan, localWork } =
    local === undefined
      ? { plan: await planSelection(selected, { layout, commit, force: settings.force, known }), localWork: undefined }
      : await (
          await import('../plan-local.js')
        ).planLocal(selected, { local, cache: layout, known, commit, listed: selected, context });
  return {
    request: { repo, revision, paths: [], include: [], exclude: [], ...(localDir === undefined ? {} : { localDir }) },
    revision,
    layout,
    local,
    commit,
    listing,
    hubFailure: undefined,
    ref,
    selected,
    weights: undefined,
    plan,
    localWork,
    known,
    load: undefined,
  };
}

/** A lock of other files than its commit has: whoever else uses that commit in this cache would be given them. */
class LockContradicted extends HubError {
  readonly code = 'lock-contradicted';
  readonly exitCode = ExitCode.integrity;

  constructor({ repo, commit }: LockedEntry, { path, digest }: LockedFile, listed: ListedFile | undefined) {
    const has = listed === undefined ? 'has no such file' : `has ${formatDigest(listed.digest)}`;
    super(
      `${repoPath(repo)}: hub.lock has ${path} as ${formatDigest(digest)}, and by its listing in the cache ` +
        `${commit.slice(0, 10)} ${has}`,
      { hint: 'One of the two is of a hub that lies. To lock what the listing has: delete hub.lock, then "hub lock".' },
    );
  }
}

/** @throws LockContradicted */
function judgeByListing(entry: LockedEntry, listing: Listing | undefined): void {
  if (listing === undefined) return;
  const listed = new Map(listing.files.map((file) => [file.path, file]));
  for (const file of entry.files) {
    const same = listed.get(file.path);
    if (same === undefined || !sameDigest(same.digest, file.digest)) throw new LockContradicted(entry, file, same);
  }
}

/** What is no LFS file bears git's sha-1 in listing and cache: the lock's sha-256 must hold besides. */
function listedFile({ sha256, ...file }: LockedFile): ListedFile {
  if (file.digest.algorithm === 'sha256') return file;
  return { ...file, lockedDigest: { algorithm: 'sha256', hex: sha256 } };
}
