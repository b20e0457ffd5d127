import type * as z from 'zod/mini';
import type { Answer } from '../net/ask.js';
import { faultOfRepoName } from '../repo/repo-name.js';
import type { RepoSearch } from '../repo/search.js';
import { reposUrl } from './addresses.js';
import { followPage, nextPage } from './page-link.js';
import type { reposPageSchema } from './schemas.js';

type Page = z.output<typeof reposPageSchema>;

/** A repo, as a list names it. */
export type FoundRepo = Page[number];

export interface SearchOptions {
  readonly endpoint: URL;
  readonly search: RepoSearch;
  readonly askPage: (url: URL) => Promise<{ value: Page; answer: Answer }>;
}

/** As many as the hub gives on one page. */
const mostOnPage = 1000;

/**
 * The repos that a search finds, those that are used most first, over as many pages as it takes. A link to a next page
 * that leads elsewhere ends it.
 */
export async function searchPages({ endpoint, search, askPage }: SearchOptions): Promise<FoundRepo[]> {
  const { type, limit } = search;
  const query = queryOf(search);
  const first = reposUrl(endpoint, type, query);
  const routes = [first.pathname, reposUrl(new URL(endpoint.origin), type, query).pathname];
  const found: FoundRepo[] = [];
  for (let url: URL | undefined = first; url !== undefined;) {
    const { value: page, answer }: Awaited<ReturnType<typeof askPage>> = await askPage(url);
    // What is no name of a repo can't be asked for either.
    found.push(...page.filter(({ id }) => faultOfRepoName(id) === undefined));
    const link = nextPage(answer.header('link'));
    if (link === undefined || page.length === 0 || found.length >= limit) break;
    url = followPage(link, { base: answer.url, home: first, routes });
  }
  return found.slice(0, limit);
}

/** The hub's own client asks the same way: fields by `expand`, which the hub refuses where a type has no such field. */
function queryOf({ type, words, author, limit }: RepoSearch): URLSearchParams {
  const query = new URLSearchParams();
  if (words !== '') query.set('search', words);
  if (author !== undefined) query.set('author', author);
  query.set('sort', type === 'space' ? 'likes' : 'downloads');
  query.set('direction', '-1');
  query.set('limit', String(Math.min(limit, mostOnPage)));
  const fields = ['likes', 'lastModified', 'private', ...(type === 'space' ? [] : ['downloads', 'gated'])];
  for (const field of fields) query.append('expand', field);
  return query;
}
