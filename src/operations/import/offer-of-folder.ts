import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { takeRefs } from '../../cache/inventory/refs.js';
import { parseRepoFolder } from '../../cache/inventory/take-inventory.js';
import { repoLayout } from '../../cache/layout.js';
import { readListing } from '../../cache/records.js';
import { UsageError } from '../../errors.js';
import { FolderFiles } from '../../foreign/folder-files.js';
import { type LocalNote, notesFolder, readLocalNotes } from '../../foreign/local-dir-notes.js';
import { localLayout } from '../../local-dir/layout.js';
import { type CommitHash, type Listing, asCommitHash } from '../../repo/listing.js';
import { type RepoId, repoPath } from '../../repo/reference.js';
import type { OperationContext } from '../context.js';
import { HubConnection } from '../hub-connection.js';
import { type Lookup, NotCached, lookUp } from '../lookup.js';
import type { Offer, OfferedFile } from './offer.js';

export interface NamedRevision {
  readonly repo: RepoId | undefined;
  readonly revision: string | undefined;
}

/**
 * What a folder has that `--local-dir` filled: the notes beside its files tell the commit, and their digests where no
 * listing can be had.
 *
 * @throws UsageError  the repo is not named, and nothing there tells it
 */
export async function offerOfLocalDir(
  folder: string,
  { repo: named, revision }: NamedRevision,
  context: OperationContext,
): Promise<Offer> {
  const repo = named ?? repoNotedIn(folder);
  if (repo === undefined) throw unnamed(folder);
  if (revision !== undefined) return offerOfFolder(folder, { repo, revision }, context);
  const notes = readLocalNotes(folder);
  const [newest] = notes.toSorted((a, b) => b.time - a.time);
  if (newest === undefined) return offerOfFolder(folder, { repo, revision }, context);
  const { commit } = newest;
  const listing = (await keptListing(folder, { repo, commit }, context)) ?? (await look(repo, commit, context)).listing;
  const files = new FolderFiles(folder);
  const refs = refsNoted(folder, { repo, commit });
  return offer(files, { repo, commit, refs, listing, files: listing?.files ?? notedFiles(notes, files) });
}

/**
 * What a plain folder has of a revision, whose listing is the cache's, or the hub's.
 *
 * @throws UsageError  the repo is not named
 * @throws HubError  see `lookUp`
 */
export async function offerOfFolder(
  folder: string,
  { repo, revision = 'main' }: NamedRevision,
  context: OperationContext,
): Promise<Offer> {
  if (repo === undefined) throw unnamed(folder);
  const { commit, listing, hubFailure } = await look(repo, revision, context);
  if (listing === undefined) {
    if (hubFailure !== undefined) throw hubFailure;
    throw new NotCached(`${repoPath(repo)}@${revision}: nobody has kept what it holds, and the hub is not to be asked`);
  }
  const refs = asCommitHash(revision) === undefined && !commit.startsWith(revision) ? [revision] : [];
  return offer(new FolderFiles(folder), { repo, commit, refs, listing, files: listing.files });
}

function offer(
  files: FolderFiles,
  known: Pick<Offer, 'repo' | 'commit' | 'refs' | 'listing'> & { files: readonly OfferedFile[] },
): Offer {
  return {
    ...known,
    placesOf: (file) => files.find(file).map((found) => ({ kind: 'file', ...found })),
    whyMissing: ({ path, size }) => {
      const there = files.sizeOf(path);
      return there === undefined || there === size
        ? undefined
        : `${String(there)} bytes stand there instead of ${String(size)}`;
    },
  };
}

/** The hub is asked for names and digests alone, and only for what the cache does not know. */
async function look(repo: RepoId, revision: string, context: OperationContext): Promise<Lookup> {
  const connection = new HubConnection(context);
  try {
    const layout = repoLayout(context.settings.cacheDir, repo);
    return await lookUp({ repo, revision, layout, client: () => connection.client() }, context);
  } finally {
    await connection.close();
  }
}

/** The listing that the cache has, or the folder itself: ours, or Python's. */
async function keptListing(
  folder: string,
  { repo, commit }: { repo: RepoId; commit: CommitHash },
  { settings }: OperationContext,
): Promise<Listing | undefined> {
  const kept = await readListing(repoLayout(settings.cacheDir, repo), commit);
  return kept ?? readListing(localLayout(folder, repo).state, commit);
}

/** The branches and tags by which we were asked for the commit there. */
function refsNoted(folder: string, { repo, commit }: { repo: RepoId; commit: CommitHash }): string[] {
  const refs = takeRefs(localLayout(folder, repo).state, []);
  return refs.filter((ref) => ref.commit === commit).map(({ name }) => name);
}

/** Our own notes in a local folder, below those of Python's tools: a folder for each repo. */
const ownNotes = 'model-hub';

function repoNotedIn(folder: string): RepoId | undefined {
  const [only, ...others] = foldersIn(join(folder, notesFolder, ownNotes)).flatMap(
    (name) => parseRepoFolder(name) ?? [],
  );
  return others.length === 0 ? only : undefined;
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function notedFiles(notes: readonly LocalNote[], files: FolderFiles): OfferedFile[] {
  return notes.flatMap(({ path, digest }) => {
    const size = files.sizeOf(path);
    return size === undefined ? [] : [{ path, size, digest }];
  });
}

function unnamed(folder: string): UsageError {
  return new UsageError(`${folder}: nothing there tells which repo it is of`, {
    hint: `Say it: hub cache import ${folder} --repo org/name (and --revision, where it is not main)`,
  });
}
