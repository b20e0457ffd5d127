import { freeBytes } from '../cache/disk-space.js';
import { entryPath, repoLayout, snapshotPath } from '../cache/layout.js';
import { LocalFilesKept } from '../local-dir/kept.js';
import { localLayout } from '../local-dir/layout.js';
import { HubError, abortReason } from '../errors.js';
import { formatDigest } from '../repo/digest.js';
import { isGuarded } from '../selection/size-guard.js';
import { type Plan, type PlannedFile, bytesToFetch } from '../selection/plan.js';
import { runsCode } from '../selection/weights/runs-code.js';
import { readWeightFile } from '../selection/weights/weight-file.js';
import { bring } from './bring.js';
import type { Brought } from './bring-missing.js';
import type { OperationContext } from './context.js';
import { DownloadFailed, downloadedFile, nothingBrought } from './download-outcome.js';
import type { DownloadedFile, DownloadPlanResult, DownloadResult, PlannedFileResult } from './download-result.js';
import { HubConnection } from './hub-connection.js';
import { NotCached, tellHubFailure } from './lookup.js';
import { findInSnapshot } from './offline-snapshot.js';
import { type Asked, type DownloadRequest, type Wanted, ask, requireHub, requireSpace, want } from './prepare.js';

export { DownloadFailed } from './download-outcome.js';
export type { DownloadRequest } from './prepare.js';

/**
 * Brings a repo, or what the filters leave of it, into the cache, or into a folder of the user's:
 * reference -> commit -> listing -> selection -> plan -> transfer -> blob -> snapshot -> ref.
 *
 * @throws DownloadFailed  some files could not be had, or none of what is missing; its `result` tells which
 * @throws HubError  what went wrong before it was known which files are wanted
 */
export async function download(
  request: DownloadRequest,
  context: OperationContext,
  approve?: Approve,
): Promise<DownloadResult> {
  const startedMs = performance.now();
  const connection = new HubConnection(context);
  try {
    const asked = await ask(request, connection, context);
    if (asked.listing === undefined) return await answerWithoutListing(asked, context);
    const wanted = await want(asked, asked.listing, { connection, context });
    let retries = 0;
    const tell: OperationContext['tell'] = (event) => {
      if (event.type === 'retrying') retries += 1;
      context.tell(event);
    };
    if (approve !== undefined && needsYes(wanted, context.settings)) await approve(wanted.plan.totals.bytesToFetch);
    const { failure, ...brought } = await tryToBring(wanted, connection, { ...context, tell });
    const seconds = (performance.now() - startedMs) / 1000;
    const dropped = await connection.droppedEndpoints();
    const result = {
      ...resultOf(wanted, brought, { seconds, retries }),
      ...(dropped.length === 0 ? {} : { droppedEndpoints: dropped }),
    };
    if (failure !== undefined) throw new DownloadFailed({ ...result, complete: false }, [failure]);
    const [first, ...others] = failuresOf(result, brought);
    if (first !== undefined) throw new DownloadFailed(result, [first, ...others]);
    return wanted.load === undefined ? result : { ...result, load: wanted.load };
  } finally {
    await connection.close();
  }
}

/** Asks for a yes before so many bytes are fetched. What it throws ends the download before its first byte. */
export type Approve = (bytesToFetch: number) => Promise<void>;

function needsYes({ request, plan, weights }: Wanted, { sizeGuard }: OperationContext['settings']): boolean {
  return isGuarded({
    type: request.repo.type,
    namesFiles: request.paths.length > 0 || request.include.length > 0,
    quantisations: weights?.quantisations.length ?? 0,
    bytesToFetch: plan.totals.bytesToFetch,
    sizeGuard,
  });
}

/** What was brought, and what prevented the whole of it, if anything did: then the files tell what is there all the same. */
async function tryToBring(
  wanted: Wanted,
  connection: HubConnection,
  context: OperationContext,
): Promise<Brought & { failure?: HubError }> {
  try {
    requireHub(wanted, context);
    const brought = await bring(wanted, connection, context);
    return context.signal.aborted ? { ...brought, failure: abortReason(context.signal) } : brought;
  } catch (failure) {
    if (!(failure instanceof HubError)) throw failure;
    return { ...nothingBrought(wanted.plan, failure), failure };
  }
}

/**
 * Tells what `download` would do; writes nothing and fetches no file.
 *
 * @throws HubError  whatever would prevent the download before its first byte
 */
export async function planDownload(request: DownloadRequest, context: OperationContext): Promise<DownloadPlanResult> {
  const connection = new HubConnection(context);
  try {
    const asked = await ask(request, connection, context);
    if (asked.listing === undefined) return await planOf(await answerWithoutListing(asked, context), asked);
    const wanted = await want(asked, asked.listing, { connection, context });
    requireHub(wanted, context);
    const { plan } = wanted;
    return {
      ...headOf(
        asked,
        plan.files.map(({ file }) => file),
      ),
      complete: plan.files.every(({ state }) => state === 'cached'),
      files: plan.files.map(plannedFile),
      totals: totalsOf(plan),
      ...skippedBy(wanted),
      ...choicesOf(wanted),
      ...(needsYes(wanted, context.settings) ? { needsYes: true } : {}),
      disk: await requireSpace(plan, folderOf(asked)),
    };
  } finally {
    await connection.close();
  }
}

function plannedFile(planned: PlannedFile): PlannedFileResult {
  const { path, size, digest } = planned.file;
  return {
    path,
    size,
    digest: formatDigest(digest),
    state: planned.state === 'take' ? 'link' : planned.state,
    bytesToFetch: bytesToFetch(planned),
    ...natureOf(path),
    ...('from' in planned ? { from: planned.from } : {}),
  };
}

function skippedBy({ weights }: Wanted): Pick<DownloadResult, 'skipped'> {
  const groups = weights?.skipped ?? [];
  if (groups.length === 0) return {};
  const files = groups.reduce((sum, { paths }) => sum + paths.length, 0);
  return { skipped: { files, bytes: groups.reduce((sum, group) => sum + group.bytes, 0) } };
}

function choicesOf({ weights, request }: Wanted): Pick<DownloadPlanResult, 'auto' | 'quantisations'> {
  if (weights === undefined || request.paths.length > 0) return {};
  const { auto, quantisations } = weights;
  return {
    ...(auto === undefined ? {} : { auto: { formats: [...auto.formats], bytesSaved: auto.bytesSaved } }),
    ...(quantisations.length < 2 ? {} : { quantisations: [...quantisations] }),
  };
}

function natureOf(path: string): Pick<PlannedFileResult, 'format' | 'runsCode'> {
  const format = readWeightFile(path)?.format;
  return { ...(format === undefined ? {} : { format }), ...(runsCode(path) ? { runsCode: true } : {}) };
}

function totalsOf({ totals }: Plan): DownloadPlanResult['totals'] {
  const { files, bytes, bytesToFetch, bytesCached, bytesResumed, bytesLinked } = totals;
  return { files, bytes, bytesToFetch, bytesCached, bytesResumed, bytesLinked };
}

/** Where an interrupted download leaves what has arrived. */
export function partialsFolder(cacheDir: string, { repo, localDir }: DownloadRequest): string {
  return (localDir === undefined ? repoLayout(cacheDir, repo) : localLayout(localDir, repo).state).partials;
}

/** Those of single files, and that files of the user's in a local folder were kept. */
function failuresOf({ files, path: dir }: DownloadResult, { outcomes }: Brought): HubError[] {
  const failed = [...outcomes.values()].flatMap(({ error }) => error ?? []);
  const kept = files.filter(({ state }) => state === 'kept').map(({ path }) => path);
  return [
    ...failed.filter((error) => !(error instanceof LocalFilesKept)),
    ...(kept.length === 0 ? [] : [new LocalFilesKept(dir, kept)]),
  ];
}

function folderOf({ local, layout }: Asked): string {
  return local?.dir ?? layout.cacheDir;
}

/** Nobody knows what the commit holds: what the snapshot has of it, if that can be the answer. */
async function answerWithoutListing(asked: Asked, { tell }: OperationContext): Promise<DownloadResult> {
  const { layout, local, commit, request, hubFailure } = asked;
  if (local !== undefined || request.dataset !== undefined)
    throw hubFailure ?? new NotCached(`nobody knows here which files ${commit.slice(0, 10)} has`);
  const { files, complete } = await findInSnapshot(layout, commit, request).catch((error: unknown) => {
    throw hubFailure ?? error;
  });
  if (complete === null) {
    if (hubFailure !== undefined) throw hubFailure;
    const message = `the cache has ${String(files.length)} files of ${commit.slice(0, 10)} and no list of what there should be`;
    tell({ type: 'warning', code: 'completeness-unknown', message });
  }
  tellHubFailure(asked, request.repo, tell);
  const totals = { bytesFetched: 0, bytesWasted: 0, retries: 0, seconds: 0 };
  return { ...headOf(asked, files), complete, files, totals: { ...sizesOf(files), ...totals }, sources: {} };
}

function resultOf(
  wanted: Wanted,
  { plan, outcomes, sources }: Brought,
  { seconds, retries }: { seconds: number; retries: number },
): DownloadResult {
  const files = plan.files.map((planned) => downloadedFile(planned, outcomes));
  const spent = [...outcomes.values()];
  return {
    ...headOf(wanted, files),
    complete: files.every(({ state }) => state !== 'failed' && state !== 'kept'),
    files,
    totals: {
      ...sizesOf(files),
      bytesFetched: spent.reduce((sum, { bytesFetched }) => sum + bytesFetched, 0),
      bytesWasted: spent.reduce((sum, { bytesWasted }) => sum + bytesWasted, 0),
      retries,
      seconds: Math.round(seconds * 1000) / 1000,
    },
    ...skippedBy(wanted),
    sources,
  };
}

function sizesOf(files: readonly DownloadedFile[]): { files: number; bytes: number; bytesCached: number } {
  const bytesOf = (some: readonly DownloadedFile[]) => some.reduce((sum, { size }) => sum + size, 0);
  const cached = files.filter(({ state }) => state === 'cached');
  return { files: files.length, bytes: bytesOf(files), bytesCached: bytesOf(cached) };
}

/** What the cache has without a listing, as a plan in which nothing is left to do. */
async function planOf({ files, complete, totals }: DownloadResult, asked: Asked): Promise<DownloadPlanResult> {
  return {
    ...headOf(asked, files),
    complete,
    files: files.map(({ path, size, digest }) => ({ path, size, digest, state: 'cached', bytesToFetch: 0 })),
    totals: {
      files: totals.files,
      bytes: totals.bytes,
      bytesToFetch: 0,
      bytesCached: totals.bytes,
      bytesResumed: 0,
      bytesLinked: 0,
    },
    disk: { free: await freeBytes(folderOf(asked)), needed: 0 },
  };
}

interface Head {
  repo: string;
  type: DownloadResult['type'];
  revision: string;
  commit: string;
  path: string;
}

function headOf({ request, revision, layout, local, commit }: Asked, files: readonly { path: string }[]): Head {
  const head = { repo: request.repo.name, type: request.repo.type, revision, commit };
  if (local !== undefined) return { ...head, path: local.dir };
  const [onlyPath] = request.paths;
  const isOneFile = request.paths.length === 1 && request.include.length === 0 && files.length === 1;
  const [onlyFile] = files;
  const path =
    isOneFile && onlyFile?.path === onlyPath && onlyFile !== undefined
      ? entryPath(layout, commit, onlyFile.path)
      : snapshotPath(layout, commit);
  return { ...head, path };
}
