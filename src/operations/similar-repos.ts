import { setTimeout } from 'node:timers/promises';
import { type HubError, abortReason } from '../errors.js';
import type { HubClient } from '../hub/client.js';
import { RepoNotFound } from '../hub/errors.js';
import { nearest } from '../repo/nearest.js';
import { type RepoId, repoPath, repoTypes } from '../repo/reference.js';
import { faultOfRepoName } from '../repo/repo-name.js';
import { nearestCachedRepos } from './cached-names.js';
import type { OperationContext } from './context.js';
import { HubConnection } from './hub-connection.js';

/** The contract's: a person waits for nothing more than a hint. */
const patienceMs = 3_000;
const mostSuggested = 5;
/** Of the hub's search, to choose from. */
const mostFound = 50;

/**
 * One more look, under the same name with other types and by the hub's search, and at the names in the cache. It fails in
 * silence, and is as good as what has come when the time is over.
 *
 * @returns the error, whose hint names what was found
 * @throws HubError  the signal's reason
 */
export async function suggestSimilar(
  error: HubError,
  repo: RepoId,
  { context, limitMs = patienceMs }: { context: OperationContext; limitMs?: number },
): Promise<HubError> {
  if (!(error instanceof RepoNotFound)) return error;
  const seen = await look(repo, context, limitMs).catch((): Seen => ({ sameName: [], found: [] }));
  if (context.signal.aborted) throw abortReason(context.signal);
  return error.suggesting(choose(repo, { ...seen, cached: nearestCachedRepos(context.settings.cacheDir, repo) }));
}

/** What a look has found so far. */
interface Seen {
  /** Under another type. */
  readonly sameName: RepoId[];
  /** Those that are used most first. */
  readonly found: RepoId[];
}

async function look(repo: RepoId, { settings, signal }: OperationContext, limitMs: number): Promise<Seen> {
  const seen: Seen = { sameName: [], found: [] };
  const over = new AbortController();
  // Of its own: nothing of this is tried again, and nobody is told of it.
  const connection = new HubConnection({
    settings: { ...settings, retries: 0, retryForMs: 0 },
    tell: () => undefined,
    signal,
  });
  try {
    const client = await connection.client();
    const limited = AbortSignal.any([signal, over.signal]);
    const time = setTimeout(limitMs, undefined, { signal: limited });
    await Promise.race([
      Promise.allSettled(looks(repo, { client, signal: limited, seen })),
      time.catch(() => undefined),
    ]);
  } finally {
    over.abort();
    await connection.close();
  }
  return seen;
}

function looks(
  { type, name }: RepoId,
  { client, signal, seen }: { client: HubClient; signal: AbortSignal; seen: Seen },
): Promise<void>[] {
  const otherTypes = repoTypes.filter((other) => other !== type);
  const underType = async (other: RepoId['type']): Promise<void> => {
    const there = await client.resolveRevision({ type: other, name }, 'main', { signal });
    const nameNow = faultOfRepoName(there.name) === undefined ? there.name : name;
    seen.sameName.push({ type: other, name: nameNow });
  };
  const search = async (): Promise<void> => {
    if (type === 'kernel') return;
    const words = name.slice(name.indexOf('/') + 1);
    const found = await client.searchRepos({ type, words, limit: mostFound }, { signal });
    seen.found.push(...found.map(({ id }) => ({ type, name: id })));
  };
  return [...otherTypes.map(underType), search()];
}

/** Those of the same name, then those that have been fetched before, the likest on the hub, those that are used most. */
function choose(repo: RepoId, { sameName, found, cached }: Seen & { readonly cached: readonly string[] }): string[] {
  const like = nearest(
    repo.name,
    found.map(({ name }) => name),
    mostSuggested,
  ).map((name) => ({ type: repo.type, name }));
  const nameOf = (it: RepoId) => (it.type === 'model' && repo.type !== 'model' ? `models/${it.name}` : repoPath(it));
  const names = [...sameName.map(nameOf).sort(), ...cached, ...[...like, ...found].map(nameOf)];
  return [...new Set(names)].slice(0, mostSuggested);
}
