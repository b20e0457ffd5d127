import { UsageError } from '../../../errors.js';
import { type GcRequest, planGc } from '../../../operations/tend-cache.js';
import type { Answer, Session } from '../../cli.js';
import { unreachedLimit } from '../../report/removal-lines.js';
import { namedRepos } from './named-repos.js';
import { type RemovalFlags, answerRemoval } from './removal-work.js';

export interface GcFlags extends RemovalFlags {
  readonly maxSize?: NonNullable<GcRequest['maxSize']>;
  /** ms */
  readonly olderThan?: number;
  readonly keep?: readonly string[];
  /** ms */
  readonly grace: number;
}

/** Makes the cache fit. */
export async function answerGc(flags: GcFlags, session: Session): Promise<Answer> {
  const { maxSize, olderThan, keep = [], grace } = flags;
  if (maxSize === undefined && olderThan === undefined) {
    throw new UsageError('gc needs to know what is too much', { hint: 'Add --max-size 200GB or --older-than 30d.' });
  }
  const planned = await planGc(
    { maxSize, olderThanMs: olderThan, keep: namedRepos(keep, session.settings), graceMs: grace },
    session,
  );
  const answer = await answerRemoval(planned, flags, session);
  const message = unreachedLimit(answer.result);
  if (message !== undefined) session.tell({ type: 'warning', code: 'limit-not-reached', message });
  return answer;
}
