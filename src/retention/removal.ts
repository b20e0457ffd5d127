import type { CommitHash } from '../repo/listing.js';
import type { Blob, CachedRepo, Content, Entry, PartialFile, Revision } from './inventory.js';
import { Ledger, type Taken } from './ledger.js';
import { type Part, partsOf } from './parts.js';
import { Space } from './space.js';

/** What shall go, in words that still mean the same when the repo is looked at once more, under its lease. */
export type Target =
  | { readonly kind: 'repo' }
  | ({ readonly kind: 'revision'; readonly commit: CommitHash } & Guard)
  | ({ readonly kind: 'unfinished'; readonly commit: CommitHash } & Guard)
  | ({ readonly kind: 'partial'; readonly path: string } & Guard)
  | ({ readonly kind: 'blob'; readonly name: string } & Guard)
  /** A file, or all below a folder where it ends with `/`. */
  | { readonly kind: 'file'; readonly commit: CommitHash; readonly path: string };

interface Guard {
  /** It stays if it has been used after that. */
  readonly usedMs?: number;
  /** It stays if a ref names it. */
  readonly nameless?: true;
}

/** Something that goes. Bytes are what the disk gets back. */
export interface RemovedItem {
  readonly what: 'repo' | 'revision' | 'file' | 'unfinished' | 'leftover';
  readonly commit: CommitHash | undefined;
  readonly refs: readonly string[];
  /** In the repo, of a single file or folder. */
  readonly file: string | undefined;
  readonly path: string;
  readonly bytes: number;
  readonly stays: readonly Staying[];
}

/** What something that goes leaves, since somebody else has it too. */
export interface Staying {
  readonly reason: 'needed' | 'hard-linked' | 'shared-store';
  readonly files: number;
  readonly bytes: number;
}

/** What is to be done in one repo. */
export interface RepoRemoval {
  readonly repo: CachedRepo;
  readonly items: readonly RemovedItem[];
  readonly revisions: readonly Revision[];
  readonly entries: readonly { readonly revision: Revision; readonly entry: Entry }[];
  readonly blobs: readonly Blob[];
  readonly partials: readonly PartialFile[];
  /** Commits whose unfinished requests are forgotten, while something else of them stays. */
  readonly unfinished: readonly CommitHash[];
  /** Commits of which all that is on record goes. */
  readonly forgotten: readonly CommitHash[];
  /** Nothing is left of the repo; `all`: whatever else is in its folder goes too. */
  readonly folder: 'stays' | 'goes-if-empty' | 'all';
  /** What was used, or named by a ref, after it had been chosen. */
  readonly spared: readonly Part[];
}

/**
 * What must go so that the targets are gone, and what stays because something else needs it. What a killed removal has
 * left always goes.
 *
 * @param space  of all repos of which something goes, since they may share contents
 */
export function planRemoval(repo: CachedRepo, targets: readonly Target[], space = new Space()): RepoRemoval {
  return new RemovalPlan(repo, space).plan(targets);
}

class RemovalPlan {
  readonly #repo: CachedRepo;
  readonly #space: Space;
  readonly #ledger: Ledger;
  readonly #left: Set<Part>;
  readonly #items: RemovedItem[] = [];
  readonly #blobs: Blob[] = [];
  readonly #partials: PartialFile[] = [];
  readonly #entries: { revision: Revision; entry: Entry }[] = [];
  readonly #spared: Part[] = [];
  readonly #touched = new Set<CommitHash>();

  constructor(repo: CachedRepo, space: Space) {
    this.#repo = repo;
    this.#space = space;
    this.#ledger = new Ledger(repo);
    this.#left = new Set(partsOf(repo));
  }

  plan(targets: readonly Target[]): RepoRemoval {
    this.#takeDiscarded();
    const isAll = targets.some(({ kind }) => kind === 'repo');
    if (isAll) this.#takeAll();
    else {
      const isFile = ({ kind }: Target) => kind === 'file';
      for (const target of targets) if (!isFile(target)) this.#takeTarget(target);
      // A file of a revision that goes has gone with it.
      for (const target of targets) if (target.kind === 'file') this.#takeFile(target);
    }
    const left = [...this.#left];
    const revisions = this.#repo.revisions.filter(
      (revision) => !left.some((part) => part.kind === 'revision' && part.revision === revision),
    );
    const known = new Set(left.flatMap(commitOfPart));
    const refs = this.#repo.refs.filter(({ commit }) => !revisions.some((revision) => revision.commit === commit));
    const unfinished = new Set(left.flatMap((part) => (part.kind === 'unfinished' ? part.commit : [])));
    const hadUnfinished = new Set(this.#repo.requests.map(({ commit }) => commit));
    const touched = [...this.#touched];
    return {
      repo: this.#repo,
      items: this.#items,
      revisions,
      entries: this.#entries.filter(({ revision }) => !revisions.includes(revision)),
      blobs: this.#blobs,
      partials: this.#partials,
      unfinished: touched.filter((it) => known.has(it) && hadUnfinished.has(it) && !unfinished.has(it)),
      forgotten: touched.filter((commit) => !known.has(commit)),
      folder: isAll ? 'all' : left.length === 0 && refs.length === 0 ? 'goes-if-empty' : 'stays',
      spared: this.#spared,
    };
  }

  /** All that a killed removal has left is one item. */
  #takeDiscarded(): void {
    const { discarded, path } = this.#repo;
    if (discarded.length === 0) return;
    for (const { commit } of discarded) if (commit !== undefined) this.#touched.add(commit);
    const taken = this.#ledger.takeEntries(discarded.flatMap(({ entries }) => entries));
    this.#items.push({ what: 'leftover', commit: undefined, refs: [], file: undefined, path, ...this.#account(taken) });
  }

  #takeAll(): void {
    const parts = [...this.#left];
    const taken = parts.map((part) => this.#ledger.take(part));
    const { path, refs } = this.#repo;
    this.#left.clear();
    for (const commit of parts.flatMap(commitOfPart)) this.#touched.add(commit);
    this.#items.push({
      what: 'repo',
      commit: undefined,
      refs: refs.map(({ name }) => name),
      file: undefined,
      path,
      ...this.#account({
        blobs: taken.flatMap(({ blobs }) => blobs),
        partials: taken.flatMap(({ partials }) => partials),
        names: taken.flatMap(({ names }) => names),
        needed: [],
      }),
    });
  }

  #takeTarget(target: Target): void {
    const part = [...this.#left].find((it) => isMeant(it, target));
    if (part === undefined) return;
    if (isSpared(part, target)) {
      this.#spared.push(part);
      return;
    }
    this.#left.delete(part);
    for (const commit of commitOfPart(part)) this.#touched.add(commit);
    this.#items.push({ ...describe(part, this.#repo), ...this.#account(this.#ledger.take(part)) });
  }

  #takeFile({ commit, path }: Target & { kind: 'file' }): void {
    const part = [...this.#left].find((it) => it.kind === 'revision' && it.revision.commit === commit);
    if (part?.kind !== 'revision') return;
    const { revision } = part;
    const taken = new Set(this.#entries.map(({ entry }) => entry));
    const isMeantToo = (entry: Entry) => entry.path === path || (path.endsWith('/') && entry.path.startsWith(path));
    const meant = revision.entries.filter((entry) => !taken.has(entry) && isMeantToo(entry));
    if (meant.length === 0) return;
    for (const entry of meant) this.#entries.push({ revision, entry });
    // A revision without a file is none.
    if (revision.entries.every((entry) => taken.has(entry) || meant.includes(entry))) {
      this.#left.delete(part);
      this.#touched.add(commit);
    }
    this.#items.push({
      what: 'file',
      commit,
      refs: revision.refs,
      file: path,
      path: `${revision.path}/${path}`,
      ...this.#account(this.#ledger.takeEntries(meant)),
    });
  }

  #account(taken: Taken): Pick<RemovedItem, 'bytes' | 'stays'> {
    this.#blobs.push(...taken.blobs);
    this.#partials.push(...taken.partials);
    return accountFor(taken, this.#space);
  }
}

/** What the going of something frees, and what it leaves. */
export function accountFor(
  { blobs, partials, names, needed }: Taken,
  space: Space,
): { bytes: number; stays: readonly Staying[] } {
  const inStore = blobs.filter(({ isInStore }) => isInStore);
  const going = new Map<string, Content>();
  let bytes = partials.reduce((sum, { bytesOnDisk }) => sum + bytesOnDisk, 0);
  const freed = new Set<string>();
  for (const content of [...blobs.filter(({ isInStore }) => !isInStore), ...names]) {
    const gained = space.removeName(content);
    bytes += gained;
    going.set(content.inode, content);
    if (gained > 0) freed.add(content.inode);
  }
  const stillNeeded = new Set(needed.map(({ inode }) => inode));
  const linked = [...going.values()].filter(
    ({ inode, size }) => size > 0 && !freed.has(inode) && !stillNeeded.has(inode),
  );
  return {
    bytes,
    stays: [staying('needed', needed), staying('hard-linked', linked), staying('shared-store', inStore)].filter(
      ({ files }) => files > 0,
    ),
  };
}

function staying(reason: Staying['reason'], contents: readonly Content[]): Staying {
  return { reason, files: contents.length, bytes: contents.reduce((sum, { size }) => sum + size, 0) };
}

function commitOfPart(part: Part): CommitHash[] {
  if (part.kind === 'revision') return [part.revision.commit];
  return part.kind === 'unfinished' ? [part.commit] : [];
}

function isMeant(part: Part, target: Target): boolean {
  switch (target.kind) {
    case 'revision':
      return part.kind === 'revision' && part.revision.commit === target.commit;
    case 'unfinished':
      return part.kind === 'unfinished' && part.commit === target.commit;
    case 'partial':
      return part.kind === 'partial' && part.partial.path === target.path;
    case 'blob':
      return part.kind === 'blob' && part.blob.name === target.name;
    default:
      return false;
  }
}

function isSpared(part: Part, target: Target): boolean {
  const { usedMs, nameless }: Guard = target.kind === 'repo' || target.kind === 'file' ? {} : target;
  if (usedMs !== undefined && part.usedMs > usedMs) return true;
  return nameless === true && part.kind === 'revision' && part.revision.refs.length > 0;
}

/** A part as something that goes or stays. */
export function describe(part: Part, repo: CachedRepo): Omit<RemovedItem, 'bytes' | 'stays'> {
  const nothingElse = { commit: undefined, refs: [], file: undefined };
  switch (part.kind) {
    case 'revision': {
      const { commit, refs, path } = part.revision;
      return { what: 'revision', commit, refs, file: undefined, path };
    }
    case 'unfinished':
      return { ...nothingElse, what: 'unfinished', commit: part.commit, path: repo.path };
    case 'partial':
      return { ...nothingElse, what: 'unfinished', path: part.partial.path };
    case 'blob':
      return { ...nothingElse, what: 'leftover', path: `${repo.path}/blobs/${part.blob.name}` };
  }
}
