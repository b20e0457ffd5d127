import type { CommitHash } from '../repo/listing.js';
import {
  type Choice,
  type Circumstances,
  type KeptPart,
  type KeptReason,
  isHeld,
  isLeftover,
  needsTidying,
  reasonOfUse,
  reasonToKeepLeftover,
  targetOf,
} from './choice.js';
import { type CachedRepo, type Inventory, bytesOfCache } from './inventory.js';
import { Ledger, type Taken } from './ledger.js';
import { type Part, partsOf } from './parts.js';
import { accountFor, type Target } from './removal.js';
import { Space, namesInCache } from './space.js';

export interface GcRules extends Circumstances {
  /** What the cache may take. */
  readonly maxBytes: number | undefined;
  /** What has not been used for longer goes. */
  readonly olderThanMs: number | undefined;
  /** Folders of the repos that stay. */
  readonly keep: ReadonlySet<string>;
  /** By folder, the commits that stay; everything else goes. Undefined: no lock says anything. */
  readonly locked: ReadonlyMap<string, ReadonlySet<CommitHash>> | undefined;
}

export interface GcChoice extends Choice {
  readonly bytesBefore: number;
  /** What the cache takes when the chosen is gone. */
  readonly bytesAfter: number;
  readonly basedOnAccessTime: boolean;
}

interface Candidate {
  readonly repo: CachedRepo;
  readonly part: Part;
}

/**
 * What goes so that a cache fits: leftovers, what is too old or what no lock names, then what was used least recently, until
 * it fits.
 */
export function chooseForGc(inventory: Inventory, rules: GcRules): GcChoice {
  const { nowMs, olderThanMs, maxBytes = Infinity } = rules;
  const shrinking = new ShrinkingCache(inventory);
  const targets = new Map<CachedRepo, Target[]>();
  const kept: KeptPart[] = [];
  const chosen: (Candidate & { readonly isDue: boolean })[] = [];
  let basedOnAccessTime = false;
  for (const repo of inventory.repos) {
    if (!needsTidying(repo) || isHeld(repo, rules)) continue;
    targets.set(repo, []);
    shrinking.takeDiscarded(repo);
  }
  for (const { repo, part } of byLastUse(inventory)) {
    const isOld = olderThanMs !== undefined && nowMs - part.usedMs > olderThanMs;
    const isDue = isOld || (rules.locked !== undefined && !isLocked(repo, part, rules));
    if (!isLeftover(part) && !isDue && shrinking.bytes <= maxBytes) continue;
    const reason = reasonToKeep(repo, part, rules);
    if (reason !== undefined) {
      kept.push({ repo, part, reason });
      continue;
    }
    shrinking.take(repo, part);
    chosen.push({ repo, part, isDue });
  }
  // What shares all its bytes with something that stays would go for nothing.
  for (const { repo, part, isDue } of chosen) {
    if (!isDue && !shrinking.hasShrunkBy(part)) continue;
    targets.set(repo, [...(targets.get(repo) ?? []), targetOf(part)]);
    basedOnAccessTime ||= part.kind === 'revision' && part.usedBy === 'access-time';
  }
  return { targets, kept, bytesBefore: bytesOfCache(inventory), bytesAfter: shrinking.bytes, basedOnAccessTime };
}

/** Leftovers first, then the least recently used. */
function byLastUse({ repos }: Inventory): Candidate[] {
  const candidates = repos.flatMap((repo) => partsOf(repo).map((part): Candidate => ({ repo, part })));
  const rank = ({ part }: Candidate) => (isLeftover(part) ? 0 : 1);
  return candidates.sort((a, b) => rank(a) - rank(b) || a.part.usedMs - b.part.usedMs);
}

function reasonToKeep(repo: CachedRepo, part: Part, rules: GcRules): KeptReason | undefined {
  if (isLeftover(part)) return reasonToKeepLeftover(repo, part, rules);
  if (rules.keep.has(repo.folder)) return 'asked-for';
  if (isLocked(repo, part, rules)) return 'locked';
  return reasonOfUse(repo, part, rules);
}

/** Does a lock name the commit that it is of? */
function isLocked({ folder }: CachedRepo, part: Part, { locked }: GcRules): boolean {
  const commit = part.kind === 'revision' ? part.revision.commit : part.kind === 'unfinished' ? part.commit : undefined;
  return commit !== undefined && locked?.get(folder)?.has(commit) === true;
}

/** How much a cache takes while one part after the other goes. What several names share goes with the last. */
class ShrinkingCache {
  bytes: number;
  readonly #ledgers = new Map<CachedRepo, Ledger>();
  readonly #space: Space;

  constructor(inventory: Inventory) {
    this.bytes = bytesOfCache(inventory);
    const names = namesInCache(inventory);
    // Also outside of the cache somebody may have the same content: the cache is smaller without it all the same.
    this.#space = new Space(({ inode }) => names.get(inode) ?? 0);
  }

  take(repo: CachedRepo, part: Part): void {
    this.#count(this.#ledger(repo).take(part));
  }

  /** Has any of its bytes gone? */
  hasShrunkBy(part: Part): boolean {
    return part.kind !== 'revision' || part.revision.entries.some(({ content }) => this.#space.isGone(content));
  }

  takeDiscarded(repo: CachedRepo): void {
    this.#count(this.#ledger(repo).takeEntries(repo.discarded.flatMap(({ entries }) => entries)));
  }

  #ledger(repo: CachedRepo): Ledger {
    const ledger = this.#ledgers.get(repo) ?? new Ledger(repo);
    this.#ledgers.set(repo, ledger);
    return ledger;
  }

  #count(taken: Taken): void {
    this.bytes -= accountFor(taken, this.#space).bytes;
  }
}
