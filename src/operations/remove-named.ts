import { takeInventory } from '../cache/inventory/take-inventory.js';
import { ExitCode, HubError, UsageError } from '../errors.js';
import type { CommitHash } from '../repo/listing.js';
import { nearest } from '../repo/nearest.js';
import { type RepoId, repoPath } from '../repo/reference.js';
import { isPythonAtWork } from '../retention/choice.js';
import type { CachedRepo, Inventory } from '../retention/inventory.js';
import { partsOf } from '../retention/parts.js';
import type { Target } from '../retention/removal.js';
import { inventoryOf } from './cached-repos.js';
import type { OperationContext } from './context.js';
import { InUse, type PlannedRemoval, previewRemoval } from './removal.js';
import { holdersOf } from './remove-targets.js';

/** What a person wants to be rid of. */
export type NamedTarget =
  | { readonly kind: 'repo'; readonly repo: RepoId }
  /** Branch, tag or commit, which may be shortened. */
  | { readonly kind: 'revision'; readonly repo: RepoId; readonly revision: string }
  /** Of all revisions, where none is named. A folder ends with `/`. */
  | { readonly kind: 'file'; readonly repo: RepoId; readonly revision: string | undefined; readonly path: string }
  /** A commit of whatever repo, which may be shortened. */
  | { readonly kind: 'commit'; readonly hash: string }
  /** What has arrived of unfinished downloads. */
  | { readonly kind: 'partial'; readonly repo: RepoId };

/** A revision or a file that is not in this cache. */
class NotInCache extends HubError {
  readonly code = 'not-in-cache';
  readonly exitCode = ExitCode.notFound;
}

/**
 * Plans to remove what was named, and what nothing else needs of it.
 *
 * @throws RepoNotCached, NotInCache, InUse  a process holds one of the repos
 * @throws UsageError  a commit that several repos have
 */
export async function planRemoveNamed(
  named: readonly NamedTarget[],
  context: OperationContext,
): Promise<PlannedRemoval> {
  const { settings, signal } = context;
  const repos = named.flatMap((target) => (target.kind === 'commit' ? [] : [target.repo]));
  const inventory =
    repos.length < named.length
      ? await takeInventory(settings.cacheDir, { signal })
      : await inventoryOf(repos, context);
  if (repos.length > 0 && repos.length < named.length) await inventoryOf(repos, context);
  const targets = new Map<CachedRepo, Target[]>();
  for (const target of named) {
    const repo = repoOf(target, inventory);
    targets.set(repo, [...(targets.get(repo) ?? []), ...targetsOf(target, repo)]);
  }
  await requireFree([...targets.keys()], settings.cacheDir);
  return previewRemoval(inventory, targets, { kept: [] });
}

async function requireFree(repos: readonly CachedRepo[], cacheDir: string): Promise<void> {
  const holders = await holdersOf(repos, cacheDir);
  const held = repos.flatMap(({ folder, repo, ...rest }) => {
    const isPythons = isPythonAtWork({ folder, repo, ...rest }, Date.now());
    const holder = holders.get(folder) ?? (isPythons ? 'a Python program' : undefined);
    return holder === undefined ? [] : [{ name: repoPath(repo), holder }];
  });
  if (held.length > 0) throw new InUse(held);
}

function repoOf(target: NamedTarget, { repos, cacheDir }: Inventory): CachedRepo {
  const having =
    target.kind === 'commit'
      ? repos.filter((repo) => commitsOf(repo).some((commit) => commit.startsWith(target.hash)))
      : repos.filter(({ repo }) => repoPath(repo) === repoPath(target.repo));
  const [first, second] = having;
  if (first === undefined) {
    const what = target.kind === 'commit' ? target.hash : repoPath(target.repo);
    throw new NotInCache(`not in the cache ${cacheDir}: ${what}`, {
      hint: '"hub cache ls --revisions" tells what is.',
    });
  }
  if (second !== undefined && target.kind === 'commit') {
    const names = having.map(({ repo }) => repoPath(repo));
    throw new UsageError(`${target.hash} is a commit of ${names.join(' and ')}`, {
      hint: `Name the repo too: ${names[0] ?? ''}@${target.hash}`,
    });
  }
  return first;
}

function targetsOf(target: NamedTarget, repo: CachedRepo): Target[] {
  switch (target.kind) {
    case 'repo':
      return [{ kind: 'repo' }];
    case 'commit':
      return wholeCommit(commitNamed(target.hash, repo));
    case 'revision':
      return wholeCommit(commitNamed(target.revision, repo));
    case 'file':
      return files(target, repo);
    case 'partial':
      return partsOf(repo).flatMap((part): Target[] => {
        if (part.kind === 'unfinished') return [{ kind: 'unfinished', commit: part.commit }];
        return part.kind === 'partial' ? [{ kind: 'partial', path: part.partial.path }] : [];
      });
  }
}

function wholeCommit(commit: CommitHash): Target[] {
  return [
    { kind: 'revision', commit },
    { kind: 'unfinished', commit },
  ];
}

/** @throws NotInCache, UsageError */
function commitNamed(revision: string, repo: CachedRepo): CommitHash {
  const byRef = repo.refs.find(({ name }) => name === revision)?.commit;
  const here = commitsOf(repo);
  const isHash = /^[0-9a-f]{7,40}$/i.test(revision);
  const byHash = isHash ? here.filter((commit) => commit.startsWith(revision.toLowerCase())) : [];
  const commits = byRef !== undefined && here.includes(byRef) ? [byRef] : byHash;
  const [commit, another] = commits;
  if (another !== undefined) {
    throw new UsageError(`${revision} is the beginning of several commits of ${repoPath(repo.repo)}`, {
      hint: `Say more of it: ${commits.map((it) => it.slice(0, 12)).join(', ')}`,
    });
  }
  if (commit !== undefined) return commit;
  const [meant] = nearest(
    revision,
    repo.refs.map(({ name }) => name),
    1,
  );
  throw new NotInCache(`${repoPath(repo.repo)}@${revision} is not in the cache`, {
    hint:
      meant === undefined
        ? `"hub cache ls ${repoPath(repo.repo)} --revisions" tells what is.`
        : `Did you mean ${repoPath(repo.repo)}@${meant}?`,
  });
}

/** Also those that a killed removal has not finished. */
function commitsOf({ revisions, requests, discarded }: CachedRepo): CommitHash[] {
  const found = [...revisions, ...requests, ...discarded].flatMap(({ commit }) => commit ?? []);
  return [...new Set(found)];
}

/** @throws NotInCache */
function files({ revision, path }: NamedTarget & { kind: 'file' }, repo: CachedRepo): Target[] {
  const only = revision === undefined ? undefined : commitNamed(revision, repo);
  const revisions = repo.revisions.filter(({ commit }) => only === undefined || commit === only);
  const isMeant = (it: string) => it === path || (path.endsWith('/') && it.startsWith(path));
  const having = revisions.filter(({ entries }) => entries.some((entry) => isMeant(entry.path)));
  const isDiscarded = repo.discarded.some(({ entries }) =>
    entries.some((entry) => isMeant(entry.path.split('/').slice(1).join('/'))),
  );
  if (having.length === 0 && !isDiscarded) {
    const paths = [...new Set(revisions.flatMap(({ entries }) => entries.map((entry) => entry.path)))];
    const isFolder = paths.some((it) => it.startsWith(`${path}/`));
    const meant = isFolder ? [`${path}/`] : nearest(path, paths, 1);
    throw new NotInCache(`${repoPath(repo.repo)}: no cached revision has ${path}`, {
      hint: meant.length === 0 ? 'A folder ends with a slash.' : `Did you mean ${meant.join(', ')}?`,
    });
  }
  return having.map(({ commit }): Target => ({ kind: 'file', commit, path }));
}

/** A commit's hash, which may be shortened, in small letters; undefined for what is none. */
export function asHash(text: string): string | undefined {
  const hash = text.toLowerCase();
  return /^[0-9a-f]{7,40}$/.test(hash) ? hash : undefined;
}
