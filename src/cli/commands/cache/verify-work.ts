import { abortReason } from '../../../errors.js';
import { verifyCache } from '../../../operations/verify/verify-cache.js';
import type { Answer, Session } from '../../cli.js';
import { verifyReport } from '../../report/verify-report.js';
import { flagWarnings, type ParsedFlags } from '../setting-options.js';
import { namedRepos } from './named-repos.js';

export interface VerifyFlags extends ParsedFlags {
  readonly repair?: true;
  readonly quick?: true;
  readonly dryRun?: true;
}

/** Verifies, and repairs where that is asked for. The report is the result, also of a run that was interrupted. */
export async function answerVerify(
  { repos, flags: { repair, quick, dryRun, ...flags } }: { repos: readonly string[]; flags: VerifyFlags },
  session: Session,
): Promise<Answer> {
  for (const warning of flagWarnings(flags)) session.tell(warning);
  const { result, damage } = await verifyCache(
    {
      repos: namedRepos(repos, session.settings),
      repair: repair === true && dryRun !== true,
      quick: quick === true,
    },
    session,
  );
  const answer: Answer = { document: result, text: verifyReport(result) };
  if (session.signal.aborted) {
    const continueWith = quick === true ? [] : ['--quick'];
    return { ...answer, failure: abortReason(session.signal), continueWith };
  }
  return damage === undefined
    ? answer
    : { ...answer, failure: damage, continueWith: repair === true ? [] : ['--repair'] };
}
