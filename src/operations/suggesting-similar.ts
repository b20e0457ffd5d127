import { HubError } from '../errors.js';
import type { RepoId } from '../repo/reference.js';
import type { OperationContext } from './context.js';

/** What `ask` gives. Where the hub has no such repo, the error names those that may have been meant. */
export async function suggestingSimilar<T>(repo: RepoId, context: OperationContext, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'repo-not-found') throw error;
    const { suggestSimilar } = await import('./similar-repos.js');
    throw await suggestSimilar(error, repo, { context });
  }
}
