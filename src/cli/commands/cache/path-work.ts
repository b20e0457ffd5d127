import { cachePath } from '../../../operations/cache-path.js';
import type { Answer, Session } from '../../cli.js';
import { type RepoFlags, namedFile, namedRepo } from '../named-repo.js';
import type { ParsedFlags } from '../setting-options.js';

export type PathFlags = ParsedFlags & RepoFlags;

/** Tells where something stands in the cache. */
export async function answerPath(
  { text, file, flags }: { text: string; file: string | undefined; flags: PathFlags },
  session: Session,
): Promise<Answer> {
  const reference = namedRepo(text, flags, session.settings.endpoints);
  const path = namedFile(file, reference, text);
  const found = await cachePath(
    {
      repo: reference.repo,
      ...(reference.revision === undefined ? {} : { revision: reference.revision }),
      ...(path === undefined ? {} : { path }),
    },
    session,
  );
  return { document: found, text: found.path };
}
