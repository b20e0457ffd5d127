import { UsageError } from '../../../errors.js';
import { planGc } from '../../../operations/tend-cache.js';
import { namedFolder } from '../../../settings/paths.js';
import type { Answer, Session } from '../../cli.js';
import { storeLines, unreachedLimit } from '../../report/removal-lines.js';
import { namedRepos } from './named-repos.js';
import { type RemovalFlags, answerRemoval } from './removal-work.js';

export interface GcFlags extends RemovalFlags {
  readonly keep?: readonly string[];
  readonly keepLock?: readonly string[];
}

/** Makes the cache fit. */
export async function answerGc(flags: GcFlags, session: Session): Promise<Answer> {
  const { keep = [], keepLock = [] } = flags;
  const { maxSize, olderThanMs, graceMs } = session.settings;
  if (maxSize === undefined && olderThanMs === undefined && keepLock.length === 0) {
    throw new UsageError('gc needs to know what is too much', {
      hint: 'Add --max-size 200GB, --older-than 30d or --keep-lock hub.lock.',
    });
  }
  const kept = { keep: namedRepos(keep, session.settings), keepLocks: keepLock.map(namedFolder) };
  const planned = await planGc({ maxSize, olderThanMs, ...kept, graceMs }, session);
  const answer = await answerRemoval(planned, flags, session);
  const message = unreachedLimit(answer.result);
  if (message === undefined) return answer;
  session.tell({ type: 'warning', code: 'limit-not-reached', message });
  return { ...answer, summary: storeLines(answer.result) };
}
