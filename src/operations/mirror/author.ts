import { ExitCode, HubError, UsageError } from '../../errors.js';
import type { RepoId } from '../../repo/reference.js';
import { faultOfRepoName } from '../../repo/repo-name.js';
import type { SearchedType } from '../../repo/search.js';
import type { OperationContext } from '../context.js';
import { HubConnection } from '../hub-connection.js';

/** A user or organisation who has nothing of the type that is to be mirrored. */
class NoReposOfAuthor extends HubError {
  readonly code = 'no-repos-of-author';
  readonly exitCode = ExitCode.notFound;
}

/**
 * All repos of some users or organisations, by name.
 *
 * @throws UsageError  not the name of anybody
 * @throws HubError  no network, one who has none
 */
export async function reposOfAuthors(
  { names: authors, type }: { names: readonly string[]; type: SearchedType },
  context: OperationContext,
): Promise<RepoId[]> {
  if (authors.length === 0) return [];
  authors.forEach(requireName);
  const connection = new HubConnection(context);
  try {
    const client = await connection.client();
    const repos: RepoId[] = [];
    for (const author of authors) {
      const found = await client.searchRepos({ type, words: '', author, limit: Infinity }, context);
      const ids = found.map(({ id }) => id).filter((id) => isBy(id, author));
      if (ids.length === 0) {
        throw new NoReposOfAuthor(`${author} has no ${type} on the hub that this caller may see`, {
          hint: 'Look at its spelling, and at --type: models are meant without it.',
        });
      }
      repos.push(...ids.sort().map((name) => ({ type, name })));
    }
    return repos;
  } finally {
    await connection.close();
  }
}

/** Of nobody a hub may list all that it has: a variable that is empty would cost thousands of pages. */
function requireName(author: string): void {
  const fault = author.includes('/') ? 'it holds "/"' : faultOfRepoName(author);
  if (fault !== undefined) throw new UsageError(`"${author}" does not name a user or an organisation: ${fault}`);
}

/** A hub that does not know the filter lists everybody's. */
function isBy(id: string, author: string): boolean {
  return id.toLowerCase().startsWith(`${author.toLowerCase()}/`);
}
