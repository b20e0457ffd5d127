import { UsageError } from '../../errors.js';
import { searchRepos } from '../../operations/search-repos.js';
import type { SearchedType } from '../../repo/search.js';
import type { Answer, Session } from '../cli.js';
import { repoTable } from '../report/repo-table.js';
import { countOf } from '../text.js';
import type { ParsedFlags } from './setting-options.js';

export interface SearchFlags extends ParsedFlags {
  readonly type: SearchedType;
  readonly author?: string;
  readonly limit: string;
}

/** Looks for repos by name. */
export async function answerSearch(
  { words, flags }: { words: readonly string[]; flags: SearchFlags },
  session: Session,
): Promise<Answer> {
  const { type, author } = flags;
  if (words.length === 0 && author === undefined) {
    throw new UsageError('nothing to look for', { hint: 'Name a part of the name, or an --author.' });
  }
  const limit = parseLimit(flags.limit);
  const search = { type, words: words.join(' '), limit, ...(author === undefined ? {} : { author }) };
  const result = await searchRepos(search, session);
  if (result.repos.length === 0) {
    return { document: result, text: undefined, summary: session.settings.quiet ? [] : [`no ${type} is called so`] };
  }
  const isCut = result.repos.length === limit;
  return {
    document: result,
    text: repoTable(result.repos, { columns: session.columns, nowMs: Date.now() }),
    summary: isCut && !session.settings.quiet ? [`the first ${countOf(limit, type)}; --limit shows more`] : [],
  };
}

const mostRepos = 10_000;

/** @throws UsageError */
function parseLimit(text: string): number {
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= mostRepos) return limit;
  throw new UsageError(`--limit: "${text}" is no number from 1 to ${mostRepos}`);
}
