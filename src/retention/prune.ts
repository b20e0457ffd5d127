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
import type { CachedRepo, Inventory } from './inventory.js';
import { type Part, partsOf } from './parts.js';
import type { Target } from './removal.js';

export interface PruneRules extends Circumstances {
  /** Whatever its age. */
  readonly all: boolean;
}

const dayMs = 24 * 60 * 60 * 1000;
const namelessForMs = 30 * dayMs;
const unfinishedForMs = 7 * dayMs;

/** What nobody has use for: revisions that no ref names, downloads that nobody goes on with, leftovers. */
export function chooseForPrune({ repos }: Inventory, rules: PruneRules): Choice {
  const targets = new Map<CachedRepo, Target[]>();
  const kept: KeptPart[] = [];
  for (const repo of repos) {
    const going: Target[] = [];
    for (const part of partsOf(repo)) {
      if (part.kind === 'revision' && part.revision.refs.length > 0) continue;
      const reason = reasonToKeep(repo, part, rules);
      if (reason === undefined) going.push(chosen(part));
      else kept.push({ repo, part, reason });
    }
    if (going.length > 0 || (needsTidying(repo) && !isHeld(repo, rules))) targets.set(repo, going);
  }
  return { targets, kept };
}

function reasonToKeep(repo: CachedRepo, part: Part, rules: PruneRules): KeptReason | undefined {
  if (isLeftover(part)) return reasonToKeepLeftover(repo, part, rules);
  const use = reasonOfUse(repo, part, rules);
  if (use !== undefined || rules.all) return use;
  const sinceUseMs = rules.nowMs - part.usedMs;
  return sinceUseMs < (part.kind === 'revision' ? namelessForMs : unfinishedForMs) ? 'young' : undefined;
}

function chosen(part: Part): Target {
  const target = targetOf(part);
  return target.kind === 'revision' ? { ...target, nameless: true } : target;
}
