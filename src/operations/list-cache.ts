import {
  type CachedRepo,
  type Finding,
  type Inventory,
  type PartialFile,
  type Revision,
  type UseSource,
  bytesIn,
  bytesOfCache,
  bytesOfRepo,
  contentsOf,
  contentsOfRevision,
  lastUseOfRepo,
  sharedInodes,
} from '../retention/inventory.js';
import type { RepoId, RepoType } from '../repo/reference.js';
import { inventoryOf } from './cached-repos.js';
import type { OperationContext } from './context.js';

/** What the cache has: the document of `hub cache ls --json`, but for its `schema`. Sizes in bytes, times in ISO 8601. */
export interface CacheListing {
  cacheDir: string;
  repos: ListedRepo[];
  /** Python's shared store of Xet downloads, where there is one. */
  store?: { path: string; files: number; bytes: number };
  /** In the cache's top folder. */
  findings: Finding[];
  totals: { repos: number; revisions: number; bytes: number; bytesShared: number; bytesPartial: number };
}

export interface ListedRepo {
  repo: string;
  type: RepoType;
  path: string;
  /** On the disk, each content once. */
  bytes: number;
  /** Of these, what another repo or Python's shared store has too: it stays when this repo goes. */
  bytesShared: number;
  bytesPartial: number;
  files: number;
  /** Null for a repo without a revision. */
  lastUsed: string | null;
  refs: { name: string; commit: string }[];
  revisions: ListedRevision[];
  partials: ListedPartial[];
  /** What is broken or foreign, and why. */
  findings: Finding[];
}

export interface ListedRevision {
  commit: string;
  path: string;
  refs: string[];
  files: number;
  bytes: number;
  lastUsed: string;
  /** `record`: hub's own; `access-time`: that of its files, which a file system may not keep. */
  lastUsedBy: UseSource;
  modified: string;
}

interface ListedPartial {
  path: string;
  /** Hex; null where the file's name doesn't tell. */
  digest: string | null;
  /** Whose download it is. */
  tool: 'hub' | 'python';
  bytesHere: number;
  /** Null where nobody has noted it. */
  size: number | null;
  modified: string;
}

/**
 * Tells what the cache has.
 *
 * @param repos  only these; all where empty
 * @throws RepoNotCached
 */
export async function listCache(repos: readonly RepoId[], context: OperationContext): Promise<CacheListing> {
  const inventory = await inventoryOf(repos, context);
  const shared = sharedInodes(inventory);
  const listed = inventory.repos.map((repo) => listRepo(repo, shared));
  return {
    cacheDir: inventory.cacheDir,
    repos: listed,
    ...storeOf(inventory),
    findings: [...inventory.findings],
    totals: totalsOf(inventory, shared, listed),
  };
}

function storeOf({ store }: Inventory): Pick<CacheListing, 'store'> {
  if (store === undefined) return {};
  return { store: { path: store.path, files: store.payloads.length, bytes: bytesIn(store.payloads) } };
}

function totalsOf(inventory: Inventory, shared: ReadonlySet<string>, listed: ListedRepo[]): CacheListing['totals'] {
  const contents = new Map(inventory.repos.flatMap((repo) => [...contentsOf(repo)]));
  const sum = (bytesOf: (repo: ListedRepo) => number) => listed.reduce((total, repo) => total + bytesOf(repo), 0);
  return {
    repos: listed.length,
    revisions: sum(({ revisions }) => revisions.length),
    bytes: bytesOfCache(inventory),
    bytesShared: bytesIn([...contents.values()].filter(({ inode }) => shared.has(inode))),
    bytesPartial: sum(({ bytesPartial }) => bytesPartial),
  };
}

function listRepo(repo: CachedRepo, shared: ReadonlySet<string>): ListedRepo {
  const contents = [...contentsOf(repo).values()];
  return {
    repo: repo.repo.name,
    type: repo.repo.type,
    path: repo.path,
    bytes: bytesOfRepo(repo),
    bytesShared: bytesIn(contents.filter(({ inode }) => shared.has(inode))),
    bytesPartial: repo.partials.reduce((sum, { bytesOnDisk }) => sum + bytesOnDisk, 0),
    files: new Set(repo.revisions.flatMap(({ entries }) => entries.map(({ path }) => path))).size,
    lastUsed: repo.revisions.length === 0 ? null : isoTime(lastUseOfRepo(repo)),
    refs: repo.refs.map(({ name, commit }) => ({ name, commit })),
    revisions: repo.revisions.map(listRevision),
    partials: repo.partials.map(listPartial),
    findings: [...repo.findings],
  };
}

function listRevision(revision: Revision): ListedRevision {
  return {
    commit: revision.commit,
    path: revision.path,
    refs: [...revision.refs],
    files: revision.entries.length,
    bytes: bytesIn(contentsOfRevision(revision).values()),
    lastUsed: isoTime(revision.lastUsedMs),
    lastUsedBy: revision.lastUsedBy,
    modified: isoTime(revision.modifiedMs),
  };
}

function listPartial({ path, blob, tool, bytesHere, size, modifiedMs }: PartialFile): ListedPartial {
  return { path, digest: blob ?? null, tool, bytesHere, size: size ?? null, modified: isoTime(modifiedMs) };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
