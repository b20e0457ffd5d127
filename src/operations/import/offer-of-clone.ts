import { join } from 'node:path';
import { UsageError } from '../../errors.js';
import { FolderFiles, fileSize } from '../../foreign/folder-files.js';
import { type GitClone, gitObject, readClone } from '../../foreign/git-clone.js';
import { GitProgram } from '../../foreign/git-program.js';
import { type RepoId, parseRepoReference } from '../../repo/reference.js';
import type { OperationContext } from '../context.js';
import type { Offer, OfferedFile, Place, UnprovedPrefix } from './offer.js';

/**
 * What a git clone has of the commit that is checked out: from its working tree, from LFS's store, or from git's own.
 *
 * @throws UsageError  no git, no commit, or an origin that is no hub's
 */
export async function offerOfClone(
  folder: string,
  named: RepoId | undefined,
  { settings, tell, signal }: OperationContext,
): Promise<Offer> {
  const git = new GitProgram(folder, signal);
  const clone = await readClone(folder, git);
  const repo = named ?? repoAt(clone.origin, { folder, endpoints: settings.endpoints.map(({ url }) => url) });
  const { listing, branch } = clone;
  if (!clone.isPublished) {
    const message = `${folder}: ${listing.commit.slice(0, 10)} is checked out, of which only this clone is known to have it; no ref is set to it`;
    tell({ type: 'warning', code: 'unpublished-commit', message });
  }
  const files = new FolderFiles(folder);
  return {
    repo,
    commit: listing.commit,
    refs: branch === undefined ? [] : [branch],
    listing,
    files: listing.files,
    placesOf: (file) => placesOf(file, { clone, files, git }),
    whyMissing: (file) => whyMissing(file, files),
    prefixOf: ({ digest }) => unfinished(clone.lfsFolder, digest.hex),
  };
}

function placesOf(
  file: OfferedFile,
  { clone, files, git }: { clone: GitClone; files: FolderFiles; git: GitProgram },
): Place[] {
  const { algorithm, hex } = file.digest;
  // What is in the working tree may have been edited, which is no damage.
  const checkedOut = files.find(file).map(({ path }): Place => ({ kind: 'file', path, isNamed: false }));
  if (algorithm === 'git-sha1') {
    return [...checkedOut, { kind: 'stream', what: `git's object ${hex}`, open: () => gitObject(hex, git) }];
  }
  const object = join(clone.lfsFolder, 'objects', hex.slice(0, 2), hex.slice(2, 4), hex);
  return fileSize(object) === undefined ? checkedOut : [...checkedOut, { kind: 'file', path: object, isNamed: true }];
}

/** git-lfs writes a download that it may resume to `<oid>.part`, older versions to `<oid>.tmp`. */
function unfinished(lfsFolder: string, hex: string): UnprovedPrefix | undefined {
  for (const suffix of ['part', 'tmp']) {
    const path = join(lfsFolder, 'incomplete', `${hex}.${suffix}`);
    const bytes = fileSize(path);
    if (bytes !== undefined) return { path, bytes };
  }
  return undefined;
}

function whyMissing({ path, size }: OfferedFile, files: FolderFiles): string | undefined {
  const there = files.sizeOf(path);
  return there === undefined || there === size
    ? undefined
    : `${String(there)} bytes stand there instead of ${String(size)}`;
}

/** `https://user:secret@host/…`, `git@host:…` and `ssh://git@host/…`; what may be a secret is never told. */
function repoAt(origin: string | undefined, { folder, endpoints }: { folder: string; endpoints: string[] }): RepoId {
  const hint = 'Say which repo it is: --repo org/name.';
  if (origin === undefined) throw new UsageError(`${folder}: the clone has no origin`, { hint });
  const address = withoutSecrets(origin);
  try {
    return parseRepoReference(address, { endpoints }).repo;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${folder}: its origin is no repo of a hub: ${error.message}`, { hint, cause: error });
  }
}

function withoutSecrets(origin: string): string {
  const [, host, path] = /^(?:ssh:\/\/)?(?:[^@/]+@)([^:/]+)(?::\d+)?[:/](.*)$/.exec(origin) ?? [];
  if (host !== undefined && path !== undefined) return `https://${host}/${path}`;
  if (!URL.canParse(origin)) return origin;
  const url = new URL(origin);
  url.username = '';
  url.password = '';
  return url.href;
}
