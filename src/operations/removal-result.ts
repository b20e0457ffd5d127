import type { KeptPart, KeptReason } from '../retention/choice.js';
import { type CachedRepo, type Inventory, bytesIn, contentsOfRevision } from '../retention/inventory.js';
import type { Part } from '../retention/parts.js';
import { type RemovedItem, type RepoRemoval, type Staying, describe } from '../retention/removal.js';
import type { RepoType } from '../repo/reference.js';

/** What was removed, or with `dryRun` would be: the document of `hub cache rm`, `prune` and `gc`, but for its `schema`. */
export interface RemovalResult {
  cacheDir: string;
  dryRun: boolean;
  removed: RemovedThing[];
  /** What would have gone but for a reason. */
  kept: KeptThing[];
  /** What the disk got back. */
  bytesFreed: number;
  /** What nothing links to in Python's shared store, which `hf cache prune` frees. Absent where there is none. */
  store?: { path: string; bytes: number };
  /** With `gc` alone: what the cache takes, and may take (null: no limit was given). */
  limit?: { bytes: number | null; reached: boolean; bytesBefore: number; bytesAfter: number };
  /** The person who was asked did not want it. */
  declined?: true;
}

export interface RemovedThing {
  repo: string;
  type: RepoType;
  what: RemovedItem['what'];
  commit: string | null;
  refs: string[];
  file: string | null;
  path: string;
  bytes: number;
  /** What stays of it, since something else has it too. */
  stays: Staying[];
}

export interface KeptThing {
  repo: string;
  type: RepoType;
  what: RemovedItem['what'];
  commit: string | null;
  path: string;
  bytes: number;
  reason: KeptReason | 'used-since';
  /** Null where it is of no account. */
  lastUsed: string | null;
  /** Who holds it, with `in-use`. */
  holder?: string;
}

export function removedThings({ repo, items }: RepoRemoval): RemovedThing[] {
  return items.map(({ what, commit, refs, file, path, bytes, stays }) => ({
    repo: repo.repo.name,
    type: repo.repo.type,
    what,
    commit: commit ?? null,
    refs: [...refs],
    file: file ?? null,
    path,
    bytes,
    stays: [...stays],
  }));
}

/** @param holders  what is known of who holds a repo, by its folder */
export function keptThing(
  { repo, part, reason }: { repo: CachedRepo; part: Part; reason: KeptThing['reason'] },
  holders: ReadonlyMap<string, string>,
): KeptThing {
  const { commit, path, what } = describe(part, repo);
  const holder = reason === 'in-use' ? (holders.get(repo.folder) ?? 'a Python program') : undefined;
  return {
    repo: repo.repo.name,
    type: repo.repo.type,
    what,
    commit: commit ?? null,
    path,
    bytes: bytesOfPart(part, repo),
    reason,
    lastUsed: new Date(part.usedMs).toISOString(),
    ...(holder === undefined ? {} : { holder }),
  };
}

export function keptThings(kept: readonly KeptPart[], holders: ReadonlyMap<string, string>): KeptThing[] {
  return kept.map((it) => keptThing(it, holders));
}

function bytesOfPart(part: Part, { blobs, partials }: CachedRepo): number {
  switch (part.kind) {
    case 'revision':
      return bytesIn(contentsOfRevision(part.revision).values());
    case 'unfinished': {
      const arrived = new Set(part.requests.flatMap(({ blobs: names }) => names));
      const arriving = new Set(part.requests.flatMap(({ partials: paths }) => paths));
      const contents = [...arrived].flatMap((name) => blobs.get(name) ?? []);
      const onDisk = partials.filter(({ path }) => arriving.has(path)).map(({ bytesOnDisk }) => bytesOnDisk);
      return onDisk.reduce((sum, bytes) => sum + bytes, bytesIn(contents));
    }
    case 'partial':
      return part.partial.bytesOnDisk;
    case 'blob':
      return part.blob.size;
  }
}

/** What nothing will link to in Python's shared store when the removals are done. */
export function looseInStore(
  { repos, store }: Inventory,
  removals: readonly RepoRemoval[],
): Pick<RemovalResult, 'store'> {
  if (store === undefined) return {};
  const gone = new Set(removals.flatMap(({ repo, blobs }) => blobs.map(({ name }) => `${repo.folder}/${name}`)));
  const linked = repos.flatMap(({ folder, blobs }) =>
    [...blobs.values()].filter(({ name, isInStore }) => isInStore && !gone.has(`${folder}/${name}`)),
  );
  const inodes = new Set(linked.map(({ inode }) => inode));
  const bytes = bytesIn(store.payloads.filter(({ inode }) => !inodes.has(inode)));
  return bytes === 0 ? {} : { store: { path: store.path, bytes } };
}
