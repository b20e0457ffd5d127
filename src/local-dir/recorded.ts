import { type Digest, sameDigest } from '../repo/digest.js';
import { type FileRecord, type Standing, isUntouched, pythonSlackMs } from './judge.js';

/** What is on record of a file that was put into a local folder: ours, a Python tool's, or both. Times in ms. */
export interface OnRecord {
  readonly record: FileRecord | undefined;
  readonly note: { readonly digest: Digest; readonly atMs: number } | undefined;
}

/** What is to be said of a file on record before anyone has read it. */
export type RecordedState =
  | { readonly is: 'missing' }
  /** The user's by now. */
  | { readonly is: 'changed' }
  /** `otherwise`: what it is if its digest is another one. */
  | { readonly is: 'to-read'; readonly expected: Digest; readonly otherwise: 'corrupt' | 'changed' };

/** The digest that was put there last: our notes follow our records, so a note that differs is the later one. */
export function lastDigest({ record, note }: OnRecord): Digest | undefined {
  return note?.digest ?? record?.digest;
}

/**
 * Compares what stands in a file's place with what is on record of it. Looks as it did: then other bytes are damage. Looks
 * otherwise: then other bytes are the user's, and the same ones only touched or copied.
 */
export function judgeRecorded(standing: Standing, { record, note }: OnRecord): RecordedState {
  const last = lastDigest({ record, note });
  if (standing.kind === 'nothing') return { is: 'missing' };
  if (standing.kind !== 'file' || last === undefined) return { is: 'changed' };
  const looksAsItDid = standing.isLink ? 'changed' : 'corrupt';
  if (record !== undefined && isUntouched(record, standing)) {
    return { is: 'to-read', expected: record.digest, otherwise: looksAsItDid };
  }
  // A note that says what our record says is ours, which is the stricter.
  const isOurNote = note !== undefined && record !== undefined && sameDigest(note.digest, record.digest);
  if (note !== undefined && !isOurNote && standing.mtimeMs - pythonSlackMs <= note.atMs) {
    return { is: 'to-read', expected: note.digest, otherwise: looksAsItDid };
  }
  if (record !== undefined && sameDigest(record.digest, last) && record.size !== standing.size) {
    return { is: 'changed' };
  }
  return { is: 'to-read', expected: last, otherwise: 'changed' };
}
