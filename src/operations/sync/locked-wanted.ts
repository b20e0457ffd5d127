import { KnownBlobs } from '../../cache/known-blobs.js';
import { fileSystemTraits } from '../../cache/file-system.js';
import { repoLayout, snapshotPath } from '../../cache/layout.js';
import { readListing } from '../../cache/records.js';
import { judgeLocalDir } from '../../local-dir/choose-dir.js';
import { localLayout } from '../../local-dir/layout.js';
import type { ListedFile } from '../../repo/listing.js';
import { judgeNamesFor } from '../../repo/names.js';
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
    // Whoever locked it on this machine has kept it. A lock's own files are but a part of it.
    listing: await readListing(layout, commit),
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

/** What is no LFS file bears git's sha-1 in listing and cache: the lock's sha-256 must hold besides. */
function listedFile({ sha256, ...file }: LockedFile): ListedFile {
  if (file.digest.algorithm === 'sha256') return file;
  return { ...file, lockedDigest: { algorithm: 'sha256', hex: sha256 } };
}
