import { existsSync } from 'node:fs';
import { fileSystemTraits } from '../cache/file-system.js';
import { blobState } from '../cache/blobs.js';
import { DiskError, onDisk, unreadableFile } from '../cache/disk-errors.js';
import { freeBytes } from '../cache/disk-space.js';
import { KnownBlobs } from '../cache/known-blobs.js';
import { type RepoLayout, blobPath, repoLayout, snapshotPath } from '../cache/layout.js';
import { pythonLeftovers } from '../cache/python-leftovers.js';
import { isRegularEntry } from '../cache/snapshots.js';
import type { Tell } from '../events.js';
import { judgeLocalDir } from '../local-dir/choose-dir.js';
import { type LocalLayout, localLayout } from '../local-dir/layout.js';
import type { ListedFile, Listing } from '../repo/listing.js';
import { judgeNamesFor } from '../repo/names.js';
import { type RepoId, repoPath } from '../repo/reference.js';
import { formatBytes } from '../repo/size-text.js';
import type { WeightsChoice } from '../repo/weights-choice.js';
import type { DatasetChoice } from '../repo/dataset-choice.js';
import { type Plan, planFiles } from '../selection/plan.js';
import { select } from '../selection/selection.js';
import type { ChosenDataset } from './choose-dataset.js';
import type { OperationContext } from './context.js';
import type { HubConnection } from './hub-connection.js';
import type { LocalWork } from './plan-local.js';
import { type Lookup, NotCached, lookUp, lookUpCommitAtHub, tellHubFailure } from './lookup.js';
import { partialBytes } from './partial-bytes.js';
import { type WantedWeights, tellWeights, wantWeights } from './wanted-weights.js';

/** What a user asks for, before anyone knows what the repo holds. */
export interface DownloadRequest {
  readonly repo: RepoId;
  /** Branch, tag, commit (full or short), `refs/pr/N`; `main` where absent. */
  readonly revision?: string;
  /** Files or folders. */
  readonly paths: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** The paths name files: neither folders nor patterns are taken for them. */
  readonly filesOnly?: true;
  /** Of a model: all where absent. */
  readonly weights?: WeightsChoice;
  /** Only these parts of a dataset. */
  readonly dataset?: DatasetChoice;
  /** Absolute: real files there, instead of the cache. */
  readonly localDir?: string;
}

/** The request, and the commit that its revision is. */
export interface Asked extends Lookup {
  readonly request: DownloadRequest;
  readonly revision: string;
  readonly layout: RepoLayout;
  /** Where a local folder is asked for. */
  readonly local: LocalLayout | undefined;
}

/** What the request means of that commit, and what is to be done for it. */
export interface Wanted extends Asked {
  /** What becomes of the cache's ref. `move`: it leads to the commit afterwards; `make`: only where there is none yet. */
  readonly ref: 'move' | 'make';
  readonly selected: readonly ListedFile[];
  /** Of a model: what of its weights is among these, and what is left out. */
  readonly weights: WantedWeights | undefined;
  readonly plan: Plan;
  /** What the plan of a local folder rests on. */
  readonly localWork: LocalWork | undefined;
  /** What else this disk has. */
  readonly known: KnownBlobs;
  /** Where parts of a dataset are asked for: the Python line that loads them. */
  readonly load: string | undefined;
}

/** reference -> commit -> listing. @throws HubError  see `lookUp` */
export function ask(request: DownloadRequest, connection: HubConnection, context: OperationContext): Promise<Asked> {
  return askBy(lookUp, { request, connection, context });
}

/** The same where the cache may not answer for the hub. @throws HubError  see `lookUpCommitAtHub` */
export function askAtHub(
  request: DownloadRequest,
  connection: HubConnection,
  context: OperationContext,
): Promise<Asked> {
  return askBy(lookUpCommitAtHub, { request, connection, context });
}

async function askBy(
  look: typeof lookUp,
  { request, connection, context }: { request: DownloadRequest; connection: HubConnection; context: OperationContext },
): Promise<Asked> {
  const { repo, revision = 'main', localDir } = request;
  const { cacheDir } = context.settings;
  const layout = repoLayout(cacheDir, repo);
  if (localDir !== undefined) judgeLocalDir(localDir, cacheDir);
  const local = localDir === undefined ? undefined : localLayout(localDir, repo);
  const client = () => connection.client();
  const found = await look({ repo, revision, layout, localState: local?.state, client }, context);
  return { request, revision, layout, local, ...found };
}

/**
 * listing -> selection -> plan.
 *
 * @throws HubError  nothing is selected, a name can't be stored, or a dataset's card can't be had or read
 */
export async function want(
  asked: Asked,
  listing: Listing,
  { connection, context }: { connection: HubConnection; context: OperationContext },
): Promise<Wanted> {
  const { layout, local, commit, request } = asked;
  const { settings, tell } = context;
  const dataset =
    request.dataset === undefined
      ? undefined
      : await (
          await import('./choose-dataset.js')
        ).chooseDataset(request.dataset, { ...asked, ...request, listing }, { connection, context });
  const folder = local?.dir ?? snapshotPath(layout, commit);
  const { files: selected, weights } = selectFiles(listing, { request, dataset, folder, tell });
  const known = new KnownBlobs({ layout, readCaches: settings.readCaches, tell });
  const { plan, localWork } =
    local === undefined
      ? { plan: await planSelection(selected, { layout, commit, force: settings.force, known }), localWork: undefined }
      : await (
          await import('./plan-local.js')
        ).planLocal(selected, { local, cache: layout, known, commit, listed: listing.files, context });
  if (weights !== undefined && plan.totals.bytesToFetch > 0) tellWeights(weights, repoPath(request.repo), tell);
  const load = dataset?.loadLine(selected);
  return { ...asked, listing, ref: 'move', selected, weights, plan, known, localWork, load };
}

/**
 * What is to be fetched needs a hub that can be asked. Where nothing is, the cache answers in its place, and that is told.
 *
 * @throws HubError  the hub's failure, or NotCached
 */
export function requireHub(wanted: Wanted, context: OperationContext): void {
  const toFetch = wanted.plan.files.flatMap(({ file, state }) => (state === 'fetch' || state === 'resume' ? file : []));
  requireHubFor(toFetch, wanted, context.settings);
  tellHubFailure(wanted, wanted.request.repo, context.tell);
}

/** @throws HubError  there are files to fetch, and no hub to ask for them */
export function requireHubFor(
  files: readonly ListedFile[],
  { hubFailure, request }: Pick<Wanted, 'hubFailure' | 'request'>,
  { offline }: Pick<OperationContext['settings'], 'offline'>,
): void {
  if (files.length === 0) return;
  if (hubFailure !== undefined) throw hubFailure;
  const paths = files.map(({ path }) => path);
  if (offline) throw missingOffline(request.repo, paths);
}

function missingOffline(repo: RepoId, missing: readonly string[]): NotCached {
  const named = missing.slice(0, 5).join(', ');
  const more = missing.length > 5 ? ` and ${String(missing.length - 5)} more` : '';
  return new NotCached(`${repoPath(repo)}: not in the cache: ${named}${more}`);
}

/**
 * listing -> selection: what is wanted of a commit, in names that this file system can hold.
 *
 * @throws HubError  nothing selected, a path that isn't there, a name that can't be stored
 */
function selectFiles(
  listing: Listing,
  options: { request: DownloadRequest; dataset: ChosenDataset | undefined; folder: string; tell: Tell },
): Pick<Wanted, 'weights'> & { files: readonly ListedFile[] } {
  const { request, dataset, folder, tell } = options;
  const selection = select(listing.files, request, repoPath(request.repo));
  for (const warning of selection.warnings) tell({ type: 'warning', ...warning });
  const matching = dataset?.narrow(selection.files) ?? selection.files;
  const { files, weights } = wantWeights(request, { ...selection, files: matching, listing: listing.files });
  const traits = fileSystemTraits(folder);
  const folderBytes = Buffer.byteLength(folder) + 1;
  judgeNamesFor({ ...traits, maxPathBytes: traits.maxPathBytes - folderBytes }, files);
  return { files, weights };
}

interface PlanOptions {
  readonly layout: RepoLayout;
  readonly commit: Listing['commit'];
  readonly force: boolean;
  readonly known: KnownBlobs;
}

/**
 * selection -> plan: compares what is wanted with what the cache has. Writes nothing.
 *
 * @throws DiskError  another user keeps a blob to himself, which only a forced run replaces
 */
export async function planSelection(
  selected: readonly ListedFile[],
  { layout, commit, force, known }: PlanOptions,
): Promise<Plan> {
  return onDisk(layout.root, async () => {
    const partials = await partialBytes(layout, selected);
    const hasSnapshot = existsSync(snapshotPath(layout, commit));
    const isCached = (file: ListedFile) => {
      const state = blobState(layout, file.digest, file.size);
      if (state === 'unreadable') throw unreadableFile(blobPath(layout, file.digest));
      return state === 'whole' || (hasSnapshot && isRegularEntry(layout, commit, file));
    };
    const whole = new Set(force ? [] : selected.filter(isCached));
    const lacking = force ? [] : selected.filter((file) => !whole.has(file));
    await known.look(lacking);
    const leftovers = pythonLeftovers(layout, lacking, Date.now());
    return planFiles(selected, {
      hasWhole: (file) => whole.has(file),
      elsewhere: (file) => known.of(file)[0],
      partialBytes: (file) => partials.get(file.digest.hex) ?? 0,
      leftoverBytes: (file) => leftovers.get(file.digest.hex)?.bytes ?? 0,
    });
  });
}

/**
 * Compares what is still to come with what the disk has left, before the first byte.
 *
 * @param folder  on whose file system they are to come
 * @returns bytes
 * @throws DiskError  naming what is missing
 */
export async function requireSpace(plan: Plan, folder: string): Promise<{ free: number; needed: number }> {
  const needed = plan.totals.bytesToWrite;
  const free = await onDisk(folder, () => freeBytes(folder));
  if (needed <= free) return { free, needed };
  const here = plan.totals.bytesResumed > 0 ? ` (${formatBytes(plan.totals.bytesResumed)} are here already)` : '';
  throw new DiskError(
    'no-space',
    `${folder}: ${formatBytes(needed)} are to come${here}, and ${formatBytes(free)} are free: ` +
      `${formatBytes(needed - free)} too few`,
    {
      hint:
        'Free some space ("hub cache ls --sort size" tells what the cache takes), take fewer files (--framework auto, ' +
        '--exclude), or name another disk with --cache-dir, HF_HUB_CACHE or --local-dir.',
    },
  );
}
