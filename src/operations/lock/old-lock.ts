import { conflictSides } from '../../workspace/conflict.js';
import type { Lock } from '../../workspace/entry.js';
import { parseMergedLock, readLockText } from '../../workspace/lock-file.js';
import type { OperationContext } from '../context.js';

/** A lock that is about to be made anew. */
export interface OldLock {
  /** As it stands there, but for the ends of lines; undefined where there is none. */
  readonly text: string | undefined;
  readonly lock: Lock;
}

/**
 * Reads a lock to make the next one of it: also one in which a merge has left its marks, which is told.
 *
 * @throws UsageError  it can't be read, or is not sound
 */
export async function readOldLock(lockPath: string, { tell }: OperationContext): Promise<OldLock> {
  const text = await readLockText(lockPath);
  if (text === undefined) return { text, lock: { entries: [] } };
  const lock = parseMergedLock(text, lockPath);
  if (conflictSides(text) !== undefined) {
    const message = `${lockPath} has the marks of a merge conflict: what both sides have locked stays`;
    tell({ type: 'warning', code: 'lock-merged', message, hint: "Where they differ, this branch's commits stay." });
  }
  return { text, lock };
}
