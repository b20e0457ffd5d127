import { createHash } from 'node:crypto';
import { UsageError } from '../../errors.js';
import { repoPath } from '../../repo/reference.js';
import type { DownloadRequest } from '../prepare.js';

/** A short name for anything that JSON can say: the same for the same. */
export function nameOfAll(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Names a request by what it asks for: the same repo, revision and filters, in the same place. */
export function requestKey({ repo, revision = 'main', ...request }: DownloadRequest): string {
  const { paths, include, exclude, weights, dataset, localDir } = request;
  return nameOfAll([repoPath(repo), revision, paths, include, exclude, weights, dataset, localDir]);
}

/**
 * The requests without those that ask for the same again.
 *
 * @throws UsageError  two of them want different revisions in one folder, which can't have both
 */
export function uniqueRequests(requests: readonly DownloadRequest[]): DownloadRequest[] {
  const unique = new Map(requests.map((request) => [requestKey(request), request] as const));
  const wantedIn = new Map<string, string>();
  for (const { repo, revision = 'main', localDir } of unique.values()) {
    if (localDir === undefined) continue;
    const wanted = `${repoPath(repo)}@${revision}`;
    const other = wantedIn.get(localDir) ?? wanted;
    if (other !== wanted) {
      throw new UsageError(`${other} and ${wanted} would be in one folder: ${localDir}`, {
        hint: 'A folder holds one revision of one repo. Give one of them a --local-dir of its own, on its line of the list.',
      });
    }
    wantedIn.set(localDir, wanted);
  }
  return [...unique.values()];
}
