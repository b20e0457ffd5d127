import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { reasonOf } from '../cache/disk-errors.js';
import { UsageError, abortReason } from '../errors.js';

/**
 * The text of a list that a person has written.
 *
 * @param path  of the file; `-` for what comes on stdin
 * @throws UsageError  it can't be read; the signal's reason
 */
export async function readList(
  path: string,
  { stdin, signal }: { stdin: Readable; signal: AbortSignal },
): Promise<string> {
  if (path === '-') return readAll(stdin, signal);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`the list ${path} can't be read: ${reasonOf(error, path)}`, { cause: error });
  }
}

async function readAll(stdin: Readable, signal: AbortSignal): Promise<string> {
  const onAbort = () => stdin.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await text(stdin);
  } catch (error) {
    throw signal.aborted ? abortReason(signal) : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
