import { UsageError } from '../../errors.js';
import { faultOfName } from '../../repo/names.js';
import { type RepoReference, type RepoType, parseRepoReference } from '../../repo/reference.js';
import type { Settings } from '../../settings/settings.js';

/** The flags of `typeOption` and `revisionOption`. */
export interface RepoFlags {
  readonly type?: RepoType;
  readonly revision?: string;
}

/** Those of `addFilterOptions`. */
export interface FilterFlags {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** The repo that a user named, by a word and by flags. @throws UsageError */
export function namedRepo(
  text: string,
  { type, revision }: RepoFlags,
  endpoints: Settings['endpoints'],
): RepoReference {
  return parseRepoReference(text, {
    endpoints: endpoints.map(({ url }) => url),
    ...(type === undefined ? {} : { type }),
    ...(revision === undefined ? {} : { revision }),
  });
}

/**
 * The one file that a user named, by a word of its own or with the repo.
 *
 * @param text  what the repo was called
 * @throws UsageError  two of them, or a path that climbs
 */
export function namedFile(file: string | undefined, reference: RepoReference, text: string): string | undefined {
  if (file !== undefined && reference.path !== undefined) {
    throw new UsageError(`"${text}" names a file already`, { hint: 'Name one file.' });
  }
  // As a shell's completion has it.
  const path = (file ?? reference.path)?.replace(/^(\.\/)+/, '');
  const fault = path === undefined ? undefined : faultOfName(path.replace(/\/$/, ''));
  if (fault !== undefined) throw new UsageError(`the path "${path ?? ''}" ${fault}`);
  return path;
}
