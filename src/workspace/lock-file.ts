import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.js';
import { conflictSides } from './conflict.js';
import { entryKey } from './entry-fields.js';
import type { Lock } from './entry.js';
import { parseLock } from './lock.js';

/** Where the lock of a hub.toml stands: beside it. */
export function lockPathOf(manifestPath: string): string {
  return join(dirname(manifestPath), 'hub.lock');
}

/** @returns undefined where there is none. @throws UsageError  it can't be read, or is not sound */
export async function readLock(path: string): Promise<Lock | undefined> {
  const text = await readLockText(path);
  return text === undefined ? undefined : parseLock(text, path);
}

/** With LF at the end of each line, whatever git made of it; undefined where there is none. @throws UsageError */
export async function readLockText(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).replaceAll('\r\n', '\n');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new UsageError(`hub.lock can't be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/**
 * As `parseLock`; of a text with the marks of a merge conflict what both sides have locked, this branch's where they differ.
 *
 * @throws UsageError
 */
export function parseMergedLock(text: string, path: string): Lock {
  const sides = conflictSides(text);
  if (sides === undefined) return parseLock(text, path);
  const { entries } = parseLock(sides.ours, path);
  const ours = new Set(entries.map(entryKey));
  const theirs = parseLock(sides.theirs, path).entries.filter((entry) => !ours.has(entryKey(entry)));
  return { entries: [...entries, ...theirs] };
}
