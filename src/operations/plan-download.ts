import { freeBytes } from '../cache/disk-space.js';
import { formatDigest } from '../repo/digest.js';
import { type Plan, type PlannedFile, bytesToFetch } from '../selection/plan.js';
import { runsCode } from '../selection/weights/runs-code.js';
import { readWeightFile } from '../selection/weights/weight-file.js';
import type { OperationContext } from './context.js';
import { answerWithoutListing, folderOf, headOf, needsYes, skippedBy } from './download-answer.js';
import type { DownloadPlanResult, DownloadResult, PlannedFileResult } from './download-result.js';
import { HubConnection } from './hub-connection.js';
import { type Asked, type DownloadRequest, type Wanted, ask, requireHub, requireSpace, want } from './prepare.js';

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
