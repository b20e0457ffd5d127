import { repoLayout } from '../cache/layout.js';
import { HubError, abortReason } from '../errors.js';
import { localLayout } from '../local-dir/layout.js';
import { bring } from './bring.js';
import type { Brought } from './bring-missing.js';
import type { OperationContext } from './context.js';
import { answerWithoutListing, folderOf, headOf, needsYes, sizesOf, skippedBy } from './download-answer.js';
import { DownloadFailed, downloadedFile, failuresOf, nothingBrought } from './download-outcome.js';
import type { DownloadResult } from './download-result.js';
import { HubConnection } from './hub-connection.js';
import { type DownloadRequest, type Wanted, ask, requireHub, requireSpace, want } from './prepare.js';

export { DownloadFailed } from './download-outcome.js';
export type { DownloadRequest } from './prepare.js';

/** Asks for a yes before so many bytes are fetched. What it throws ends the download before its first byte. */
export type Approve = (bytesToFetch: number) => Promise<void>;

/**
 * Brings a repo, or what the filters leave of it, into the cache, or into a folder of the user's:
 * reference -> commit -> listing -> selection -> plan -> transfer -> blob -> snapshot -> ref.
 *
 * @param approve  asked where so much is to be fetched that it may be a surprise; never where absent
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
    const isAsked = approve !== undefined && needsYes(wanted, context.settings);
    // What can't be done all the same is no question.
    if (isAsked && (await hasRoom(wanted))) await approve(wanted.plan.totals.bytesToFetch);
    const result = await bringWanted(wanted, { connection, context, startedMs });
    return wanted.load === undefined ? result : { ...result, load: wanted.load };
  } finally {
    await connection.close();
  }
}

/**
 * Brings what is wanted, over a connection that others may use at the same time.
 *
 * @param startedMs  when the work on it began, by `performance.now()`
 * @throws DownloadFailed  some files could not be had, or none of what is missing; its `result` tells which
 */
export async function bringWanted(
  wanted: Wanted,
  { connection, context, startedMs }: { connection: HubConnection; context: OperationContext; startedMs: number },
): Promise<DownloadResult> {
  const { failure, ...brought } = await tryToBring(wanted, connection, context);
  const seconds = (performance.now() - startedMs) / 1000;
  const dropped = await connection.droppedEndpoints();
  const result = {
    ...resultOf(wanted, brought, { seconds, retries: connection.retries }),
    ...(dropped.length === 0 ? {} : { droppedEndpoints: dropped }),
  };
  if (failure !== undefined) throw new DownloadFailed({ ...result, complete: false }, [failure]);
  const [first, ...others] = failuresOf(brought, result.path);
  if (first !== undefined) throw new DownloadFailed(result, [first, ...others]);
  return result;
}

async function hasRoom(wanted: Wanted): Promise<boolean> {
  return requireSpace(wanted.plan, folderOf(wanted)).then(
    () => true,
    () => false,
  );
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

/** Where an interrupted download leaves what has arrived. */
export function partialsFolder(cacheDir: string, { repo, localDir }: DownloadRequest): string {
  return (localDir === undefined ? repoLayout(cacheDir, repo) : localLayout(localDir, repo).state).partials;
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
