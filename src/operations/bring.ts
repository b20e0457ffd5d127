import { randomBytes } from 'node:crypto';
import { DiskError, onDisk } from '../cache/disk-errors.js';
import { CacheFiles } from '../cache/files.js';
import { Leases } from '../cache/leases.js';
import { listPartials } from '../cache/partials.js';
import { noteRequest, readListing, writeListing } from '../cache/records.js';
import { readRef, writeRef } from '../cache/refs.js';
import { makeRepoFolder } from '../cache/repo-folder.js';
import { isEntryLinked, isEntryRight, putEntries } from '../cache/snapshots.js';
import { turns } from '../cache/turns.js';
import { type ListedFile, asCommitHash } from '../repo/listing.js';
import type { Plan } from '../selection/plan.js';
import type { OperationContext } from './context.js';
import { type FetchedBlobs, fetchBlobs } from './fetch-blobs.js';
import type { HubConnection } from './hub-connection.js';
import { type Wanted, planSelection, requireSpace } from './prepare.js';

/** At most this many fsyncs at a time: more only make the disk's queue longer for everybody. */
const fsyncsAtATime = 2;

/** What was done, and the plan that it followed. */
export interface Brought extends FetchedBlobs {
  readonly plan: Plan;
}

/**
 * plan -> transfer -> blob -> snapshot -> ref. The snapshot and, last of all, the ref appear only when every wanted blob
 * is there: readers and Python's prune never see a half-made revision.
 *
 * @throws HubError  what prevented the whole; failures of single files are outcomes
 */
export async function bring(wanted: Wanted, connection: HubConnection, context: OperationContext): Promise<Brought> {
  const files = new CacheFiles(wanted.layout.cacheDir);
  if (await isWarm(wanted, context)) {
    await tolerateUnwritable(() => note(wanted, files, 'completed'));
    return { plan: wanted.plan, outcomes: new Map(), sources: {} };
  }
  await requireSpace(wanted.plan, wanted.layout);
  return onDisk(wanted.layout.root, () => bringUnderLease(wanted, files, { connection, context }));
}

/** Everything is where readers look for it, and the ref says so. */
async function isWarm(
  { layout, commit, revision, selected, plan }: Wanted,
  { settings }: OperationContext,
): Promise<boolean> {
  if (plan.files.some(({ state }) => state !== 'cached')) return false;
  const { symlinks } = settings;
  // What is a link is not a regular file, and so the plan's reason to call it cached was its blob: no need to look again.
  const isThere = (file: ListedFile) =>
    (symlinks && isEntryLinked(layout, commit, file)) || isEntryRight(layout, file, { commit, symlinks });
  if (!selected.every(isThere)) return false;
  return asCommitHash(revision) !== undefined || (await readRef(layout, revision)) === commit;
}

async function bringUnderLease(
  wanted: Wanted,
  files: CacheFiles,
  { connection, context }: { connection: HubConnection; context: OperationContext },
): Promise<Brought> {
  const { layout, commit, selected } = wanted;
  const { settings, signal } = context;
  const writer = randomBytes(8).toString('hex');
  const leases = new Leases({ folder: layout.leases, files, writer });
  await makeRepoFolder(layout, files);
  const lease = await leases.takeShared(signal);
  try {
    // Once more, under the lease: until now somebody might have deleted what was there.
    const plan = await planSelection(selected, { layout, commit, force: settings.force });
    if ((await readListing(layout, commit)) === undefined) await writeListing(layout, files, wanted.listing);
    await note(wanted, files, 'begun');
    const claims = {
      layout,
      files,
      leases,
      writer,
      stallTimeoutMs: settings.stallTimeoutMs,
      leftBehind: new Set((await listPartials(layout)).map(({ hex }) => hex)),
      inTurn: turns(fsyncsAtATime),
    };
    const fetched = await fetch({ ...wanted, plan }, { claims, connection, context });
    const isWhole = [...fetched.outcomes.values()].every(({ error }) => error === undefined);
    if (isWhole) await publish(wanted, files, context);
    return { ...fetched, plan };
  } finally {
    await lease.release();
  }
}

async function fetch(
  { request, commit, plan }: Wanted,
  {
    claims,
    connection,
    context: { settings, tell, signal },
  }: { claims: Parameters<typeof fetchBlobs>[0]['claims']; connection: HubConnection; context: OperationContext },
): Promise<FetchedBlobs> {
  const files = plan.files.flatMap(({ file, state }) => (state === 'fetch' || state === 'resume' ? file : []));
  if (files.length === 0) return { outcomes: new Map(), sources: {} };
  const bytesHere = new Map(
    plan.files.flatMap((planned) =>
      planned.state === 'resume' ? [[planned.file.path, planned.haveBytes] as const] : [],
    ),
  );
  const { bytes, bytesCached, bytesToFetch } = plan.totals;
  tell({ type: 'planned', repo: request.repo.name, files: plan.files.length, bytes, bytesCached, bytesToFetch });
  return fetchBlobs({
    repo: request.repo,
    commit,
    files,
    bytesHere,
    client: await connection.client(),
    claims,
    connections: settings.concurrency,
    bytesPerSecond: settings.limitRate,
    force: settings.force,
    tell,
    signal,
  });
}

async function publish(wanted: Wanted, files: CacheFiles, { settings, tell }: OperationContext): Promise<void> {
  const { layout, commit, revision, selected } = wanted;
  await putEntries(layout, files, { commit, entries: selected, symlinks: settings.symlinks });
  if (asCommitHash(revision) === undefined) {
    try {
      await writeRef(layout, files, { revision, commit });
    } catch (error) {
      // A branch `a/b` where the cache still has a branch `a`: the files are there all the same.
      tell({ type: 'warning', code: 'ref-not-written', message: `the cache can't note ${revision}: ${String(error)}` });
    }
  }
  await note(wanted, files, 'completed');
}

async function note(
  { layout, commit, revision, selected, listing }: Wanted,
  files: CacheFiles,
  state: 'begun' | 'completed',
) {
  const asked = selected.length === listing.files.length ? ('all' as const) : selected.map(({ path }) => path);
  await noteRequest(layout, files, { commit, request: { revision, files: asked }, state, now: new Date() });
}

/** A cache that is whole but can't be written, being read-only or on a full disk, answers all the same. */
async function tolerateUnwritable(action: () => Promise<void>): Promise<void> {
  try {
    await onDisk('', action);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
  }
}
