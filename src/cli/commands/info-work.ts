import { UsageError } from '../../errors.js';
import { repoInfo } from '../../operations/repo-info.js';
import { repoPath } from '../../repo/reference.js';
import type { Answer, Session } from '../cli.js';
import { repoPage } from '../report/repo-page.js';
import { type RepoFlags, namedRepo } from './named-repo.js';
import type { ParsedFlags } from './setting-options.js';

export interface InfoFlags extends ParsedFlags, RepoFlags {
  readonly pullRequests?: true;
}

/** Tells what the hub says of a repo. */
export async function answerInfo(
  { text, flags }: { text: string; flags: InfoFlags },
  session: Session,
): Promise<Answer> {
  const { repo, revision, path } = namedRepo(text, flags, session.settings.endpoints);
  if (path !== undefined) {
    throw new UsageError(`"${text}" names a file`, { hint: `Of files, "hub ls ${repoPath(repo)}" tells more.` });
  }
  const pullRequests = flags.pullRequests === true;
  const info = await repoInfo({ repo, pullRequests, ...(revision === undefined ? {} : { revision }) }, session);
  return { document: info, text: repoPage(info, { columns: session.columns, nowMs: Date.now() }) };
}
