import { entryPath, snapshotPath } from '../cache/layout.js';
import { isGuarded } from '../selection/size-guard.js';
import type { OperationContext } from './context.js';
import type { DownloadedFile, DownloadResult } from './download-result.js';
import { NotCached, tellHubFailure } from './lookup.js';
import { findInSnapshot } from './offline-snapshot.js';
import type { Asked, Wanted } from './prepare.js';

/** Whether a person should say yes before it is fetched. */
export function needsYes({ request, plan, weights }: Wanted, { sizeGuard }: OperationContext['settings']): boolean {
  return isGuarded({
    type: request.repo.type,
    namesFiles: request.paths.length > 0 || request.include.length > 0,
    quantisations: weights?.quantisations.length ?? 0,
    bytesToFetch: plan.totals.bytesToFetch,
    sizeGuard,
  });
}

/** What of the weights was not asked for. */
export function skippedBy({ weights }: Wanted): Pick<DownloadResult, 'skipped'> {
  const groups = weights?.skipped ?? [];
  if (groups.length === 0) return {};
  const files = groups.reduce((sum, { paths }) => sum + paths.length, 0);
  return { skipped: { files, bytes: groups.reduce((sum, group) => sum + group.bytes, 0) } };
}

/** On whose disk it is to be. */
export function folderOf({ local, layout }: Asked): string {
  return local?.dir ?? layout.cacheDir;
}

/** Nobody knows what the commit holds: what the snapshot has of it, if that can be the answer. */
export async function answerWithoutListing(asked: Asked, { tell }: OperationContext): Promise<DownloadResult> {
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

/** Sums, in bytes. */
export function sizesOf(files: readonly DownloadedFile[]): { files: number; bytes: number; bytesCached: number } {
  const bytesOf = (some: readonly DownloadedFile[]) => some.reduce((sum, { size }) => sum + size, 0);
  const cached = files.filter(({ state }) => state === 'cached');
  return { files: files.length, bytes: bytesOf(files), bytesCached: bytesOf(cached) };
}

interface Head {
  repo: string;
  type: DownloadResult['type'];
  revision: string;
  commit: string;
  path: string;
}

/** What a plan and a result begin with. */
export function headOf({ request, revision, layout, local, commit }: Asked, files: readonly { path: string }[]): Head {
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
