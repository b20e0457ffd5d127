import { UsageError } from '../../../errors.js';
import { cachePath } from '../../../operations/cache-path.js';
import { type RepoType, parseRepoReference } from '../../../repo/reference.js';
import { faultOfName } from '../../../repo/names.js';
import type { Answer, Session } from '../../cli.js';
import type { ParsedFlags } from '../setting-options.js';

export interface PathFlags extends ParsedFlags {
  readonly type?: RepoType;
  readonly revision?: string;
}

/** Tells where something stands in the cache. */
export async function answerPath(
  { text, file, flags: { type, revision } }: { text: string; file: string | undefined; flags: PathFlags },
  session: Session,
): Promise<Answer> {
  const reference = parseRepoReference(text, {
    endpoints: session.settings.endpoints.map(({ url }) => url),
    ...(type === undefined ? {} : { type }),
    ...(revision === undefined ? {} : { revision }),
  });
  if (file !== undefined && reference.path !== undefined) {
    throw new UsageError(`"${text}" names a file already`, { hint: 'Name one file.' });
  }
  const path = file ?? reference.path;
  const fault = path === undefined ? undefined : faultOfName(path.replace(/\/$/, ''));
  if (fault !== undefined) throw new UsageError(`the path "${path ?? ''}" ${fault}`);
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
