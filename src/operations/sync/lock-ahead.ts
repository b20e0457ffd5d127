import { onDisk } from '../../cache/disk-errors.js';
import type { LockedEntry, Manifest } from '../../workspace/entry.js';
import { formatLock } from '../../workspace/lock.js';
import { type LockStep, planLock } from '../../workspace/plan-lock.js';
import type { OperationContext } from '../context.js';
import type { HubConnection } from '../hub-connection.js';
import { lockEntries } from '../lock/lock-entries.js';
import { entriesAfter, knownDigests } from '../lock/lock.js';
import { readOldLock } from '../lock/old-lock.js';
import { rewriteFile } from '../replace-file.js';
import type { EntryToBring } from './bring-entries.js';

/** A lock that is being made while what is locked already is brought. */
export interface LockAhead {
  /** By repo, as the lock will have them. */
  readonly entries: readonly EntryToBring[];
  /** Resolves when the lock is written. What an entry failed by comes by that entry. */
  readonly written: Promise<WrittenLock>;
}

interface WrittenLock {
  readonly changed: boolean;
  /** To know what to write: of small files, which are in the cache from then on. */
  readonly bytesFetched: number;
}

export interface LockAheadOptions {
  /** `several`: what is told says of which repo it is. */
  readonly repos: 'one' | 'several';
  readonly connection: HubConnection;
  readonly context: OperationContext;
}

/**
 * Begins to lock what a manifest asks for and the lock lacks: the listings of some repos are fetched while the bytes of
 * others come. What is locked stays as it is.
 *
 * @throws UsageError  the old lock can't be read
 */
export async function lockAhead(
  { manifest, lockPath }: { manifest: Manifest; lockPath: string },
  { repos, connection, context }: LockAheadOptions,
): Promise<LockAhead> {
  const { text, lock: before } = await readOldLock(lockPath, context);
  const steps = planLock(manifest, before, 'none');
  const pending = new Map(steps.map((step) => [step, deferred<LockedEntry>()]));
  // What is locked is the hub's and not the cache's state: to fetch again what is right here would change nothing of it.
  const calm = { ...context, settings: { ...context.settings, force: false } };
  const lockAll = async (): Promise<WrittenLock> => {
    try {
      const known = knownDigests(before);
      const outcomes = await lockEntries(steps, {
        mode: 'lock',
        known,
        repos,
        connection,
        context: calm,
        taken: (step, outcome) => {
          if (outcome.state === 'failed') pending.get(step)?.reject(outcome.error);
          if (outcome.state === 'locked') pending.get(step)?.resolve(outcome.entry);
        },
      });
      const { locked } = entriesAfter(before, outcomes);
      const formatted = formatLock({ entries: locked });
      const bytesFetched = outcomes.reduce((sum, it) => sum + (it.state === 'locked' ? it.bytesFetched : 0), 0);
      const changed = formatted !== text && (text !== undefined || locked.length > 0);
      if (!changed) return { changed, bytesFetched };
      await onDisk(lockPath, () => rewriteFile(lockPath, formatted, { newFileMode: 'umask' }));
      return { changed, bytesFetched };
    } catch (error) {
      for (const { reject } of pending.values()) reject(error);
      throw error;
    }
  };
  const entries = steps.map((step: LockStep) => ({
    entry: step.entry,
    locked: () => pendingOf(pending, step),
    ...(step.step === 'keep' ? { atHand: step.locked } : {}),
  }));
  return { entries, written: quiet(lockAll()) };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let [resolve, reject]: [(value: T) => void, (error: unknown) => void] = [() => undefined, () => undefined];
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise: quiet(promise), resolve, reject };
}

function pendingOf(pending: ReadonlyMap<LockStep, Deferred<LockedEntry>>, step: LockStep): Promise<LockedEntry> {
  const found = pending.get(step);
  if (found === undefined) throw new Error('a step that is not taken');
  return found.promise;
}

/** Somebody may wait for it later: until then its failure is not unheard of. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
