import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { KnownBlobs } from '../cache/known-blobs.js';
import { type RepoLayout, blobPath, entryPath } from '../cache/layout.js';
import type { HubError } from '../errors.js';
import type { CommitHash, ListedFile } from '../repo/listing.js';
import { type RepoId, repoPath } from '../repo/reference.js';
import type { OperationContext } from './context.js';
import type { HubConnection } from './hub-connection.js';
import { NotCached } from './lookup.js';

export interface ReadSmallFileOptions {
  readonly repo: RepoId;
  readonly commit: CommitHash;
  readonly layout: RepoLayout;
  /** Where else the file may stand: in a folder of the user's. */
  readonly elsewhere?: readonly string[];
  /** Why the hub can't be asked, if that is known. */
  readonly hubFailure?: HubError | undefined;
  readonly connection: HubConnection;
  readonly context: OperationContext;
}

/**
 * The bytes of a file that fits in memory: from this disk where they are right, else from the hub, checked. Writes nothing.
 * What came from the hub is not asked for again by the same connection.
 *
 * @throws HubError  the hub's failure, wrong bytes again and again, NotCached
 */
export async function readSmallFile(file: ListedFile, options: ReadSmallFileOptions): Promise<Uint8Array> {
  const { repo, commit, hubFailure, connection, context } = options;
  const found = context.settings.force ? undefined : await findOnDisk(file, options);
  if (found !== undefined) return found;
  if (hubFailure !== undefined) throw hubFailure;
  if (context.settings.offline) throw new NotCached(`${repoPath(repo)}: not in the cache: ${file.path}`);
  const { fetchIntoMemory } = await import('./fetch-into-memory.js');
  const fetched = await fetchIntoMemory(file, { repo, commit, client: await connection.client(), context });
  connection.keep(commit, file.path, fetched);
  return fetched.bytes;
}

async function findOnDisk(
  file: ListedFile,
  { layout, commit, elsewhere = [], context: { settings, tell } }: ReadSmallFileOptions,
): Promise<Uint8Array | undefined> {
  const own = [blobPath(layout, file.digest), entryPath(layout, commit, file.path), ...elsewhere];
  for (const path of own) {
    const bytes = await readIfRight(path, file);
    if (bytes !== undefined) return bytes;
  }
  const known = new KnownBlobs({ layout, readCaches: settings.readCaches, tell });
  await known.look([file]);
  for (const { path } of known.of(file)) {
    const bytes = await readIfRight(path, file);
    if (bytes !== undefined) return bytes;
  }
  return undefined;
}

/** What can't be read or is wrong is as good as absent here: the download proper tells what is the matter. */
async function readIfRight(path: string, { size, digest }: ListedFile): Promise<Uint8Array | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes?.byteLength !== size) return undefined;
  const hash =
    digest.algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${String(size)}\0`);
  return hash.update(bytes).digest('hex') === digest.hex ? bytes : undefined;
}
