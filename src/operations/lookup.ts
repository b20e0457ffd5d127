import { DiskError, unreadableFile } from '../cache/disk-errors.js';
import { readListing, unreadableListing } from '../cache/records.js';
import { cachedCommitFor, readRef } from '../cache/refs.js';
import type { RepoLayout } from '../cache/layout.js';
import { ExitCode, HubError } from '../errors.js';
import type { Tell } from '../events.js';
import type { HubClient } from '../hub/client.js';
import { type CommitHash, type Listing, asCommitHash } from '../repo/listing.js';
import { judgeListing } from '../repo/names.js';
import { type RepoId, repoPath } from '../repo/reference.js';
import type { OperationContext } from './context.js';
import { suggestingSimilar } from './suggesting-similar.js';

/** What a revision of a repo is, as far as anyone knows. */
export interface Lookup {
  readonly commit: CommitHash;
  /** Complete and judged. Undefined: offline, and nobody has kept one. */
  readonly listing: Listing | undefined;
  /** Set where the cache answered because the hub could not: what the hub's failure was. */
  readonly hubFailure: HubError | undefined;
}

/** Offline, and the cache does not have what is asked for. */
export class NotCached extends HubError {
  readonly code = 'not-cached';
  readonly exitCode = ExitCode.offline;

  constructor(
    message: string,
    {
      hint = 'Run it once without --offline (HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE), with a network.',
      similar = [],
    }: NotCachedOptions = {},
  ) {
    super(message, { hint: similar.length === 0 ? hint : `${hint} Did you mean: ${similar.join(', ')}?` });
  }
}

interface NotCachedOptions {
  readonly hint?: string;
  /** Repos of the cache that may have been meant. */
  readonly similar?: readonly string[];
}

/** What no cache may answer is asked for, and no request is to be made. */
export class NeedsHub extends HubError {
  readonly code = 'needs-hub';
  readonly exitCode = ExitCode.offline;

  constructor(what: string) {
    super(`${what} is for the hub to tell, and offline it is not asked`, {
      hint: 'Leave out --offline (HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE).',
    });
  }
}

interface LookupOptions {
  readonly repo: RepoId;
  readonly revision: string;
  readonly layout: RepoLayout;
  /** What a local folder knows of refs and listings comes before what the cache does. */
  readonly localState?: RepoLayout | undefined;
  /** Makes the client at the first call: a run that needs no request never loads it. */
  readonly client: () => Promise<HubClient>;
}

/**
 * revision -> commit -> listing. A commit that is named in full and whose listing is kept costs no request, a branch one.
 *
 * @throws HubError  not found, no access, no network and nothing cached, a listing that can't be trusted
 */
export async function lookUp(options: LookupOptions, context: OperationContext): Promise<Lookup> {
  const found = await (context.settings.offline
    ? lookUpOffline(options, context)
    : suggestingSimilar(options.repo, context, () => lookUpOnline(options, context)));
  if (found.listing !== undefined) judgeListing(found.listing.files);
  else tellUnreadable(options.layout, found.commit, context.tell);
  return found;
}

/**
 * The same as the hub has it now: for what no cache may answer.
 *
 * @throws NeedsHub  offline; HubError: not found, no access, no network, a listing that can't be trusted
 */
export async function lookUpAtHub(
  { repo, revision, client }: Pick<LookupOptions, 'repo' | 'revision' | 'client'>,
  context: OperationContext,
): Promise<Listing> {
  if (context.settings.offline) throw new NeedsHub(`what ${repoPath(repo)} has`);
  const commit = await commitNow({ repo, revision, client }, context);
  const listing = await suggestingSimilar(repo, context, () => askForListing({ repo, client }, { commit, context }));
  judgeListing(listing.files);
  return listing;
}

/**
 * Which commit a revision is now: for the hub to say, unless it is a commit in full.
 *
 * @throws NeedsHub  offline; HubError: not found, no access, no network
 */
export async function commitNow(
  { repo, revision, client }: Pick<LookupOptions, 'repo' | 'revision' | 'client'>,
  context: OperationContext,
): Promise<CommitHash> {
  const pinned = asCommitHash(revision);
  if (pinned !== undefined) return pinned;
  if (context.settings.offline) throw new NeedsHub(`the commit of ${repoPath(repo)}@${revision}`);
  return suggestingSimilar(repo, context, () => askForCommit({ repo, revision, client }, { context }));
}

/**
 * The listing of a commit. It never changes, so one that is kept is as good as the hub's.
 *
 * @throws NeedsHub  offline; HubError: not found, no access, no network, a listing that can't be trusted
 */
export async function listingOf(
  { repo, layout, client }: Pick<LookupOptions, 'repo' | 'layout' | 'client'>,
  { commit, context }: { commit: CommitHash; context: OperationContext },
): Promise<Listing> {
  const kept = await readListing(layout, commit);
  if (kept === undefined && context.settings.offline) {
    throw new NeedsHub(`what ${repoPath(repo)} has at ${commit.slice(0, 10)}`);
  }
  const listing =
    kept ?? (await suggestingSimilar(repo, context, () => askForListing({ repo, client }, { commit, context })));
  judgeListing(listing.files);
  return listing;
}

/**
 * The same where the cache may not answer for the hub. The listing of a commit never changes: one that is kept counts.
 *
 * @throws NeedsHub  offline; HubError: not found, no access, no network, a listing that can't be trusted
 */
export async function lookUpCommitAtHub(options: LookupOptions, context: OperationContext): Promise<Lookup> {
  const { repo, revision } = options;
  if (context.settings.offline) throw new NeedsHub(`what ${repoPath(repo)} has`);
  const commit = asCommitHash(revision) ?? (await askForCommit(options, { context }));
  const listing = (await knownListing(options, commit)) ?? (await askForListing(options, { commit, context }));
  judgeListing(listing.files);
  return { commit, listing, hubFailure: undefined };
}

/** Without a listing nobody knows what there should be: whoever keeps it to himself should hear of it. */
function tellUnreadable(layout: RepoLayout, commit: CommitHash, tell: Tell): void {
  const path = unreadableListing(layout, commit);
  const error = path === undefined ? undefined : unreadableFile(path);
  if (!(error instanceof DiskError)) return;
  const { message, hint } = error;
  tell({ type: 'warning', code: 'unreadable-listing', message, ...(hint === undefined ? {} : { hint }) });
}

/** Says that the cache answers in place of the hub: once it is known that it can. */
export function tellHubFailure({ commit, hubFailure }: Lookup, repo: RepoId, tell: Tell): void {
  if (hubFailure === undefined) return;
  const message = `${hubFailure.message}; going on with ${commit.slice(0, 10)} of ${repoPath(repo)}, as the cache knows it`;
  tell({ type: 'warning', code: 'hub-unreachable', message });
}

type Places = Pick<LookupOptions, 'layout' | 'localState'>;

async function knownCommit({ layout, localState }: Places, revision: string): Promise<CommitHash | undefined> {
  const local = localState === undefined ? undefined : await readRef(localState, revision);
  return local ?? readRef(layout, revision);
}

async function knownListing({ layout, localState }: Places, commit: CommitHash): Promise<Listing | undefined> {
  const local = localState === undefined ? undefined : await readListing(localState, commit);
  return local ?? readListing(layout, commit);
}

async function lookUpOffline(options: LookupOptions, { settings }: OperationContext): Promise<Lookup> {
  const { repo, revision, layout } = options;
  const commit =
    asCommitHash(revision) ?? (await knownCommit(options, revision)) ?? (await cachedCommitFor(layout, revision));
  if (commit === undefined) {
    const { nearestCachedRepos } = await import('./cached-names.js');
    const similar = nearestCachedRepos(settings.cacheDir, repo);
    throw new NotCached(`${repoPath(repo)}: revision ${revision} is not in the cache ${layout.cacheDir}`, { similar });
  }
  return { commit, listing: await knownListing(options, commit), hubFailure: undefined };
}

async function lookUpOnline(options: LookupOptions, context: OperationContext): Promise<Lookup> {
  const { revision } = options;
  const pinned = asCommitHash(revision);
  const cached = pinned ?? (await knownCommit(options, revision));
  try {
    const commit = pinned ?? (await askForCommit(options, { cached, context }));
    const listing = (await knownListing(options, commit)) ?? (await askForListing(options, { commit, context }));
    return { commit, listing, hubFailure: undefined };
  } catch (error) {
    if (cached === undefined || !(error instanceof HubError) || error.exitCode !== ExitCode.network) throw error;
    return { commit: cached, listing: await knownListing(options, cached), hubFailure: error };
  }
}

async function askForCommit(
  { repo, revision, client }: Pick<LookupOptions, 'repo' | 'revision' | 'client'>,
  { cached, context: { settings, tell, signal } }: { cached?: CommitHash | undefined; context: OperationContext },
): Promise<CommitHash> {
  tell({ type: 'resolving', repo: repoPath(repo), revision });
  const hub = await client();
  const { commit, name } = await hub.resolveRevision(repo, revision, {
    signal,
    ...(cached === undefined ? {} : { deadlineMs: settings.etagTimeoutMs }),
  });
  tellRenamed({ repo, name }, tell);
  tell({ type: 'resolved', repo: repoPath(repo), revision, commit });
  return commit;
}

/** @param renamed  the repo as it was asked for, and the name that it bears now */
export function tellRenamed({ repo, name }: { repo: RepoId; name: string }, tell: Tell): void {
  if (name.toLowerCase() === repo.name.toLowerCase()) return;
  const message = `${repo.name} is now called ${name}; the cache keeps the name as given`;
  tell({ type: 'warning', code: 'renamed', message });
}

export async function askForListing(
  { repo, client }: Pick<LookupOptions, 'repo' | 'client'>,
  { commit, context: { tell, signal } }: { commit: CommitHash; context: OperationContext },
): Promise<Listing> {
  const onPage = (files: number) => tell({ type: 'listing', repo: repoPath(repo), commit, files });
  onPage(0);
  return (await client()).listTree(repo, commit, { signal, onPage });
}
