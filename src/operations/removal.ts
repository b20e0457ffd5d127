import { ExitCode, HubError } from '../errors.js';
import { repoPath } from '../repo/reference.js';
import type { CachedRepo, Inventory } from '../retention/inventory.js';
import { type RepoRemoval, type Target, planRemoval } from '../retention/removal.js';
import { Space } from '../retention/space.js';
import type { OperationContext } from './context.js';
import { type KeptThing, type RemovalResult, keptThing, looseInStore, removedThings } from './removal-result.js';
import { removeTargets } from './remove-targets.js';

/** A repo that a person named can't be touched: somebody reads, fetches or deletes there. */
export class InUse extends HubError {
  readonly code = 'in-use';
  readonly exitCode = ExitCode.disk;
  override readonly retryable = true;

  constructor(
    repos: readonly { name: string; holder: string }[],
    /** What was removed all the same. */
    readonly result?: RemovalResult,
  ) {
    const named = repos.map(({ name, holder }) => `${name}, held by ${holder}`).join('; ');
    super(`in use: ${named}`, { hint: 'Wait until it is done, or end it; then run the same command.' });
  }
}

/** A removal that was thought through and not begun. */
export interface PlannedRemoval {
  readonly inventory: Inventory;
  readonly targets: ReadonlyMap<CachedRepo, readonly Target[]>;
  /** What `--dry-run` answers. */
  readonly result: RemovalResult;
}

/** Works out what goes and what that frees. */
export function previewRemoval(
  inventory: Inventory,
  targets: ReadonlyMap<CachedRepo, readonly Target[]>,
  rest: { kept: KeptThing[]; limit?: NonNullable<RemovalResult['limit']> },
): PlannedRemoval {
  const space = new Space();
  const removals = Array.from(targets, ([repo, its]) => planRemoval(repo, its, space));
  const result = { ...resultOf(inventory, removals, rest.kept), ...(rest.limit && { limit: rest.limit }) };
  return { inventory, targets, result: { ...result, dryRun: true } };
}

/** Nothing would change on the disk. */
export function isEmptyRemoval({ targets }: PlannedRemoval): boolean {
  return targets.size === 0;
}

/**
 * Does what was planned, repo by repo. A repo that somebody holds now is left alone.
 *
 * @throws DiskError, and the signal's reason between two steps
 */
export async function carryOut(
  { inventory, targets, result: preview }: PlannedRemoval,
  context: OperationContext,
): Promise<RemovalResult> {
  const removals: RepoRemoval[] = [];
  const kept = [...preview.kept];
  for (const [repo, its] of targets) {
    context.signal.throwIfAborted();
    const removed = await removeTargets(repo.repo, its, context);
    if (removed === 'gone') continue;
    if ('holder' in removed) kept.push(...heldThings(repo, its, removed.holder));
    else {
      removals.push(removed.removal);
      kept.push(...removed.removal.spared.map((part) => keptThing({ repo, part, reason: 'used-since' }, new Map())));
    }
  }
  const result = resultOf(inventory, removals, kept);
  return preview.limit === undefined ? result : { ...result, limit: { ...preview.limit } };
}

function resultOf(inventory: Inventory, removals: readonly RepoRemoval[], kept: KeptThing[]): RemovalResult {
  const removed = removals.flatMap(removedThings);
  return {
    cacheDir: inventory.cacheDir,
    dryRun: false,
    removed,
    kept,
    bytesFreed: removed.reduce((sum, { bytes }) => sum + bytes, 0),
    ...looseInStore(inventory, removals),
  };
}

/** What was to go of a repo that somebody holds. */
function heldThings(repo: CachedRepo, targets: readonly Target[], holder: string): KeptThing[] {
  return planRemoval(repo, targets).items.map(({ what, commit, path, bytes }) => ({
    repo: repo.repo.name,
    type: repo.repo.type,
    what,
    commit: commit ?? null,
    path,
    bytes,
    reason: 'in-use',
    lastUsed: null,
    holder,
  }));
}

/** @throws InUse  where something was left that a person had named */
export function requireRemoved(result: RemovalResult): RemovalResult {
  const held = new Map(
    result.kept.flatMap(({ repo, type, holder }) =>
      holder === undefined ? [] : [[repoPath({ type, name: repo }), holder] as const],
    ),
  );
  if (held.size > 0)
    throw new InUse(
      Array.from(held, ([name, holder]) => ({ name, holder })),
      result,
    );
  return result;
}
