import { ExitCode, HubError } from '../../errors.js';
import type { RepoId } from '../../repo/reference.js';
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
 * @throws HubError  no network, one who has none
 */
export async function reposOfAuthors(
  { names: authors, type }: { names: readonly string[]; type: SearchedType },
  context: OperationContext,
): Promise<RepoId[]> {
  if (authors.length === 0) return [];
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

/** A hub that does not know the filter lists everybody's. */
function isBy(id: string, author: string): boolean {
  return id.toLowerCase().startsWith(`${author.toLowerCase()}/`);
}
