import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { blobState } from '../cache/blobs.js';
import type { BlobToFetch, ClaimContext } from '../cache/claim.js';
import { isSystemError } from '../cache/disk-errors.js';
import { hasSymlinks } from '../cache/file-system.js';
import type { CacheFiles } from '../cache/files.js';
import { type RepoLayout, blobPath } from '../cache/layout.js';
import { clearLeftovers } from '../cache/leftovers.js';
import { Leases } from '../cache/leases.js';
import { moveInto } from '../cache/move.js';
import { listPartials } from '../cache/partials.js';
import { readListing, writeListing } from '../cache/records.js';
import { pythonLeftovers } from '../cache/python-leftovers.js';
import { readRef, writeRef } from '../cache/refs.js';
import { RepoFolderGone, makeRepoFolder, rememberRepoFolder } from '../cache/repo-folder.js';
import { putEntries } from '../cache/snapshots.js';
import type { Tell } from '../events.js';
import { type ListedFile, asCommitHash } from '../repo/listing.js';
import { repoPath } from '../repo/reference.js';
import type { Plan } from '../selection/plan.js';
import type { OperationContext } from './context.js';
import { type FetchedBlobs, fetchBlobs } from './fetch-blobs.js';
import type { HubConnection } from './hub-connection.js';
import { noteWanted } from './note-wanted.js';
import { type Wanted, planSelection, requireHubFor } from './prepare.js';

/** What was done, and the plan that it followed. */
export interface Brought extends FetchedBlobs {
  readonly plan: Plan;
}

/**
 * What `bring` does where something is missing, under a lease. A file of its own, since a run that has all need not load
 * it, nor the transfer.
 */
export async function bringMissing(
  wanted: Wanted,
  files: CacheFiles,
  { connection, context }: { connection: HubConnection; context: OperationContext },
): Promise<Brought> {
  return bringUnderLease(wanted, { files, contents: wanted.selected, connection, context }, () =>
    publish(wanted, files, context),
  );
}

interface BringOptions {
  readonly files: CacheFiles;
  /** Those of the selected that are to be brought. */
  readonly contents: readonly ListedFile[];
  readonly connection: HubConnection;
  readonly context: OperationContext;
}

/**
 * Brings the blobs of some selected files, and no more: neither snapshot nor ref leads readers to them. All that is wanted
 * is noted as begun, so that they are known as what a later run goes on from.
 */
export async function bringContents(wanted: Wanted, options: BringOptions): Promise<Brought> {
  return bringUnderLease(wanted, options, () => Promise.resolve());
}

/** @param finish  once all are there */
async function bringUnderLease(
  wanted: Wanted,
  { files, contents, connection, context }: BringOptions,
  finish: () => Promise<void>,
): Promise<Brought> {
  const { layout, commit } = wanted;
  const { settings, signal } = context;
  const writer = randomBytes(8).toString('hex');
  const leases = new Leases({ folder: layout.leases, files, writer });
  await makeRepoFolder(layout, files);
  const lease = await leases.takeShared(signal);
  try {
    // Whoever has removed the repo in this moment has removed the empty folders too.
    await makeRepoFolder(layout, files);
    const assertThere = rememberRepoFolder(layout);
    // Once more, under the lease: until now somebody might have deleted what was there.
    const plan = await planSelection(contents, { layout, commit, force: settings.force, known: wanted.known });
    const { listing } = wanted;
    // Everyone's later downloads would trust it.
    const isVouchedFor = settings.endpoints.every(({ ofProject }) => ofProject !== true);
    if (listing !== undefined && isVouchedFor && (await readListing(layout, commit)) === undefined) {
      await writeListing(layout, files, listing);
    }
    await noteWanted(wanted, files, 'begun');
    const { inFsyncTurn: inTurn } = await connection.transfer();
    const shared = { layout, files, leases, writer, inTurn, stallTimeoutMs: settings.stallTimeoutMs, assertThere };
    const hasBlob = ({ digest, size }: ListedFile) => blobState(layout, digest, size) === 'whole';
    const claims = await claimsOn(shared, { selected: settings.force ? [] : contents, isWhole: hasBlob });
    const seeds = settings.force ? undefined : pythonLeftovers(layout, contents, Date.now());
    const blobOf = (file: ListedFile) => ({ ...cacheBlob(layout, file, settings), seed: seeds?.get(file.digest.hex) });
    const fetched = await bringBlobs({ ...wanted, plan }, { claims, blobOf, connection, context });
    const isWhole = [...fetched.outcomes.values()].every(({ error }) => error === undefined);
    if (isWhole && !signal.aborted) await finish();
    return { ...fetched, plan };
  } catch (error) {
    // All that is looked for here was made here.
    throw isSystemError(error, 'ENOENT') ? new RepoFolderGone(layout, error) : error;
  } finally {
    await lease.release();
    if (!signal.aborted && existsSync(layout.trash)) await finishRemoval(wanted, context);
  }
}

/**
 * What a removal that was killed has left. After the work, not before: blobs that are needed again are no rubbish by now.
 * A courtesy, which may fail.
 */
async function finishRemoval({ request }: Wanted, context: OperationContext): Promise<void> {
  const { removeTargets } = await import('./remove-targets.js');
  await removeTargets(request.repo, [], context).catch((error: unknown) => {
    context.tell({ type: 'detail', message: `what a removal has left could not be cleared away: ${String(error)}` });
  });
}

/** What those who fetch into one repo's folder share. Clears away what the dead left of `selected` files. */
export async function claimsOn(
  shared: Omit<ClaimContext, 'leftBehind'>,
  { selected, isWhole }: { selected: readonly ListedFile[]; isWhole: (file: ListedFile) => boolean },
): Promise<ClaimContext> {
  const partials = await listPartials(shared.layout);
  await clearLeftovers(shared.leases, { partials, selected, isWhole });
  return { ...shared, leftBehind: new Set(partials.map(({ hex }) => hex)) };
}

/** A file as the cache has it: a blob by its digest. */
export function cacheBlob(
  layout: RepoLayout,
  { digest, size }: ListedFile,
  { force }: { force: boolean },
): BlobToFetch {
  return {
    digest,
    size,
    isPublished: () => !force && blobState(layout, digest, size) === 'whole',
    put: (from) => moveInto(from, blobPath(layout, digest)),
  };
}

/** With what files are fetched. */
export interface Means {
  readonly claims: ClaimContext;
  readonly blobOf: (file: ListedFile) => BlobToFetch;
  readonly connection: HubConnection;
  readonly context: OperationContext;
}

/** What this disk has elsewhere is taken first, and the rest fetched. */
async function bringBlobs(wanted: Wanted, means: Means): Promise<FetchedBlobs> {
  const { request, plan, known } = wanted;
  const { settings, tell, signal } = means.context;
  const toTake = plan.files.flatMap(({ file, state }) => (state === 'take' ? file : []));
  const toFetch = plan.files.flatMap(({ file, state }) => (state === 'fetch' || state === 'resume' ? file : []));
  if (toTake.length + toFetch.length === 0) return { outcomes: new Map(), sources: {} };
  const { bytes, bytesCached, bytesToFetch } = plan.totals;
  tell({ type: 'planned', repo: repoPath(request.repo), files: plan.files.length, bytes, bytesCached, bytesToFetch });
  if (toTake.length === 0) return fetchFiles(toFetch, wanted, means);
  const { takeKnown } = await import('./take-known.js');
  const taken = await takeKnown(toTake, { known, claims: means.claims, tell, signal });
  requireHubFor(taken.left, wanted, settings);
  const fetched = await fetchFiles([...toFetch, ...taken.left], wanted, means);
  return { ...fetched, outcomes: new Map([...taken.outcomes, ...fetched.outcomes]) };
}

/** Fetches files of a plan. */
export async function fetchFiles(
  files: readonly ListedFile[],
  { request, commit, plan }: Pick<Wanted, 'request' | 'commit' | 'plan'>,
  { claims, blobOf, connection, context: { tell, signal } }: Means,
): Promise<FetchedBlobs> {
  if (files.length === 0) return { outcomes: new Map(), sources: {} };
  const bytesHere = new Map(
    plan.files.flatMap((planned) =>
      planned.state === 'resume' ? [[planned.file.path, planned.haveBytes] as const] : [],
    ),
  );
  return fetchBlobs({
    repo: request.repo,
    commit,
    files,
    bytesHere,
    client: await connection.client(),
    transfer: await connection.transfer(),
    claims,
    blobOf,
    tell,
    signal,
  });
}

async function publish(wanted: Wanted, files: CacheFiles, { settings, tell }: OperationContext): Promise<void> {
  const { layout, commit, selected } = wanted;
  const symlinks = settings.symlinks && (await hasSymlinks(layout.partials));
  await putEntries(layout, files, { commit, entries: selected, symlinks });
  await pointRef(wanted, files, tell);
  await noteWanted(wanted, files, 'completed');
}

async function pointRef({ layout, commit, revision, ref }: Wanted, files: CacheFiles, tell: Tell): Promise<void> {
  if (asCommitHash(revision) !== undefined) return;
  try {
    if (ref === 'make' && (await readRef(layout, revision)) !== undefined) return;
    await writeRef(layout, files, { revision, commit });
  } catch (error) {
    // A branch `a/b` where the cache still has a branch `a`: the files are there all the same.
    tell({ type: 'warning', code: 'ref-not-written', message: `the cache can't note ${revision}: ${String(error)}` });
  }
}
