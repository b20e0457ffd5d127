import { UsageError } from '../../../errors.js';
import { type CacheListing, type ListedRepo, listCache } from '../../../operations/list-cache.js';
import { repoPath, repoTypes } from '../../../repo/reference.js';
import { parseDuration, parseSize } from '../../../settings/units.js';
import type { Answer, Session } from '../../cli.js';
import { cacheTable, describeFindings } from '../../report/cache-table.js';
import type { ParsedFlags } from '../setting-options.js';
import { namedRepos } from './named-repos.js';

export interface LsFlags extends ParsedFlags {
  readonly revisions?: true;
  readonly sort: 'size' | 'used' | 'name';
  readonly filter?: readonly string[];
}

/** Lists the cache. */
export async function answerLs(
  { repos, flags }: { repos: readonly string[]; flags: LsFlags },
  session: Session,
): Promise<Answer> {
  const conditions = (flags.filter ?? []).map((condition) => parseCondition(condition, Date.now()));
  const listing = await listCache(namedRepos(repos, session.settings), session);
  const shown: CacheListing = {
    ...listing,
    repos: listing.repos.filter((repo) => conditions.every((holds) => holds(repo))).sort(orders[flags.sort]),
  };
  const text = cacheTable(shown, { revisions: flags.revisions === true, columns: session.columns, nowMs: Date.now() });
  const summary = session.settings.quiet ? [] : [...describeFindings(shown), ...howToFill(listing)];
  return { document: shown, text, foldIndent: 2, summary };
}

/** For who has just begun, or looks at another cache than the one meant. */
function howToFill({ repos }: CacheListing): string[] {
  return repos.length > 0
    ? []
    : ['"hub download <repo>" fills it; another cache is named by --cache-dir or HF_HUB_CACHE'];
}

const orders: Readonly<Record<LsFlags['sort'], (a: ListedRepo, b: ListedRepo) => number>> = {
  size: (a, b) => b.bytes - a.bytes || byName(a, b),
  used: (a, b) => (b.lastUsed ?? '').localeCompare(a.lastUsed ?? '') || byName(a, b),
  name: byName,
};

function byName(a: ListedRepo, b: ListedRepo): number {
  const [nameA, nameB] = [a, b].map(({ repo: name, type }) => repoPath({ type, name })) as [string, string];
  return nameA < nameB ? -1 : 1;
}

/** @throws UsageError */
function parseCondition(text: string, nowMs: number): (repo: ListedRepo) => boolean {
  const [, field = '', operator = '', value = ''] = /^\s*(\w+)\s*(<=|>=|=|<|>)\s*(.*?)\s*$/.exec(text) ?? [];
  const compare = comparisons[operator];
  const bytes = field === 'size' ? parseSize(value) : undefined;
  if (bytes !== undefined && compare !== undefined) return (repo) => compare(repo.bytes, bytes);
  const ageMs = field === 'used' ? parseDuration(value) : undefined;
  if (ageMs !== undefined && compare !== undefined) {
    return ({ lastUsed }) => compare(lastUsed === null ? Infinity : nowMs - Date.parse(lastUsed), ageMs);
  }
  if (field === 'type' && operator === '=' && repoTypes.some((type) => type === value)) {
    return (repo) => repo.type === value;
  }
  throw new UsageError(`--filter: "${text}" is no condition`, {
    hint: 'size>10GB, size<=500MB, used>30d, used<1h or type=dataset.',
  });
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
  '>=': (a, b) => a >= b,
  '>': (a, b) => a > b,
};
