import { UsageError, abortReason } from '../../../errors.js';
import { verifyLocalDir } from '../../../operations/verify/verify-local.js';
import { verifyCache } from '../../../operations/verify/verify-cache.js';
import { namedFolder } from '../../../settings/paths.js';
import type { Answer, Session } from '../../cli.js';
import { stateWidth, verifyReport } from '../../report/verify-report.js';
import { flagWarnings, type ParsedFlags } from '../setting-options.js';
import { namedRepos } from './named-repos.js';

export interface VerifyFlags extends ParsedFlags {
  readonly repair?: true;
  readonly quick?: true;
  readonly dryRun?: true;
  readonly localDir?: string;
}

interface VerifyWords {
  readonly repos: readonly string[];
  readonly flags: VerifyFlags;
}

/** Verifies, and repairs where that is asked for. The report is the result, also of a run that was interrupted. */
export async function answerVerify(words: VerifyWords, session: Session): Promise<Answer> {
  const { repair, quick } = words.flags;
  for (const warning of flagWarnings(words.flags)) session.tell(warning);
  const { result, damage } = await verify(words, session);
  const answer: Answer = { document: result, text: verifyReport(result), foldIndent: stateWidth };
  if (session.signal.aborted) {
    const continueWith = quick === true ? [] : ['--quick'];
    return { ...answer, failure: abortReason(session.signal), continueWith };
  }
  return damage === undefined
    ? answer
    : { ...answer, failure: damage, continueWith: repair === true ? [] : ['--repair'] };
}

function verify({ repos: words, flags: { localDir, repair, quick, dryRun } }: VerifyWords, session: Session) {
  const repos = namedRepos(words, session.settings);
  const how = { repair: repair === true && dryRun !== true, quick: quick === true };
  if (localDir === undefined) return verifyCache({ repos, ...how }, session);
  const [repo, ...others] = repos;
  if (others.length > 0) {
    throw new UsageError('--local-dir takes one repo at most: the one that its files are of', {
      hint: 'Leave the others out.',
    });
  }
  return verifyLocalDir({ localDir: namedFolder(localDir), repo, ...how }, session);
}
