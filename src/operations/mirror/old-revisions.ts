import { readdir } from 'node:fs/promises';
import { isSystemError } from '../../cache/disk-errors.js';
import type { RepoLayout } from '../../cache/layout.js';
import { type Requests, readRequests } from '../../cache/records.js';
import { type CommitHash, asCommitHash } from '../../repo/listing.js';
import { type RepoId, repoPath } from '../../repo/reference.js';
import type { OperationContext } from '../context.js';
import type { DownloadRequest } from '../prepare.js';
import { removeTargets } from '../remove-targets.js';
import { requestKey } from './requests.js';

/**
 * What a run wants of each branch. Several requests may want different files of one: what the newest commit has of it may
 * be whole for the first of them, while only an older one has what the second asks for.
 */
export class WantedOfBranches {
  /** By branch: the commit at which each request is whole, by its key. */
  readonly #wholeAt = new Map<string, Map<string, CommitHash | undefined>>();

  constructor(requests: readonly DownloadRequest[]) {
    for (const request of requests)
      if (request.localDir === undefined) this.#of(request).set(requestKey(request), undefined);
  }

  /** Notes that a request is whole. @returns is all that is wanted of its branch whole at that commit now */
  isWhole(request: DownloadRequest, commit: CommitHash): boolean {
    const wholeAt = this.#of(request).set(requestKey(request), commit);
    return [...wholeAt.values()].every((at) => at === commit);
  }

  #of({ repo, revision = 'main' }: DownloadRequest): Map<string, CommitHash | undefined> {
    const branch = `${repoPath(repo)}@${revision}`;
    const known = this.#wholeAt.get(branch) ?? new Map<string, CommitHash | undefined>();
    this.#wholeAt.set(branch, known);
    return known;
  }
}

/** A commit that is on record here. */
export interface RecordedCommit {
  readonly commit: CommitHash;
  readonly requests: Requests['requests'];
}

/**
 * Which commits of a branch go so that `keep` of them stay, the newest: those that were brought for this branch and for
 * nothing else. What nobody has put on record, or was asked for by another name, is not the mirror's. One that never came
 * whole is none to keep.
 *
 * @param current  the commit at which the branch is: one of those that stay
 */
export function oldCommits(
  recorded: readonly RecordedCommit[],
  { revision, current, keep }: { revision: string; current: CommitHash; keep: number },
): CommitHash[] {
  const ofBranch = recorded.filter(
    ({ commit, requests }) =>
      commit !== current && requests.length > 0 && requests.every((request) => request.revision === revision),
  );
  return ofBranch
    .sort((a, b) => completedAt(b).localeCompare(completedAt(a)))
    .filter((commit, index) => index >= keep - 1 || completedAt(commit) === '')
    .map(({ commit }) => commit);
}

/** ISO 8601: when it was last made whole; empty where it never was. */
function completedAt({ requests }: RecordedCommit): string {
  return requests.map(({ completed }) => completed ?? '').reduce((a, b) => (a > b ? a : b));
}

interface DropOptions {
  readonly repo: RepoId;
  readonly layout: RepoLayout;
  readonly revision: string;
  readonly current: CommitHash;
  readonly keep: number;
}

/**
 * Drops the older commits of a branch whose newest one is whole, but for what another ref names or somebody holds: the
 * next run looks again.
 *
 * @throws DiskError
 */
export async function dropOldRevisions(
  { repo, layout, revision, current, keep }: DropOptions,
  context: OperationContext,
): Promise<void> {
  if (asCommitHash(revision) !== undefined) return;
  const commits = await commitsOnRecord(layout);
  if (commits.length <= keep) return;
  const recorded = await Promise.all(
    commits.map(async (commit) => ({ commit, requests: (await readRequests(layout, commit))?.requests ?? [] })),
  );
  const old = oldCommits(recorded, { revision, current, keep });
  if (old.length === 0) return;
  const targets = old.flatMap((commit) => [
    { kind: 'revision', commit, nameless: true } as const,
    { kind: 'unfinished', commit, nameless: true } as const,
  ]);
  const removed = await removeTargets(repo, targets, context);
  if (removed !== 'gone' && 'holder' in removed) {
    const message = `older revisions stay, since ${removed.holder} is at work there`;
    context.tell({ type: 'detail', message });
  }
}

async function commitsOnRecord({ requests }: RepoLayout): Promise<CommitHash[]> {
  const names = await readdir(requests).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });
  return names.flatMap((name) => asCommitHash(name.replace(/\.json$/, '')) ?? []);
}
