import { join, sep } from 'node:path';
import { type RepoLayout, repoFolderName } from '../cache/layout.js';
import type { RepoId } from '../repo/reference.js';

/**
 * Every path of a folder of the user's that holds a repo's files: these in their places and, below `.cache/huggingface`,
 * what Python's tools note of them and, beside that, our own state, which Python's tools don't look at. The `.gitignore`
 * there hides all of it from git.
 */
export interface LocalDirLayout {
  /** The folder, absolute. */
  readonly dir: string;
  /** Where Python keeps its notes. */
  readonly notes: string;
  /** Which files we have put into the folder, of whatever repo: see `FileRecords`. */
  readonly records: string;
  /** Our state of each repo whose files are here, a folder for each. */
  readonly repos: string;
  /** What a verification has found right: see `VerifiedRecord`. */
  readonly verified: string;
}

/** The same, and where the state of one repo is. */
export interface LocalLayout extends LocalDirLayout {
  /** Refs, listings, partials and leases of one repo, as in the cache; it has neither blobs nor snapshots. */
  readonly state: RepoLayout;
}

/** @param dir  absolute */
export function localDirLayout(dir: string): LocalDirLayout {
  const notes = join(dir, '.cache', 'huggingface');
  // Not `hub`: where the folder is the user's home, that is the cache.
  const own = join(notes, 'model-hub');
  return { dir, notes, records: join(own, 'files.jsonl'), repos: own, verified: join(own, 'verified.json') };
}

/** @param dir  absolute */
export function localLayout(dir: string, repo: RepoId): LocalLayout {
  const shared = localDirLayout(dir);
  const { notes, repos } = shared;
  const root = join(repos, repoFolderName(repo));
  return {
    ...shared,
    state: {
      cacheDir: dir,
      root,
      blobs: join(root, 'blobs'),
      refs: join(root, 'refs'),
      snapshots: join(root, 'snapshots'),
      trees: join(notes, 'trees'),
      listings: join(root, 'listings'),
      requests: join(root, 'requests'),
      partials: join(root, 'partial'),
      leases: join(root, 'leases'),
      trash: join(root, 'trash'),
      verified: join(root, 'verified.json'),
    },
  };
}

/** @param path  of the repo, judged */
export function localPath({ dir }: LocalDirLayout, path: string): string {
  return `${dir}${dir.endsWith(sep) ? '' : sep}${path.replaceAll('/', sep)}`;
}

/** What Python notes of a file. */
export function metadataPath({ notes }: LocalLayout, path: string): string {
  return join(notes, 'download', ...`${path}.metadata`.split('/'));
}
