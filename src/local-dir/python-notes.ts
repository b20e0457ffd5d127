import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../cache/disk-errors.js';
import type { CacheFiles } from '../cache/files.js';
import { tagAsCache } from '../cache/repo-folder.js';
import type { Digest } from '../repo/digest.js';
import type { CommitHash } from '../repo/listing.js';
import type { PythonRecord } from './judge.js';
import { type LocalLayout, metadataPath } from './layout.js';

/** Makes the folder of the notes: unseen by git and by backup tools, as Python's tools make it. */
export async function makeNotesFolder({ notes }: LocalLayout, files: CacheFiles): Promise<void> {
  await files.makeFolder(notes);
  const path = join(notes, '.gitignore');
  const there = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (there === undefined) await files.replace(path, '*');
  await tagAsCache(notes, files);
}

/** What Python's tools, or we in their way, have noted of a file; undefined where there is nothing that can be read. */
export function readPythonNote(layout: LocalLayout, path: string): PythonRecord | undefined {
  try {
    const [commit = '', etag = '', time = ''] = readFileSync(metadataPath(layout, path), 'utf8').split('\n');
    const atMs = Number(time) * 1000;
    const isSound = commit.trim() !== '' && etag.trim() !== '' && time.trim() !== '' && Number.isFinite(atMs);
    return isSound ? { etag: etag.trim(), atMs } : undefined;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'ENAMETOOLONG')) return undefined;
    throw error;
  }
}

/**
 * Notes a file for Python's tools, so that they don't fetch it again. A courtesy: where it can't be written (`a` and
 * `a.metadata/b` in one repo, a name that becomes too long), only they lack it.
 */
export async function writePythonNote(
  layout: LocalLayout,
  files: CacheFiles,
  { path, commit, digest, mtimeMs }: { path: string; commit: CommitHash; digest: Digest; mtimeMs: number },
): Promise<void> {
  const target = metadataPath(layout, path);
  // They trust a note that is not older than the file, whose time may be that of a file server.
  const seconds = Math.max(Date.now(), Math.ceil(mtimeMs)) / 1000;
  try {
    await files.replace(target, `${commit}\n${digest.hex}\n${String(seconds)}\n`);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ENOTEMPTY')) throw error;
  }
}
