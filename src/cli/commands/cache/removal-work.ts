import { type PlannedRemoval, carryOut, declinedResult, isEmptyRemoval } from '../../../operations/removal.js';
import type { RemovalResult } from '../../../operations/removal-result.js';
import { repoPath } from '../../../repo/reference.js';
import type { Answer, Session } from '../../cli.js';
import type { Question } from '../../confirm.js';
import { countOf, formatBytes } from '../../text.js';
import { keptLines, removalIndent, removalTable, removedLines, storeLines } from '../../report/removal-lines.js';
import type { ParsedFlags } from '../setting-options.js';

export interface RemovalFlags extends ParsedFlags {
  readonly dryRun?: true;
}

/** Shows what goes, asks, and does it. */
export async function answerRemoval(
  planned: PlannedRemoval,
  { dryRun }: RemovalFlags,
  session: Session,
): Promise<Answer & { readonly result: RemovalResult }> {
  const { result } = planned;
  if (dryRun === true || isEmptyRemoval(planned)) {
    warnOfHeld(result, session);
    return answerWith({ ...result, dryRun: dryRun === true });
  }
  if (!session.settings.yes && !(await session.confirm(questionOf(result)))) {
    return answerWith(declinedResult(planned));
  }
  const done = await carryOut(planned, session);
  warnOfHeld(done, session);
  return answerWith(done);
}

function questionOf(result: RemovalResult): Question {
  const { removed, bytesFreed } = result;
  const what = removed.length === 0 ? 'what is empty' : countOf(removed.length, 'thing');
  return {
    plan: [...removalTable(result), ...keptLines(result), ...storeLines(result)],
    indent: removalIndent(result),
    question: `Remove ${what} and free ${formatBytes(bytesFreed)}?`,
  };
}

/** Each repo that was left alone because somebody is at work there. */
function warnOfHeld({ kept }: RemovalResult, { tell }: Session): void {
  const holders = new Map(
    kept.flatMap(({ repo, type, holder }) => (holder === undefined ? [] : [[repoPath({ type, name: repo }), holder]])),
  );
  for (const [name, holder] of holders) {
    tell({ type: 'warning', code: 'in-use', message: `${name} is left alone: ${holder} is at work there` });
  }
}

function answerWith(result: RemovalResult): Answer & { readonly result: RemovalResult } {
  const text = removedLines(result).join('\n');
  return {
    document: result,
    text,
    foldIndent: removalIndent(result),
    summary: [...keptLines(result), ...storeLines(result)],
    result,
  };
}
