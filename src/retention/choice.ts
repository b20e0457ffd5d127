import type { CachedRepo } from './inventory.js';
import type { Part } from './parts.js';
import type { Target } from './removal.js';

/** What is chosen to go, and what would have gone but for a reason. */
export interface Choice {
  readonly targets: ReadonlyMap<CachedRepo, readonly Target[]>;
  readonly kept: readonly KeptPart[];
}

export interface KeptPart {
  readonly repo: CachedRepo;
  readonly part: Part;
  readonly reason: KeptReason;
}

/**
 * `in-use`: a process holds the repo. `recently-used`: within the grace. `young`: not old enough for the rule.
 * `somebody-at-work`: nothing names it, and it may be the work of a program that takes no lease. `asked-for`: `--keep`.
 * `locked`: `--keep-lock`.
 */
export type KeptReason = 'in-use' | 'recently-used' | 'young' | 'somebody-at-work' | 'asked-for' | 'locked';

/** What both `prune` and `gc` must know of the moment. */
export interface Circumstances {
  readonly nowMs: number;
  readonly graceMs: number;
  /** Folders of the repos that a living process holds. */
  readonly held: ReadonlySet<string>;
}

const hourMs = 60 * 60 * 1000;

/**
 * Blobs that nothing names and Python's unfinished files, which nobody will ever go on with: leftovers of what was
 * killed, or the work of a process that takes no lease, for as long as an hour.
 */
export function isLeftover(part: Part): boolean {
  return part.kind === 'blob' || (part.kind === 'partial' && part.partial.tool === 'python');
}

/** Why a leftover stays, if it does. */
export function reasonToKeepLeftover(
  repo: CachedRepo,
  part: Part,
  { nowMs, held }: Circumstances,
): KeptReason | undefined {
  if (isHeld(repo, { held, nowMs })) return 'in-use';
  return nowMs - part.usedMs < hourMs ? 'somebody-at-work' : undefined;
}

/** In use: a process holds it, or it was used within the grace. */
export function reasonOfUse(
  repo: CachedRepo,
  part: Part,
  { nowMs, graceMs, held }: Circumstances,
): KeptReason | undefined {
  if (isHeld(repo, { held, nowMs })) return 'in-use';
  return nowMs - part.usedMs < graceMs ? 'recently-used' : undefined;
}

/** Python takes no lease of ours: while it fetches, its unfinished file grows. */
const pythonPausesMs = 60 * 1000;

export function isPythonAtWork({ partials }: CachedRepo, nowMs: number): boolean {
  return partials.some(({ tool, modifiedMs }) => tool === 'python' && nowMs - modifiedMs < pythonPausesMs);
}

export function isHeld(repo: CachedRepo, { held, nowMs }: Pick<Circumstances, 'held' | 'nowMs'>): boolean {
  return held.has(repo.folder) || isPythonAtWork(repo, nowMs);
}

/** The part as a target that stays after all if it is used before its turn comes. */
export function targetOf(part: Part): Target {
  const { usedMs } = part;
  switch (part.kind) {
    case 'revision':
      return { kind: 'revision', commit: part.revision.commit, usedMs };
    case 'unfinished':
      return { kind: 'unfinished', commit: part.commit, usedMs };
    case 'partial':
      return { kind: 'partial', path: part.partial.path, usedMs };
    case 'blob':
      return { kind: 'blob', name: part.blob.name, usedMs };
  }
}

/** Does nothing remain of a repo but what a killed removal has left? */
export function needsTidying(repo: CachedRepo): boolean {
  const { revisions, blobs, refs, partials, requests, findings, discarded } = repo;
  const isEmpty =
    revisions.length + blobs.size + refs.length + partials.length + requests.length + findings.length === 0;
  return discarded.length > 0 || isEmpty;
}
