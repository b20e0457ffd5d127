import { UsageError } from '../../../errors.js';
import { type RepoId, parseRepoReference } from '../../../repo/reference.js';
import type { Settings } from '../../../settings/settings.js';

/** The repos that a command line names as such, without a revision or a file. @throws UsageError */
export function namedRepos(texts: readonly string[], { endpoints }: Settings): RepoId[] {
  return texts.map((text) => {
    const reference = parseRepoReference(text, { endpoints: endpoints.map(({ url }) => url) });
    if (reference.revision === undefined && reference.path === undefined) return reference.repo;
    throw new UsageError(`"${text}" names more than a repo`, { hint: 'Here a repo is named as a whole.' });
  });
}
