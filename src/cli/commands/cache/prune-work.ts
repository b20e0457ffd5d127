import { planPrune } from '../../../operations/tend-cache.js';
import type { Answer, Session } from '../../cli.js';
import { type RemovalFlags, answerRemoval } from './removal-work.js';

export interface PruneFlags extends RemovalFlags {
  readonly all?: true;
}

/** Removes what nobody has use for. */
export async function answerPrune(flags: PruneFlags, session: Session): Promise<Answer> {
  const planned = await planPrune({ all: flags.all === true, graceMs: session.settings.graceMs }, session);
  return answerRemoval(planned, flags, session);
}
