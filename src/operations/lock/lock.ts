import { onDisk } from '../../cache/disk-errors.js';
import { type ExitCode, HubError, UsageError } from '../../errors.js';
import { nearest } from '../../repo/nearest.js';
import { repoPath } from '../../repo/reference.js';
import { entryKey } from '../../workspace/entry-fields.js';
import type { Lock, LockedEntry, Manifest } from '../../workspace/entry.js';
import { type PinnedEntry, lockChanges, sumOf } from '../../workspace/lock-changes.js';
import { formatLock } from '../../workspace/lock.js';
import { type LockUpdate, planLock } from '../../workspace/plan-lock.js';
import type { OperationContext } from '../context.js';
import { worstOf } from '../download-outcome.js';
import { HubConnection } from '../hub-connection.js';
import { rewriteFile } from '../replace-file.js';
import type { EntryOutcome } from './entry-outcome.js';
import { lockEntries } from './lock-entries.js';
import { type LockResult, lockedRepos } from './lock-result.js';
import { readOldLock } from './old-lock.js';

export type { LockUpdate } from '../../workspace/plan-lock.js';

export interface LockRequest {
  readonly manifest: Manifest;
  /** Of hub.lock, there or not. */
  readonly lockPath: string;
  readonly update: LockUpdate;
  /** Tells what would change, and writes nothing. */
  readonly dryRun: boolean;
}

/**
 * Makes a lock of what a manifest asks for: what is locked stays, what is new is asked of the hub, what is not wanted any
 * more goes. The file is written where it changes.
 *
 * @throws LockFailed  some entries could not be locked; the others are, and its `result` tells which
 * @throws UsageError  the old lock can't be read, or `update` names a repo that is not wanted
 * @throws DiskError  the file can't be written
 */
export async function lockProject(request: LockRequest, context: OperationContext): Promise<LockResult> {
  const { manifest, lockPath, update, dryRun } = request;
  judgeUpdate(manifest, update);
  const { text, lock: before } = await readOldLock(lockPath, context);
  const outcomes = await takeSteps(before, request, context);
  const failed = outcomes.filter((outcome) => outcome.state === 'failed');
  const after = entriesAfter(before, outcomes);
  const changes = lockChanges(before, after.pinned);
  const formatted = formatLock({ entries: after.locked });
  const isEmpty = after.locked.length === 0 && failed.length > 0;
  const changed = dryRun ? changes.some(({ state }) => state !== 'kept') || text === undefined : formatted !== text;
  const isToWrite = !dryRun && changed && !(isEmpty && text === undefined);
  if (isToWrite) await onDisk(lockPath, () => rewriteFile(lockPath, formatted, { newFileMode: 'umask' }));
  const unread = outcomes.flatMap((outcome) => (outcome.state === 'selected' ? outcome.unread : []));
  const result: LockResult = {
    path: lockPath,
    dryRun,
    changed: dryRun ? changed : isToWrite,
    repos: lockedRepos(changes, failed),
    totals: {
      repos: after.pinned.length,
      ...sumOf(after.pinned.flatMap(({ files }) => files)),
      bytesFetched: outcomes.reduce((sum, it) => sum + (it.state === 'locked' ? it.bytesFetched : 0), 0),
      filesToRead: unread.length,
      bytesToRead: sumOf(unread).bytes,
    },
  };
  const [first, ...others] = failed.map(({ error }) => error);
  if (first !== undefined) throw new LockFailed(result, { failures: [first, ...others], entries: outcomes.length });
  return result;
}

/** Some entries could not be locked; `result` tells which. Has the exit code of the worst of the failures. */
export class LockFailed extends HubError {
  readonly code: string;
  readonly exitCode: ExitCode;
  override readonly retryable: boolean;
  readonly result: LockResult;

  /** @param of.entries  how many there are in all */
  constructor(
    result: LockResult,
    { failures, entries }: { failures: readonly [HubError, ...HubError[]]; entries: number },
  ) {
    const worst = worstOf(failures);
    const count = `${failures.length} of ${entries} entries could not be locked`;
    super(failures.length === 1 ? worst.message : `${count}; the worst: ${worst.message}`, {
      cause: worst,
      ...(worst.hint === undefined ? {} : { hint: worst.hint }),
      ...(worst.retryAfter === undefined ? {} : { retryAfter: worst.retryAfter }),
    });
    this.code = worst.code;
    this.exitCode = worst.exitCode;
    this.retryable = failures.every(({ retryable }) => retryable);
    this.result = result;
  }
}

/** @throws UsageError */
function judgeUpdate({ entries }: Manifest, update: LockUpdate): void {
  if (update === 'none' || update === 'all') return;
  const wanted = repoPath(update);
  const names = entries.map(({ repo }) => repoPath(repo));
  if (names.includes(wanted)) return;
  const [meant] = nearest(wanted, names);
  throw new UsageError(`${wanted} is not in hub.toml`, {
    hint: meant === undefined ? `"hub add ${wanted}" adds it.` : `Did you mean ${meant}?`,
  });
}

async function takeSteps(
  before: Lock,
  { manifest, update, dryRun }: LockRequest,
  context: OperationContext,
): Promise<EntryOutcome[]> {
  // What is locked is the hub's and not the cache's state: to fetch again what is right here would change nothing of it.
  const calm = { ...context, settings: { ...context.settings, force: false } };
  const repos = manifest.entries.length > 1 ? 'several' : 'one';
  const connection = new HubConnection(calm, { repos });
  try {
    const steps = planLock(manifest, before, update);
    const known = knownDigests(before);
    return await lockEntries(steps, { mode: dryRun ? 'look' : 'lock', known, repos, connection, context: calm });
  } finally {
    await connection.close();
  }
}

/** By the hex of git's digest: the sha-256 of the same bytes, as a lock has it. */
export function knownDigests({ entries }: Lock): ReadonlyMap<string, string> {
  const files = entries.flatMap((entry) => entry.files);
  return new Map(files.map(({ digest, sha256 }) => [digest.hex, sha256]));
}

/** What is locked now; of an entry that failed, as it was locked before, if it was. */
export function entriesAfter(
  before: Lock,
  outcomes: readonly EntryOutcome[],
): { locked: LockedEntry[]; pinned: PinnedEntry[] } {
  const old = new Map(before.entries.map((entry) => [entryKey(entry), entry]));
  const locked = outcomes.flatMap((outcome) => {
    if (outcome.state === 'selected') return [];
    return outcome.state === 'locked' ? outcome.entry : (old.get(entryKey(outcome.entry)) ?? []);
  });
  const selected = outcomes.flatMap((outcome) => (outcome.state === 'selected' ? outcome.entry : []));
  return { locked, pinned: [...locked, ...selected] };
}
