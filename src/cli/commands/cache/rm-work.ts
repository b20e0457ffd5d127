import { UsageError } from '../../../errors.js';
import { InUse, requireRemoved } from '../../../operations/removal.js';
import { type NamedTarget, asHash, planRemoveNamed } from '../../../operations/remove-named.js';
import { parseRepoReference } from '../../../repo/reference.js';
import type { Settings } from '../../../settings/settings.js';
import type { Answer, FailureReport, Session } from '../../cli.js';
import { removedLines } from '../../report/removal-lines.js';
import { type RemovalFlags, answerRemoval } from './removal-work.js';

export interface RmFlags extends RemovalFlags {
  readonly partial?: true;
}

/** Removes what is named. */
export async function answerRm(
  { targets, flags }: { targets: readonly string[]; flags: RmFlags },
  session: Session,
): Promise<Answer> {
  const named = targets.map((text) => parseTarget(text, flags, session.settings));
  const answer = await answerRemoval(await planRemoveNamed(named, session), flags, session);
  requireRemoved(answer.result);
  return answer;
}

/** @throws UsageError */
function parseTarget(text: string, { partial }: RmFlags, { endpoints }: Settings): NamedTarget {
  const hash = partial === true ? undefined : asHash(text);
  if (hash !== undefined) return { kind: 'commit', hash };
  const reference = parseRepoReference(text, { endpoints: endpoints.map(({ url }) => url) });
  const { repo, revision, path } = reference;
  if (partial === true) {
    if (revision === undefined && path === undefined) return { kind: 'partial', repo };
    throw new UsageError(`"${text}" names more than a repo`, { hint: 'With --partial a repo is named as a whole.' });
  }
  if (path !== undefined) return { kind: 'file', repo, revision, path };
  return revision === undefined ? { kind: 'repo', repo } : { kind: 'revision', repo, revision };
}

/** What was removed before somebody was found at work on the rest. */
export function explainRemoval(thrown: unknown): FailureReport | undefined {
  if (!(thrown instanceof InUse) || thrown.result === undefined) return undefined;
  return { document: thrown.result, details: removedLines(thrown.result) };
}
