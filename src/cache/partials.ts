import { utimesSync } from 'node:fs';
import { readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, formatDigest } from '../repo/digest.js';
import { totalBytes } from '../transfer/segments.js';
import { isSystemError } from './disk-errors.js';
import { decodeJournal } from './journal.js';
import { type RepoLayout, parsePartialName, partialPath } from './layout.js';

/** What some process, alive or not, has of a file: a folder, or a single file that was about to be published. */
export interface FoundPartial {
  readonly hex: string;
  readonly writer: string;
  readonly path: string;
}

/** All partials of a repo that are ours to understand by their names. */
export async function listPartials(layout: RepoLayout): Promise<FoundPartial[]> {
  const names = await readdir(layout.partials).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  });
  return names.flatMap((name) => {
    const parsed = parsePartialName(name);
    return parsed === undefined ? [] : [{ ...parsed, path: join(layout.partials, name) }];
  });
}

/**
 * How many bytes of a file a partial records, judged by its journal alone. Undefined for one of another version, of
 * another file, or that another user keeps to himself; 0 for one that is broken.
 */
export async function recordedBytesOf(
  { path }: FoundPartial,
  { digest, size }: { digest: Digest; size: number },
): Promise<number | undefined> {
  try {
    const journal = decodeJournal(await readFile(join(path, 'journal')));
    if (journal.kind !== 'known') return journal.kind === 'broken' ? 0 : undefined;
    const isOfFile = journal.header.size === size && journal.header.digests.includes(formatDigest(digest));
    return isOfFile ? totalBytes(journal.haves) : undefined;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return 0;
    if (isSystemError(error, 'EACCES', 'EPERM')) return undefined;
    throw error;
  }
}

/**
 * The partials of a digest on which nobody alive works.
 *
 * @param writer  the id of this process
 * @param living  asks for the ids of those who are at work, where there is anything to judge
 */
export async function abandonedPartials(
  layout: RepoLayout,
  digest: Digest,
  { writer, living }: { writer: string; living: () => Promise<ReadonlySet<string>> },
): Promise<FoundPartial[]> {
  const others = (await listPartials(layout)).filter((found) => found.hex === digest.hex && found.writer !== writer);
  if (others.length === 0) return [];
  const alive = await living();
  return others.filter((found) => !alive.has(found.writer));
}

/**
 * Takes the fullest of some abandoned partials by renaming its folder to the writer's own name: of two processes that
 * try, one wins. The others stay until the file is published.
 */
export async function takeOver(
  layout: RepoLayout,
  file: { digest: Digest; size: number },
  { writer, abandoned }: { writer: string; abandoned: readonly FoundPartial[] },
): Promise<void> {
  const candidates: { path: string; bytes: number }[] = [];
  for (const found of abandoned) {
    const bytes = await recordedBytesOf(found, file);
    if (bytes !== undefined && bytes > 0) candidates.push({ path: found.path, bytes });
  }
  candidates.sort((a, b) => b.bytes - a.bytes);
  for (const { path } of candidates) {
    if (await renameOnce(path, partialPath(layout, file.digest, writer))) return;
  }
}

/**
 * A number that changes while a process is at work on any of its partials: of the sizes of the journals, of those to come
 * and of small files, and of the times of the folders (`showWork`). Of all, since a process gives its connections to one
 * large file after the other. 0 where it has none.
 */
export async function signOfWork(layout: RepoLayout, writer: string): Promise<number> {
  const own = (await listPartials(layout)).filter((found) => found.writer === writer);
  const paths = own.flatMap(({ path }) => [path, join(path, 'journal'), join(path, 'journal.new')]);
  const signs = paths.map((path) =>
    stat(path).then(
      (stats) => (stats.isFile() ? stats.size : stats.mtimeMs),
      () => 0,
    ),
  );
  return (await Promise.all(signs)).reduce((sum, sign) => sum + sign, 0);
}

/**
 * Tells who waits for a file that its bytes come, also where they are such as it has already: a server that ignores ranges
 * may send these for minutes before the first new one.
 */
export function showWork(layout: RepoLayout, digest: Digest, writer: string): void {
  const now = new Date();
  try {
    utimesSync(partialPath(layout, digest, writer), now, now);
  } catch {
    // Nothing has been written yet, or it comes in one piece: then its size tells.
  }
}

/** NFS may repeat a request whose answer was lost: then the second try finds nothing, and the new name is there. */
async function renameOnce(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOTEMPTY', 'EEXIST')) return true;
    if (isSystemError(error, 'EACCES', 'EPERM')) return false;
    if (!isSystemError(error, 'ENOENT')) throw error;
    return stat(to).then(
      () => true,
      () => false,
    );
  }
}
