import { takeInventory } from '../cache/inventory/take-inventory.js';
import { repoFolderName } from '../cache/layout.js';
import { keepsAccessTimes } from '../cache/access-times.js';
import { diskBytes } from '../cache/disk-space.js';
import { UsageError } from '../errors.js';
import type { CommitHash } from '../repo/listing.js';
import type { RepoId } from '../repo/reference.js';
import type { Circumstances } from '../retention/choice.js';
import { chooseForGc } from '../retention/gc.js';
import type { Inventory } from '../retention/inventory.js';
import { chooseForPrune } from '../retention/prune.js';
import { readLock } from '../workspace/lock-file.js';
import type { OperationContext } from './context.js';
import { type PlannedRemoval, previewRemoval } from './removal.js';
import { keptThings } from './removal-result.js';
import { holdersOf } from './remove-targets.js';

/** Plans to remove what nobody has use for. @param all  at any age */
export async function planPrune(
  { all, graceMs }: { all: boolean; graceMs: number },
  context: OperationContext,
): Promise<PlannedRemoval> {
  const { inventory, holders, circumstances } = await lookAround(graceMs, context);
  const { targets, kept } = chooseForPrune(inventory, { ...circumstances, all });
  return previewRemoval(inventory, targets, { kept: keptThings(kept, holders) });
}

export interface GcRequest {
  /** Bytes, or a share of the disk's size. */
  readonly maxSize: { readonly bytes: number } | { readonly ofDisk: number } | undefined;
  readonly olderThanMs: number | undefined;
  readonly keep: readonly RepoId[];
  /** Paths of hub.lock files: what none of them names goes. Empty: they say nothing. */
  readonly keepLocks: readonly string[];
  readonly graceMs: number;
}

/**
 * Plans to remove what was used least recently, until the cache fits.
 *
 * @throws UsageError  a lock that can't be read
 */
export async function planGc(
  { maxSize, olderThanMs, keep, keepLocks, graceMs }: GcRequest,
  context: OperationContext,
): Promise<PlannedRemoval> {
  const { cacheDir } = context.settings;
  const locked = keepLocks.length === 0 ? undefined : await commitsIn(keepLocks);
  const { inventory, holders, circumstances } = await lookAround(graceMs, context);
  const maxBytes = maxSize === undefined ? undefined : await bytesOf(maxSize, cacheDir);
  const choice = chooseForGc(inventory, {
    ...circumstances,
    maxBytes,
    olderThanMs,
    keep: new Set(keep.map(repoFolderName)),
    locked,
  });
  const { bytesBefore, bytesAfter } = choice;
  if (choice.basedOnAccessTime && !keepsAccessTimes(cacheDir)) {
    context.tell({
      type: 'warning',
      code: 'no-access-times',
      message:
        `${cacheDir} is on a file system that does not note when files are read: what other tools have downloaded ` +
        `counts as last used when it came`,
    });
  }
  return previewRemoval(inventory, choice.targets, {
    kept: keptThings(choice.kept, holders),
    limit: { bytes: maxBytes ?? null, reached: bytesAfter <= (maxBytes ?? Infinity), bytesBefore, bytesAfter },
  });
}

/** What the locks name, by the folders of its repos. */
async function commitsIn(paths: readonly string[]): Promise<Map<string, Set<CommitHash>>> {
  const commits = new Map<string, Set<CommitHash>>();
  for (const path of paths) {
    const lock = await readLock(path);
    if (lock === undefined) throw new UsageError(`--keep-lock: ${path} is not there`);
    for (const { repo, commit } of lock.entries) {
      const folder = repoFolderName(repo);
      commits.set(folder, (commits.get(folder) ?? new Set()).add(commit));
    }
  }
  return commits;
}

async function bytesOf(maxSize: NonNullable<GcRequest['maxSize']>, cacheDir: string): Promise<number> {
  return 'bytes' in maxSize ? maxSize.bytes : Math.floor(maxSize.ofDisk * (await diskBytes(cacheDir)));
}

async function lookAround(
  graceMs: number,
  { settings: { cacheDir }, signal }: OperationContext,
): Promise<{ inventory: Inventory; holders: Map<string, string>; circumstances: Circumstances }> {
  const inventory = await takeInventory(cacheDir, { signal });
  const holders = await holdersOf(inventory.repos, cacheDir);
  return { inventory, holders, circumstances: { nowMs: Date.now(), graceMs, held: new Set(holders.keys()) } };
}
