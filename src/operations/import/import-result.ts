import { ExitCode, HubError } from '../../errors.js';
import type { RepoType } from '../../repo/reference.js';

/** What a path turned out to be. */
export type ImportKind = 'bundle' | 'cache' | 'git-clone' | 'local-dir' | 'folder';

/** The document of `hub cache import --json`, but for its `schema`. Sizes in bytes. */
export interface ImportResult {
  /** What was taken in; `-` for stdin. */
  from: string;
  kind: ImportKind;
  /** One for each commit. */
  repos: ImportedCommit[];
  /** `files` are all that are known of; `bytesImported` of each content once. */
  totals: { files: number; imported: number; cached: number; missing: number; corrupt: number; bytesImported: number };
}

export interface ImportedCommit {
  repo: string;
  type: RepoType;
  /** Branches and tags that name it here. */
  refs: string[];
  commit: string;
  /** The snapshot's folder. */
  path: string;
  /** All files of the commit are in the cache; null where nobody knows what it holds. */
  complete: boolean | null;
  files: ImportedFile[];
}

export interface ImportedFile {
  path: string;
  size: number;
  digest: string;
  /** `missing`: its bytes were not there. `corrupt`: they are not those of the digest. */
  state: 'imported' | 'cached' | 'missing' | 'corrupt';
  reason?: string;
}

/** Some of what was brought in is damaged. All else was taken. */
export class ImportDamaged extends HubError {
  readonly code = 'import-damaged';
  readonly exitCode = ExitCode.integrity;

  constructor(readonly result: ImportResult) {
    const corrupt = result.repos.flatMap(({ files }) => files.filter(({ state }) => state === 'corrupt'));
    const names = corrupt.slice(0, 5).map(({ path }) => path);
    const more = corrupt.length > 5 ? ` and ${String(corrupt.length - 5)} more` : '';
    super(`${result.from}: damaged, and so not taken: ${names.join(', ')}${more}`, {
      hint: 'All else was taken. "hub download" fetches what is missing.',
    });
  }
}

/** @param bytesImported  of each content once */
export function resultOf(
  { from, kind }: { from: string; kind: ImportKind },
  repos: ImportedCommit[],
  bytesImported: number,
): ImportResult {
  const files = repos.flatMap((repo) => repo.files);
  const count = (wanted: ImportedFile['state']) => files.filter(({ state }) => state === wanted).length;
  return {
    from,
    kind,
    repos,
    totals: {
      files: files.length,
      imported: count('imported'),
      cached: count('cached'),
      missing: count('missing'),
      corrupt: count('corrupt'),
      bytesImported,
    },
  };
}
