import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseRepoFolder } from '../../cache/inventory/take-inventory.js';
import { onDisk } from '../../cache/disk-errors.js';
import { UsageError, abortReason } from '../../errors.js';
import { readLocalNotes } from '../../foreign/local-dir-notes.js';
import { type RepoId, repoPath } from '../../repo/reference.js';
import type { OperationContext } from '../context.js';
import { importBundle } from './import-bundle.js';
import { ImportDamaged, type ImportKind, type ImportResult, resultOf } from './import-result.js';
import { offerOfClone } from './offer-of-clone.js';
import { offerOfFolder, offerOfLocalDir } from './offer-of-folder.js';
import type { Offer } from './offer.js';
import { offersOfCache } from './offers-of-cache.js';
import { type TakenIn, takeIn } from './take-in.js';

export interface ImportRequest {
  /** An absolute path, or a bundle that comes as a stream. */
  readonly from: string | { readonly name: string; readonly stream: AsyncIterable<Uint8Array> };
  /** Which repo a folder is of, where it does not tell itself. */
  readonly repo?: RepoId;
  readonly revision?: string;
  /** Reads and judges, and writes nothing. */
  readonly dryRun: boolean;
}

/**
 * Brings what is on this machine already into the cache: a bundle, another cache or a repo's folder of one, a git clone, a
 * local folder, any folder. By digest, and without fetching a file.
 *
 * @throws ImportDamaged  some of it is damaged, and all else was taken
 * @throws HubError
 */
export async function importPath(request: ImportRequest, context: OperationContext): Promise<ImportResult> {
  const from = typeof request.from === 'string' ? request.from : request.from.name;
  const kind = typeof request.from === 'string' ? recognise(request.from) : 'bundle';
  if (kind === 'bundle' || kind === 'cache') refuseNames(request, kind);
  try {
    const taken =
      kind === 'bundle' ? await takeBundle(request, context) : await takeFolder(from, kind, { request, context });
    const result = resultOf({ from, kind }, taken.commits, taken.bytesImported);
    tellMissing(result, context);
    if (result.totals.corrupt > 0) throw new ImportDamaged(result);
    return result;
  } catch (error) {
    throw context.signal.aborted ? abortReason(context.signal) : error;
  }
}

/** @throws UsageError  nothing is there */
function recognise(path: string): ImportKind {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new UsageError(`${path}: nothing is there`);
  if (!stats.isDirectory()) return 'bundle';
  if (cacheAt(path) !== undefined) return 'cache';
  if (statSync(join(path, '.git'), { throwIfNoEntry: false }) !== undefined) return 'git-clone';
  return readLocalNotes(path).length > 0 ? 'local-dir' : 'folder';
}

/** A cache, the folder above it (`HF_HOME`), or one repo's folder in it. */
function cacheAt(path: string): { cacheDir: string; repo: RepoId | undefined } | undefined {
  const repo = parseRepoFolder(basename(path));
  if (repo !== undefined && namesIn(path).includes('snapshots')) return { cacheDir: dirname(path), repo };
  const holdsRepos = (folder: string) => namesIn(folder).some((name) => parseRepoFolder(name) !== undefined);
  const cacheDir = [path, join(path, 'hub')].find(holdsRepos);
  return cacheDir === undefined ? undefined : { cacheDir, repo: undefined };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function refuseNames({ repo, revision }: ImportRequest, kind: ImportKind): void {
  if (repo === undefined && revision === undefined) return;
  throw new UsageError(`a ${kind} says itself which repos and revisions it has`, {
    hint: 'Leave out --repo, --type and --revision.',
  });
}

function takeBundle({ from, dryRun }: ImportRequest, context: OperationContext): Promise<TakenIn> {
  if (typeof from !== 'string') return importBundle(from.stream, { name: from.name, dryRun, context });
  const source = createReadStream(from, { highWaterMark: 1024 * 1024 });
  return onDisk(from, () => importBundle(source, { name: from, dryRun, context })).finally(() => source.destroy());
}

async function takeFolder(
  path: string,
  kind: Exclude<ImportKind, 'bundle'>,
  { request, context }: { request: ImportRequest; context: OperationContext },
): Promise<TakenIn> {
  return takeIn(await offersOf(path, kind, { request, context }), { dryRun: request.dryRun, context });
}

async function offersOf(
  path: string,
  kind: Exclude<ImportKind, 'bundle'>,
  { request: { repo, revision }, context }: { request: ImportRequest; context: OperationContext },
): Promise<Offer[]> {
  switch (kind) {
    case 'cache': {
      const found = cacheAt(path);
      return offersOfCache(found?.cacheDir ?? path, found?.repo, context);
    }
    case 'git-clone':
      if (revision !== undefined) {
        throw new UsageError(`${path}: of a git clone that revision is taken which is checked out`, {
          hint: `Check it out: git -C ${path} checkout ${revision}`,
        });
      }
      return [await offerOfClone(path, repo, context)];
    case 'local-dir':
      return [await offerOfLocalDir(path, { repo, revision }, context)];
    case 'folder':
      return [await offerOfFolder(path, { repo, revision }, context)];
  }
}

/** No fault: a clone without its LFS files, a folder with some of a repo's. */
function tellMissing({ repos }: ImportResult, { tell }: OperationContext): void {
  for (const { repo, type, commit, refs, files } of repos) {
    const missing = files.filter(({ state }) => state === 'missing');
    const [first] = missing;
    if (first === undefined) continue;
    const name = repoPath({ type, name: repo });
    const which = missing.length === 1 ? first.path : `${first.path} and ${String(missing.length - 1)} more`;
    tell({
      type: 'warning',
      code: 'import-missing',
      message: `${name}: not there: ${which}`,
      hint: `To fetch the rest: hub download ${name}@${refs[0] ?? commit}`,
    });
  }
}
