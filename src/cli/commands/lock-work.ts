import { UsageError } from '../../errors.js';
import { checkLock } from '../../operations/lock/check-lock.js';
import { LockFailed, lockProject } from '../../operations/lock/lock.js';
import { readProject } from '../../operations/project.js';
import { parseRepoReference } from '../../repo/reference.js';
import type { Answer, FailureReport, Session } from '../cli.js';
import { checkLines, lockLines, plannedLockLines } from '../report/lock-lines.js';
import { type ParsedFlags, flagWarnings } from './setting-options.js';

export interface LockFlags extends ParsedFlags {
  readonly update?: string | true;
  readonly check?: true;
  readonly dryRun?: true;
}

/** Makes hub.lock, or with `--check` compares it. */
export async function answerLock(flags: LockFlags, session: Session): Promise<Answer> {
  for (const warning of flagWarnings(flags)) session.tell(warning);
  if (flags.check === true) return answerCheck(flags);
  const { manifest, lockPath, settings } = await readProject(process.cwd(), session);
  const dryRun = flags.dryRun === true;
  const request = { manifest, lockPath, update: updateFrom(flags, session), dryRun };
  const result = await lockProject(request, { ...session, settings });
  if (dryRun) return { document: result, text: plannedLockLines(result).join('\n') };
  return { document: result, text: result.path, summary: lockLines(result) };
}

/** What a lock that failed in part has to say of its entries. */
export function explainLockFailure(thrown: unknown): FailureReport | undefined {
  if (!(thrown instanceof LockFailed)) return undefined;
  return { document: thrown.result, details: lockLines(thrown.result) };
}

async function answerCheck({ update }: LockFlags, session: Session): Promise<Answer> {
  if (update !== undefined) {
    throw new UsageError('--check and --update contradict each other', { hint: 'Leave one of them out.' });
  }
  const { manifest, lockPath } = await readProject(process.cwd(), session);
  const { report, failure } = await checkLock(manifest, lockPath);
  const text = checkLines(report).join('\n');
  return { document: report, text, ...(failure === undefined ? {} : { failure }) };
}
