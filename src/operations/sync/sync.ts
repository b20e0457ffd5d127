import { type HubError, UsageError, abortReason } from '../../errors.js';
import { LockStale, compareLock } from '../../workspace/compare-lock.js';
import type { Lock } from '../../workspace/entry.js';
import { NoManifest, readManifest } from '../../workspace/manifest-file.js';
import { readLock } from '../../workspace/lock-file.js';
import { type Project, findProject } from '../../workspace/project.js';
import type { OperationContext } from '../context.js';
import { HubConnection } from '../hub-connection.js';
import type { Wanted } from '../prepare.js';
import { type BroughtEntry, type EntryToBring, bringEntries } from './bring-entries.js';
import { SyncFailed, type SyncResult, sourcesOf, totalsOf } from './result.js';

export interface SyncRequest {
  /** Absolute: in the project, or below it. */
  readonly workingDir: string;
  /** What becomes of refs of the cache that stand elsewhere. */
  readonly ref: Wanted['ref'];
  /** Takes what the lock does not name out of target folders, as far as it was put there by us. */
  readonly prune: boolean;
}

/**
 * Brings a project's cache, or its target folders, to its lock: all repos over one transfer. What the lock names is not
 * asked for again: neither refs nor listings, only contents, by commit and path, of whatever endpoint has them.
 *
 * @throws NoManifest, LockStale
 * @throws SyncFailed  some repos are not whole; its `result` tells which
 */
export async function sync(request: SyncRequest, context: OperationContext): Promise<SyncResult> {
  const startedMs = performance.now();
  const project = await findProject(request.workingDir);
  if (project === undefined) throw new NoManifest(request.workingDir);
  const entries = await entriesOf(project, context);
  const connection = new HubConnection(context, { repos: entries.length > 1 ? 'several' : 'one' });
  try {
    const { folder } = project;
    const { ref, prune } = request;
    const brought = await bringEntries(entries, { folder, ref, prune, connection, context });
    const seconds = Math.round(performance.now() - startedMs) / 1000;
    const dropped = await connection.droppedEndpoints();
    return settle(brought, {
      lock: project.lockPath,
      spent: { retries: connection.retries, seconds },
      ...(dropped.length === 0 ? {} : { droppedEndpoints: dropped }),
      signal: context.signal,
    });
  } finally {
    await connection.close();
  }
}

/** @throws LockStale */
async function entriesOf({ manifestPath, lockPath }: Project, { settings }: OperationContext): Promise<EntryToBring[]> {
  const lock = await readLock(lockPath);
  if (!settings.frozen && manifestPath !== undefined) {
    const { manifest } = await readManifest(manifestPath);
    const differences = compareLock(manifest, lock ?? { entries: [] });
    if (differences.length > 0) throw new LockStale(lockPath, differences);
  }
  if (lock === undefined) throw new UsageError(`there is no ${lockPath}`, { hint: 'Run "hub lock".' });
  return entriesOfLock(lock);
}

function entriesOfLock({ entries }: Lock): EntryToBring[] {
  return entries.map((entry) => ({ entry, locked: () => Promise.resolve(entry) }));
}

interface Settlement extends Pick<SyncResult, 'lock' | 'droppedEndpoints'> {
  readonly spent: { retries: number; seconds: number };
  readonly signal: AbortSignal;
}

function settle(brought: readonly BroughtEntry[], { lock, spent, droppedEndpoints, signal }: Settlement): SyncResult {
  const repos = brought.map(({ repo }) => repo);
  const result: SyncResult = {
    lock,
    complete: repos.every(({ complete }) => complete),
    repos,
    totals: totalsOf(repos, spent),
    sources: sourcesOf(repos),
    ...(droppedEndpoints === undefined ? {} : { droppedEndpoints }),
  };
  if (signal.aborted) throw new SyncFailed({ ...result, complete: false }, [abortReason(signal)]);
  const [first, ...others] = brought.flatMap(({ failure }): HubError[] => (failure === undefined ? [] : [failure]));
  if (first !== undefined) throw new SyncFailed(result, [first, ...others]);
  return result;
}
