import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CacheFiles } from '../../cache/files.js';
import { reasonOf } from '../../cache/disk-errors.js';
import { type LocalNote, notesFolder, readLocalNotes } from '../../foreign/local-dir-notes.js';
import { FileRecords, type NotedFile } from '../../local-dir/file-records.js';
import type { LocalDirLayout } from '../../local-dir/layout.js';
import { type OnRecord, lastDigest } from '../../local-dir/recorded.js';
import type { Digest } from '../../repo/digest.js';
import type { CommitHash } from '../../repo/listing.js';
import { faultOfName } from '../../repo/names.js';
import type { Problem } from '../../retention/verification.js';

/** A file that was put into a local folder, and what it was then. */
export interface RecordedFile extends OnRecord {
  readonly path: string;
  /** What the file of that commit is. */
  readonly commit: CommitHash;
  readonly digest: Digest;
  /** Bytes, where they are on record. */
  readonly size: number | undefined;
}

/** What we, and Python's tools, have put into a local folder. Names that lead out of it are nobody's. */
export function recordedFiles(layout: LocalDirLayout): RecordedFile[] {
  const records = new FileRecords(layout.records, CacheFiles.withUmask(layout.dir)).all();
  const notes = new Map(readLocalNotes(layout.dir).map((note) => [note.path, note]));
  const paths = new Set([...records.keys(), ...notes.keys()]);
  return [...paths].flatMap((path) => {
    const file = recordedFile(path, records.get(path), notes.get(path));
    return file === undefined || faultOfName(path) !== undefined ? [] : file;
  });
}

function recordedFile(
  path: string,
  own: NotedFile | undefined,
  python: LocalNote | undefined,
): RecordedFile | undefined {
  const note = python === undefined ? undefined : { digest: python.digest, atMs: python.time * 1000 };
  const commit = (python ?? own)?.commit;
  const digest = lastDigest({ record: own, note });
  if (commit === undefined || digest === undefined) return undefined;
  const size = own?.digest.hex === digest.hex ? own.size : undefined;
  return { path, commit, digest, size, record: own, note };
}

/** The files of a folder that are on nobody's record. Links to folders are not followed. */
export function foreignFiles({ dir }: LocalDirLayout, recorded: ReadonlySet<string>): Problem[] {
  const found: Problem[] = [];
  const told = { state: 'foreign', revisions: [], digest: undefined, size: undefined } as const;
  const look = (prefix: string): void => {
    const folder = join(dir, prefix);
    try {
      for (const item of readdirSync(folder, { withFileTypes: true })) {
        const path = `${prefix}${item.name}`;
        const location = join(dir, path);
        if (location === join(dir, notesFolder) || recorded.has(path)) continue;
        if (item.isDirectory()) look(`${path}/`);
        else found.push({ ...told, path, location, reason: 'on no record' });
      }
    } catch (error) {
      found.push({
        ...told,
        path: prefix,
        location: folder,
        reason: `can't be looked into: ${reasonOf(error, folder)}`,
      });
    }
  };
  look('');
  return found;
}
