import { type HubError, UsageError } from '../../errors.js';
import { checkLock } from '../../operations/lock/check-lock.js';
import { LockFailed, type LockUpdate, lockProject } from '../../operations/lock/lock.js';
import { openProject } from '../../operations/open-project.js';
import { repoPath } from '../../repo/reference.js';
import type { Answer, FailureReport, Session } from '../cli.js';
import { checkLines, lockLines, plannedLockLines } from '../report/lock-lines.js';
import { namedRepo } from './named-repo.js';
import { type ParsedFlags, flagWarnings } from './setting-options.js';

export interface LockFlags extends ParsedFlags {
  /** A repo, or all. */
  readonly update?: string | true;
  readonly check?: true;
  readonly dryRun?: true;
}

/** Makes hub.lock, or with `--check` compares it. */
export async function answerLock(flags: LockFlags, session: Session): Promise<Answer> {
  for (const warning of flagWarnings(flags)) session.tell(warning);
  if (flags.check === true) return answerCheck(flags, session);
  const dryRun = flags.dryRun === true;
  const { settings, ...project } = await openProject(process.cwd(), session);
  const update = updateFrom(flags, session);
  const result = await lockProject({ ...project, update, dryRun }, { ...session, settings });
  if (dryRun) return { document: result, text: plannedLockLines(result).join('\n') };
  return { document: result, text: result.path, summary: lockLines(result) };
}

/** What a lock that failed in part has to say of its entries. */
export function explainLockFailure(thrown: unknown, told: HubError): FailureReport | undefined {
  if (!(thrown instanceof LockFailed)) return undefined;
  return { document: thrown.result, details: lockLines(thrown.result, told.message) };
}

async function answerCheck({ update }: LockFlags, session: Session): Promise<Answer> {
  if (update !== undefined) {
    throw new UsageError('--check and --update contradict each other', { hint: 'Leave one of them out.' });
  }
  const { manifest, lockPath } = await openProject(process.cwd(), session);
  const { report, failure } = await checkLock(manifest, lockPath);
  return { document: report, text: checkLines(report).join('\n'), ...(failure === undefined ? {} : { failure }) };
}

/** Of a repo as hub.toml names it, or as a command line does. @throws UsageError */
function updateFrom({ update }: LockFlags, { settings }: Session): LockUpdate {
  if (update === undefined) return 'none';
  if (update === true) return 'all';
  const { repo, revision, path } = namedRepo(update.replace(/^hf:(?!\/\/)/i, ''), {}, settings.endpoints);
  if (revision === undefined && path === undefined) return repo;
  throw new UsageError(`"${update}" names more than a repo`, {
    hint: `All revisions of it that hub.toml names are asked for anew: --update ${repoPath(repo)}`,
  });
}
