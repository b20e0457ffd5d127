import { dirname, join, relative } from 'node:path';
import { onDisk } from '../cache/disk-errors.js';
import { UsageError } from '../errors.js';
import type { Tell } from '../events.js';
import { type Addition, ManifestSyntax, parseAddition } from '../workspace/manifest.js';
import { findManifest, manifestName, readManifest } from '../workspace/manifest-file.js';
import type { WrittenEntry } from '../workspace/manifest-schema.js';
import { appendEntry } from '../workspace/manifest-text.js';
import { type EntryResult, entryResult } from './entry-result.js';
import { rewriteFile } from './replace-file.js';

/** What somebody wants a project to have. */
export interface AddRequest extends Omit<WrittenEntry, 'type' | 'local-dir'> {
  /** Absolute. */
  readonly localDir?: string;
}

export interface AddResult {
  /** Path of the hub.toml. */
  readonly manifest: string;
  /** Undone where the same was asked for already. */
  readonly added: boolean;
  readonly entry: EntryResult;
}

/**
 * Adds an entry to the hub.toml of the project that a folder belongs to, and makes one there where there is none. What
 * stands in it stays as it is. No hub is asked.
 *
 * @param options.folder  absolute: the working folder
 * @throws UsageError  an entry that a hub.toml can't have, or that clashes with another; mistakes in the file
 * @throws DiskError
 */
export async function addToManifest(
  { localDir, ...written }: AddRequest,
  { folder, tell }: { folder: string; tell: Tell },
): Promise<AddResult> {
  const found = await findManifest(folder);
  const manifest = found ?? join(folder, manifestName);
  const before = found === undefined ? '' : (await readManifest(found)).text;
  const localFolder = localDir === undefined ? {} : { 'local-dir': nameBelow(dirname(manifest), localDir) };
  const after = appendEntry(before, { ...written, ...localFolder });
  const addition = readAddition(after, manifest);
  const result = { manifest, added: !addition.isThere, entry: entryResult(addition.entry) };
  if (addition.isThere) return result;
  tellOthers(addition, tell);
  await onDisk(manifest, () => rewriteFile(manifest, after, { newFileMode: 'umask' }));
  return result;
}

function nameBelow(folder: string, inner: string): string {
  return relative(folder, inner).replaceAll('\\', '/') || '.';
}

/** @throws UsageError */
function readAddition(text: string, path: string): Addition {
  try {
    return parseAddition(text, path);
  } catch (error) {
    // Without the addition it was TOML.
    if (!(error instanceof ManifestSyntax)) throw error;
    throw new UsageError(`${path}: a [[repo]] can't be added at its end, since its "repo" is a list in one piece`, {
      cause: error,
      hint: 'Make [[repo]] tables of that list, or add to it by hand.',
    });
  }
}

/** Somebody may have meant to change an entry. */
function tellOthers({ ofSameRepo }: Addition, tell: Tell): void {
  if (ofSameRepo.length === 0) return;
  tell({
    type: 'warning',
    code: 'repo-wanted-already',
    message: `of the same repo there is ${ofSameRepo.join(' and ')}`,
    hint: 'What they ask for adds up. To change an entry, edit the file.',
  });
}
