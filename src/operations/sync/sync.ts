import { HubError, UsageError, abortReason } from '../../errors.js';
import { withProjectEndpoints } from '../../settings/endpoints.js';
import type { Origin } from '../../settings/settings.js';
import { LockStale, compareLock } from '../../workspace/compare-lock.js';
import type { Manifest } from '../../workspace/entry.js';
import { NoManifest, readManifest } from '../../workspace/manifest-file.js';
import { readLock } from '../../workspace/lock-file.js';
import { type Project, findProject } from '../../workspace/project-file.js';
import type { OperationContext } from '../context.js';
import { HubConnection } from '../hub-connection.js';
import type { Wanted } from '../prepare.js';
import { type BroughtEntry, bringEntries } from './bring-entries.js';
import { type LockAhead, type LockAheadOptions, lockAhead } from './lock-ahead.js';
import { SyncFailed, type SyncResult, sourcesOf, totalsOf } from './result.js';

export interface SyncRequest {
  /** Absolute: in the project, or below it. */
  readonly workingDir: string;
  /** What becomes of refs of the cache that stand elsewhere. */
  readonly ref: Wanted['ref'];
  /** Takes what the lock does not name out of target folders, as far as it was put there by us. */
  readonly prune: boolean;
}

/** With where the endpoints come from: a project's own ones count less than some of the user's. */
export type SyncContext = OperationContext & { readonly origins: { readonly endpoints: Origin } };

/**
 * Brings a project's cache, or its target folders, to its lock: all repos over one transfer. What the lock names is not
 * asked for again: neither refs nor listings, only contents, by commit and path, of whatever endpoint has them.
 *
 * @throws NoManifest, LockStale
 * @throws SyncFailed  some repos are not whole; its `result` tells which
 */
export async function sync(request: SyncRequest, context: SyncContext): Promise<SyncResult> {
  const startedMs = performance.now();
  const project = await findProject(request.workingDir);
  if (project === undefined) throw new NoManifest(request.workingDir);
  const manifest = await manifestOf(project, context);
  const onHub = { ...context, settings: withProjectEndpoints(context, manifest?.endpoints ?? []) };
  const repos = manifest?.entries.length === 1 ? 'one' : 'several';
  const connection = new HubConnection(onHub, { repos });
  try {
    const { folder, lockPath } = project;
    const { ref, prune } = request;
    const { entries, written } = await entriesOf({ manifest, lockPath }, { repos, connection, context: onHub });
    const brought = await bringEntries(entries, { folder, ref, prune, repos, connection, context: onHub });
    const lock = await settled(written);
    const seconds = Math.round(performance.now() - startedMs) / 1000;
    const dropped = await connection.droppedEndpoints();
    return settle(brought, {
      path: lockPath,
      lock,
      spent: { retries: connection.retries, seconds },
      ...(dropped.length === 0 ? {} : { droppedEndpoints: dropped }),
      signal: context.signal,
    });
  } finally {
    await connection.close();
  }
}

/** @throws NoManifest  and somebody must know what is wanted; UsageError  something is wrong in it */
async function manifestOf(
  { manifestPath, folder }: Project,
  { settings }: OperationContext,
): Promise<Manifest | undefined> {
  if (manifestPath !== undefined) return (await readManifest(manifestPath)).manifest;
  if (settings.frozen) return undefined;
  throw new NoManifest(folder);
}

/** @throws LockStale, UsageError  the lock is not there, or not sound */
async function entriesOf(
  { manifest, lockPath }: { manifest: Manifest | undefined; lockPath: string },
  options: LockAheadOptions,
): Promise<LockAhead> {
  const { frozen, locked } = options.context.settings;
  if (!frozen && !locked && manifest !== undefined) return lockAhead({ manifest, lockPath }, options);
  const lock = await readLock(lockPath);
  if (!frozen && manifest !== undefined) {
    const differences = compareLock(manifest, lock ?? { entries: [] });
    if (lock === undefined || differences.length > 0)
      throw new LockStale(lockPath, lock === undefined ? [] : differences);
  }
  if (lock === undefined) throw new UsageError(`there is no ${lockPath}`, { hint: 'Run "hub lock".' });
  const entries = lock.entries.map((entry) => ({ entry, atHand: entry, locked: () => Promise.resolve(entry) }));
  return { entries, written: Promise.resolve({ changed: false, bytesFetched: 0 }) };
}

/** The brought repos are the result all the same where the lock can't be written. */
async function settled(written: LockAhead['written']): Promise<SettledLock> {
  try {
    return await written;
  } catch (failure) {
    if (!(failure instanceof HubError)) throw failure;
    return { changed: false, bytesFetched: 0, failure };
  }
}

interface SettledLock extends Awaited<LockAhead['written']> {
  readonly failure?: HubError;
}

interface Settlement extends Pick<SyncResult, 'droppedEndpoints'> {
  /** Of hub.lock. */
  readonly path: string;
  readonly lock: SettledLock;
  readonly spent: { retries: number; seconds: number };
  readonly signal: AbortSignal;
}

function settle(
  brought: readonly BroughtEntry[],
  { path, lock, spent, droppedEndpoints, signal }: Settlement,
): SyncResult {
  const repos = brought.map(({ repo }) => repo);
  const result: SyncResult = {
    lock: path,
    lockChanged: lock.changed,
    complete: repos.every(({ complete }) => complete),
    repos,
    totals: totalsOf(repos, { ...spent, bytesFetched: lock.bytesFetched }),
    sources: sourcesOf(repos),
    ...(droppedEndpoints === undefined ? {} : { droppedEndpoints }),
  };
  if (signal.aborted) throw new SyncFailed({ ...result, complete: false }, [abortReason(signal)]);
  const [first, ...others] = [...brought, lock].flatMap(({ failure }): HubError[] =>
    failure === undefined ? [] : [failure],
  );
  if (first !== undefined) throw new SyncFailed(result, [first, ...others]);
  return result;
}
