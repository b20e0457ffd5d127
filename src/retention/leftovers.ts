import type { CachedRepo, PartialFile } from './inventory.js';
import { type Problem, digestOfBlobName, isBad } from './verification.js';

/** Why an unfinished file is there. `work`: some download can go on from it. */
export type Leftover = 'of-whole-file' | 'unwanted' | 'work';

const reasons: Readonly<Record<Leftover, string>> = {
  'of-whole-file': 'left by a download whose file is whole',
  unwanted: 'left by a download that nobody asks for any more',
  work: 'an unfinished download, which may go on from it',
};

/**
 * What an unfinished file is good for. One that no unfinished request can want is nobody's work, since a request is noted
 * before its first byte; of other tools nobody knows what they were asked for.
 *
 * @param problems  what has been found of the repo, now that its blobs are read
 */
export function judgeLeftover(
  { blob, tool }: PartialFile,
  { blobs, requests }: CachedRepo,
  problems: readonly Problem[],
): Leftover {
  const isBadHere = problems.some((problem) => isBad(problem) && problem.digest?.hex === blob);
  if (blob !== undefined && isBadHere) return 'work';
  if (blob !== undefined && blobs.has(blob)) return 'of-whole-file';
  return tool === 'hub' && requests.length === 0 ? 'unwanted' : 'work';
}

/** Every unfinished file, as a line of the report. */
export function partialProblems(repo: CachedRepo, problems: readonly Problem[]): Problem[] {
  return repo.partials.map((partial) => ({
    state: 'partial',
    path: undefined,
    revisions: [],
    location: partial.path,
    digest: partial.blob === undefined ? undefined : digestOfBlobName(partial.blob),
    size: partial.size,
    reason: reasons[judgeLeftover(partial, repo, problems)],
  }));
}
