import { createHash } from 'node:crypto';
import { DiskError, isReadable, onDisk } from '../../cache/disk-errors.js';
import { CacheFiles } from '../../cache/files.js';
import { blobPath, entryPath } from '../../cache/layout.js';
import { readContent } from '../../local-dir/content.js';
import { formatDigest } from '../../repo/digest.js';
import type { ListedFile } from '../../repo/listing.js';
import type { OperationContext } from '../context.js';
import { damagedBlob } from '../damaged-blob.js';
import { worstOf } from '../download-outcome.js';
import type { HubConnection } from '../hub-connection.js';
import { inParallel } from '../in-parallel.js';
import { type Wanted, planSelection, requireHubFor, requireSpace } from '../prepare.js';

const readsAtATime = 16;
const fetchesAtATime = 8;

/** What is known of contents that a hub lists by git's digest alone. */
export interface ContentDigests {
  /** By the hex of git's digest: that of the sha-256 of the same bytes. */
  readonly sha256: ReadonlyMap<string, string>;
  readonly bytesFetched: number;
}

interface DigestOptions {
  readonly connection: HubConnection;
  readonly context: OperationContext;
}

/** Reads contents that the cache has. Of what it lacks, or has with other bytes, nothing is said. Writes nothing. */
export async function digestsOnDisk(
  { layout, commit }: Wanted,
  contents: readonly ListedFile[],
  { settings, tell, signal }: OperationContext,
): Promise<{ sha256: Map<string, string>; damaged: ListedFile[] }> {
  const sha256 = new Map<string, string>();
  const damaged: ListedFile[] = [];
  await inParallel(contents, readsAtATime, async (file) => {
    const places = [blobPath(layout, file.digest), entryPath(layout, commit, file.path)];
    // What is not there, or kept from us, is as good as absent: to fetch it tells what is the matter.
    const place = places.find(isReadable);
    if (place === undefined) return;
    const { digests } = await onDisk(place, () => readContent(place, ['git-sha1', 'sha256'], signal));
    const [git, sha] = digests;
    if (git?.hex === file.digest.hex && sha !== undefined) {
      sha256.set(file.digest.hex, sha.hex);
      return;
    }
    damaged.push(file);
    const message = `${place} is damaged: it is not ${formatDigest(file.digest)}`;
    tell(damagedBlob(place, { cacheDir: settings.cacheDir, message }));
  });
  return { sha256, damaged };
}

/**
 * Reads contents from the cache, where they are brought first: checked, and there for whoever wants the files afterwards.
 * Where the cache can't be written they are fetched into memory.
 *
 * @param wanted  of which they are
 * @throws HubError  why some could not be had
 */
export async function digestsOf(
  wanted: Wanted,
  contents: readonly ListedFile[],
  options: DigestOptions,
): Promise<ContentDigests> {
  const { context } = options;
  const here = await digestsOnDisk(wanted, contents, context);
  const lacking = contents.filter((file) => !here.sha256.has(file.digest.hex) && !here.damaged.includes(file));
  const forced = { ...options, context: { ...context, settings: { ...context.settings, force: true } } };
  const fetched = (await bringLacking(wanted, lacking, options)) + (await bringLacking(wanted, here.damaged, forced));
  const brought = await digestsOnDisk(wanted, [...lacking, ...here.damaged], context);
  const sha256 = new Map([...here.sha256, ...brought.sha256]);
  const unstored = contents.filter(({ digest }) => !sha256.has(digest.hex));
  await inParallel(unstored, fetchesAtATime, async (file) => {
    sha256.set(file.digest.hex, await digestFromHub(file, wanted, options));
  });
  return { sha256, bytesFetched: unstored.reduce((sum, { size }) => sum + size, fetched) };
}

/** @returns bytes that came; 0 where the cache can't be written */
async function bringLacking(
  wanted: Wanted,
  contents: readonly ListedFile[],
  { connection, context }: DigestOptions,
): Promise<number> {
  if (contents.length === 0) return 0;
  const { layout, commit, known } = wanted;
  const { force, cacheDir } = context.settings;
  const plan = await planSelection(contents, { layout, commit, force, known });
  const toFetch = plan.files.flatMap(({ file, state }) => (state === 'fetch' || state === 'resume' ? file : []));
  requireHubFor(toFetch, wanted, context.settings);
  try {
    await requireSpace(plan, cacheDir);
    const { bringContents } = await import('../bring-missing.js');
    const files = new CacheFiles(cacheDir);
    const { outcomes } = await onDisk(layout.root, () =>
      bringContents(wanted, { files, contents, connection, context }),
    );
    const [first, ...others] = [...outcomes.values()].flatMap(({ error }) => error ?? []);
    if (first !== undefined) throw worstOf([first, ...others]);
    return [...outcomes.values()].reduce((sum, { bytesFetched }) => sum + bytesFetched, 0);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    return 0;
  }
}

function isUnwritable(error: unknown): boolean {
  return error instanceof DiskError && (error.code === 'read-only' || error.code === 'no-permission');
}

async function digestFromHub(
  file: ListedFile,
  { request, commit, hubFailure }: Wanted,
  { connection, context }: DigestOptions,
): Promise<string> {
  requireHubFor([file], { request, hubFailure }, context.settings);
  const { fetchIntoMemory } = await import('../fetch-into-memory.js');
  const client = await connection.client();
  const { bytes } = await fetchIntoMemory(file, { repo: request.repo, commit, client, context });
  return createHash('sha256').update(bytes).digest('hex');
}
