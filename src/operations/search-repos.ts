import type { RepoSearch } from '../repo/search.js';
import type { OperationContext } from './context.js';
import { HubConnection } from './hub-connection.js';
import { NeedsHub } from './lookup.js';

/** The repos that a search has found: the document of `hub search --json`, but for its `schema`. */
export interface SearchResult {
  /** Those that are used most first. */
  repos: RepoOnHub[];
}

/** What is null, the hub does not say. */
export interface RepoOnHub {
  repo: string;
  type: RepoSearch['type'];
  /** Of the last 30 days. */
  downloads: number | null;
  likes: number | null;
  /** ISO 8601. */
  lastModified: string | null;
  private: boolean | null;
  gated: false | 'auto' | 'manual' | null;
}

/** Looks for repos by name. @throws HubError  no network, a bad token */
export async function searchRepos(search: RepoSearch, context: OperationContext): Promise<SearchResult> {
  if (context.settings.offline) throw new NeedsHub('what a search finds');
  const connection = new HubConnection(context);
  try {
    const client = await connection.client();
    const found = await client.searchRepos(search, { signal: context.signal });
    return {
      repos: found.map(({ id, downloads, likes, lastModified, private: isPrivate, gated }) => ({
        repo: id,
        type: search.type,
        downloads: downloads ?? null,
        likes: likes ?? null,
        lastModified: lastModified ?? null,
        private: isPrivate ?? null,
        gated: gated ?? null,
      })),
    };
  } finally {
    await connection.close();
  }
}
