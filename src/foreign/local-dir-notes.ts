import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Digest } from '../repo/digest.js';
import { type CommitHash, asCommitHash } from '../repo/listing.js';

/** What tools note of a file that they put into a local folder (huggingface_hub, and hub in its way). */
export interface LocalNote {
  readonly path: string;
  readonly commit: CommitHash;
  readonly digest: Digest;
  /** Seconds since 1970. */
  readonly time: number;
}

/** Below a local folder, where tools keep what they know of it. */
export const notesFolder = join('.cache', 'huggingface');

/** The notes of a local folder; none where it is no such folder. */
export function readLocalNotes(folder: string): LocalNote[] {
  const root = join(folder, notesFolder, 'download');
  return filesBelow(root).flatMap((file) => readNote(root, file) ?? []);
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((item) => item.isFile() && item.name.endsWith(suffix))
      .map((item) => join(item.parentPath, item.name));
  } catch {
    return [];
  }
}

const suffix = '.metadata';

function readNote(root: string, file: string): LocalNote | undefined {
  const [first = '', etag = '', time = ''] = textOf(file).split('\n');
  const commit = asCommitHash(first.trim());
  const digest = digestOfEtag(etag.trim());
  if (commit === undefined || digest === undefined) return undefined;
  const path = relative(root, file).slice(0, -suffix.length).split(sep).join('/');
  return { path, commit, digest, time: Number(time) || 0 };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function digestOfEtag(etag: string): Digest | undefined {
  if (/^[0-9a-f]{64}$/.test(etag)) return { algorithm: 'sha256', hex: etag };
  return /^[0-9a-f]{40}$/.test(etag) ? { algorithm: 'git-sha1', hex: etag } : undefined;
}
