import { join } from 'node:path';
import { CacheFiles } from '../../cache/files.js';
import { type ExitCode, HubError, UsageError, abortReason } from '../../errors.js';
import type { RepoId } from '../../repo/reference.js';
import type { SearchedType } from '../../repo/search.js';
import { stateFolder } from '../../settings/paths.js';
import type { OperationContext } from '../context.js';
import { NeedsHub } from '../lookup.js';
import type { DownloadRequest } from '../prepare.js';
import { reposOfAuthors } from './author.js';
import type { Limits } from './limits.js';
import { MirrorRun } from './mirror-run.js';
import { uniqueRequests } from './requests.js';
import { type MirrorError, type MirrorResult, mirrorTotals, worstFailure } from './result.js';
import { MirrorState } from './state.js';

/** How long a mirror waits for a hub that does not answer, where nobody says: nobody watches it. The contract's number. */
export const mirrorRetryForMs = 2 * 60 * 60 * 1000;

/** Where the runs of a list that goes into the cache, or into folders below `root`, leave their state. */
export function mirrorStateFolder(root: string | undefined, listName: string): string {
  return join(root === undefined ? stateFolder() : join(root, '.cache', 'model-hub'), 'mirrors', listName);
}

/** Which repos are to be here, and what a run may take for it. */
export interface MirrorRequest {
  readonly requests: readonly DownloadRequest[];
  /** Of these users and organisations all that they have of a type. */
  readonly authors: {
    readonly names: readonly string[];
    readonly type: SearchedType;
    readonly requestFor: (repo: RepoId) => DownloadRequest;
  };
  readonly limits: Limits;
  /** Of a branch so many commits stay, the newest; undefined: all. */
  readonly keepRevisions: number | undefined;
  /** Where the runs of this list leave what the next one must know: no other list's. */
  readonly stateFolder: string;
}

/** Not all repos are whole. The code and the exit code are those of the worst failure. */
class MirrorIncomplete extends HubError {
  readonly code: string;
  readonly exitCode: ExitCode;
  override readonly retryable: boolean;

  constructor({ worst, count, of }: { worst: MirrorError; count: number; of: number }) {
    super(`${String(count)} of ${String(of)} repos failed: ${worst.message}`, {
      ...(worst.hint === null ? {} : { hint: worst.hint }),
      ...(worst.retryAfter === undefined ? {} : { retryAfter: worst.retryAfter }),
    });
    this.code = worst.code;
    this.exitCode = worst.exitCode as ExitCode;
    this.retryable = worst.retryable;
  }
}

/** What became of the repos, and what the run ends with, if not all are whole. */
export interface Mirrored {
  readonly result: MirrorResult;
  readonly failure: HubError | undefined;
}

/**
 * Brings many repos to what they are upstream. What happens to one of them is in the result; the result is also that of a
 * run that was interrupted.
 *
 * @throws UsageError  nothing is named, or two requests that are at odds; MirrorAtWork
 * @throws HubError  what prevented all of it: no state can be kept, an author's repos can't be listed
 */
export async function mirror(request: MirrorRequest, context: OperationContext): Promise<Mirrored> {
  const files = CacheFiles.withUmask(request.stateFolder);
  const state = await MirrorState.open(request.stateFolder, { files, signal: context.signal });
  try {
    return await runMirror(request, { context, state });
  } finally {
    await state.close();
  }
}

/** Tells what `mirror` would do, as far as can be known before the first byte. Writes nothing. @throws HubError */
export function planMirror(request: MirrorRequest, context: OperationContext): Promise<Mirrored> {
  return runMirror(request, { context, state: undefined });
}

async function runMirror(
  { requests, authors, ...how }: MirrorRequest,
  { context, state }: { context: OperationContext; state: MirrorState | undefined },
): Promise<Mirrored> {
  const startedMs = performance.now();
  const { settings, signal } = context;
  if (settings.offline) throw new NeedsHub('what there is to mirror');
  const ofAuthors = await reposOfAuthors(authors, context);
  const wanted = uniqueRequests([...requests, ...ofAuthors.map(authors.requestFor)]);
  if (wanted.length === 0) {
    throw new UsageError('nothing to mirror', { hint: 'Name repos, a list (-f), or an --author.' });
  }
  const repos = await new MirrorRun(wanted, { ...how, state, context }).run();
  const seconds = Math.round(performance.now() - startedMs) / 1000;
  const failed = worstFailure(repos);
  const failure = failed === undefined ? undefined : new MirrorIncomplete({ ...failed, of: repos.length });
  return {
    result: { repos, totals: mirrorTotals(repos, seconds) },
    failure: signal.aborted ? abortReason(signal) : failure,
  };
}
