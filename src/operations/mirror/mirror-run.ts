import { existsSync } from 'node:fs';
import { freeBytes } from '../../cache/disk-space.js';
import { listingPath, repoLayout, snapshotPath } from '../../cache/layout.js';
import { readRef } from '../../cache/refs.js';
import { turns } from '../../cache/turns.js';
import { ExitCode, HubError } from '../../errors.js';
import type { Tell } from '../../events.js';
import { localLayout } from '../../local-dir/layout.js';
import { type CommitHash, asCommitHash } from '../../repo/listing.js';
import { repoPath } from '../../repo/reference.js';
import { bring } from '../bring.js';
import type { OperationContext } from '../context.js';
import { folderOf } from '../download-answer.js';
import { failuresOf, worstOf } from '../download-outcome.js';
import { HubConnection } from '../hub-connection.js';
import { type DownloadRequest, type Wanted, askAtHub, requireSpace, want } from '../prepare.js';
import { suggestingSimilar } from '../suggesting-similar.js';
import { type LimitReached, type Limits, limitReached } from './limits.js';
import { MirrorMeter } from './mirror-meter.js';
import { WantedOfBranches, dropOldRevisions } from './old-revisions.js';
import { type Failing, MirrorQueue } from './queue.js';
import { requestKey } from './requests.js';
import { type MirrorReason, type MirroredRepo, mirrorError } from './result.js';
import type { MirrorState } from './state.js';

const lookUpsAtATime = 4;
/** They share the connections: more of them keep these busy between small files. */
const transfersAtATime = 4;

interface MirrorRunOptions {
  readonly limits: Limits;
  readonly keepRevisions: number | undefined;
  /** Undefined: nothing is brought, only told what would be. */
  readonly state: MirrorState | undefined;
  readonly context: OperationContext;
}

/** One repo of the list, and what is known of it so far. */
interface Job {
  readonly request: DownloadRequest;
  readonly key: string;
  readonly name: string;
  readonly revision: string;
  /** Of the report; without its state until that is settled. */
  known: Pick<MirroredRepo, 'commit' | 'files' | 'bytes' | 'bytesFetched'>;
  outcome: Outcome | undefined;
}

type Outcome = Pick<MirroredRepo, 'state' | 'reason' | 'bytesToFetch' | 'error'>;

interface Found {
  readonly bytesToFetch: number;
  readonly wanted: Wanted;
  /** The branch was at this commit here already. */
  readonly isSame: boolean;
}

/** A defect of ours that one repo met, as a failure of that repo: the others are none the worse. */
class RepoDefect extends HubError {
  readonly code = 'unexpected';
  readonly exitCode = ExitCode.unexpected;
}

/** One run over a list: who is looked up and brought when, and what becomes of each. */
export class MirrorRun {
  readonly #options: MirrorRunOptions;
  readonly #jobs: readonly Job[];
  readonly #queue: MirrorQueue<Job, Found>;
  readonly #meter: MirrorMeter;
  readonly #connection: HubConnection;
  readonly #inTurn = turns(1);
  readonly #branches: WantedOfBranches;
  #lookUps = 0;
  #transfers = 0;
  /** What each other repo would meet too: nothing is begun any more. */
  #stoppedBy: HubError | undefined;
  /** Of what tells a failure. */
  #defect: Error | undefined;
  #end: () => void = () => undefined;

  constructor(requests: readonly DownloadRequest[], options: MirrorRunOptions) {
    this.#options = options;
    this.#jobs = requests.map((request) => ({
      request,
      key: requestKey(request),
      name: repoPath(request.repo),
      revision: request.revision ?? 'main',
      known: { commit: null, files: 0, bytes: 0, bytesFetched: 0 },
      outcome: undefined,
    }));
    this.#queue = new MirrorQueue(this.#jobs);
    this.#branches = new WantedOfBranches(requests);
    const { context } = options;
    this.#meter = new MirrorMeter({ repos: requests.length, tell: context.tell });
    const tell: Tell = (event) => {
      if (event.type === 'progress') this.#meter.transferred(event.progress);
      else context.tell(event);
    };
    this.#connection = new HubConnection({ ...context, tell }, { repos: 'several' });
  }

  async run(): Promise<MirroredRepo[]> {
    this.#meter.start();
    try {
      await new Promise<void>((resolve) => {
        this.#end = resolve;
        this.#goOn();
      });
    } finally {
      await this.#connection.close();
      this.#meter.stop();
    }
    if (this.#defect !== undefined) throw this.#defect;
    this.#settleRest();
    const untold = this.#jobs.filter(({ outcome }) => outcome?.state === 'skipped' || outcome?.state === 'failed');
    await this.#options.state?.forgetAllBut(new Set(untold.map(({ key }) => key)));
    return this.#jobs.map(reportOf);
  }

  #goOn(): void {
    while (!this.#isStopped && this.#lookUps < lookUpsAtATime) {
      const job = this.#queue.takeToLookUp();
      if (job === undefined) break;
      this.#lookUps += 1;
      this.#follow(this.#lookUp(job), () => (this.#lookUps -= 1));
    }
    while (!this.#isStopped && this.#transfers < transfersAtATime) {
      const next = this.#queue.takeToBring();
      if (next === undefined) break;
      this.#transfers += 1;
      this.#follow(this.#transfer(next.job, next.found), () => (this.#transfers -= 1));
    }
    if (this.#lookUps + this.#transfers === 0 && (this.#isStopped || this.#queue.isOver)) this.#end();
  }

  #follow(work: Promise<void>, ended: () => void): void {
    work
      .catch((error: unknown) => {
        this.#defect ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        ended();
        this.#goOn();
      });
  }

  get #isStopped(): boolean {
    return (this.#defect ?? this.#stoppedBy) !== undefined || this.#options.context.signal.aborted;
  }

  async #lookUp(job: Job): Promise<void> {
    const connection = this.#connection;
    const context = this.#contextOf(job);
    try {
      const here = await copyOf(job.request, context);
      const ask = () => askAtHub(job.request, connection, context);
      // Of a repo that is here nobody needs to be told how it may be spelled.
      const asked = await (here === undefined ? suggestingSimilar(job.request.repo, context, ask) : ask());
      if (asked.listing === undefined) throw new Error(`${job.name}: looked up without a listing`);
      const wanted = await want(asked, asked.listing, { connection, context });
      const { files, bytes, bytesToFetch } = wanted.plan.totals;
      job.known = { ...job.known, commit: asked.commit, files, bytes };
      const found = { wanted, bytesToFetch, isSame: here === asked.commit };
      if (hasToMove(wanted)) this.#queue.found(job, found);
      else if (await this.#bring(job, found, 'look-up')) this.#queue.done('look-up');
    } catch (error) {
      await this.#fail(job, { from: 'look-up', errors: [asHubError(error)], broughtBytes: false });
    }
  }

  async #transfer(job: Job, found: Found): Promise<void> {
    try {
      const reason = await this.#inTurn(() => this.#weigh(job, found));
      if (reason !== undefined) this.#settle(job, { state: 'skipped', reason });
      else if (!(await this.#bring(job, found, 'transfer'))) return;
      this.#queue.done('transfer');
    } catch (error) {
      await this.#fail(job, { from: 'transfer', errors: [asHubError(error)], broughtBytes: false });
    } finally {
      this.#meter.ended(job.key);
      this.#connection.forget(found.wanted.commit);
    }
  }

  /** One after the other, the smallest first: each must know what those before it will take. */
  async #weigh(job: Job, { wanted }: Found): Promise<LimitReached | undefined> {
    const { limits, state } = this.#options;
    const { totals } = wanted.plan;
    const reason = limitReached(limits, totals, {
      bytesFetched: this.#meter.bytesSpent,
      freeBytes: (await freeBytes(folderOf(wanted))) - this.#meter.bytesToWrite,
    });
    if (reason !== undefined) return reason;
    if (state === undefined) this.#meter.promise(totals);
    else this.#meter.began(job.key, totals);
    return undefined;
  }

  /** @returns is it whole now; else its failure is told */
  async #bring(job: Job, found: Found, from: 'look-up' | 'transfer'): Promise<boolean> {
    const { state } = this.#options;
    if (state === undefined) return this.#foresee(job, found, from);
    const { wanted, isSame } = found;
    const context = this.#contextOf(job);
    const { commit } = wanted;
    if (!isSame || from === 'transfer') state.noteBegun(job.key, commit);
    const brought = await bring(wanted, this.#connection, context);
    const outcomes = [...brought.outcomes.values()];
    const bytesFetched = outcomes.reduce((sum, outcome) => sum + outcome.bytesFetched, 0);
    // Bytes that were thrown away bring a repo no further: who sends wrong ones would be asked for them for ever.
    const bytesKept = bytesFetched - outcomes.reduce((sum, outcome) => sum + outcome.bytesWasted, 0);
    this.#meter.fetched(job.key, bytesFetched);
    job.known.bytesFetched += bytesFetched;
    const errors = failuresOf(brought, folderOf(wanted));
    if (errors.length > 0 || context.signal.aborted) {
      await this.#fail(job, { from, errors, broughtBytes: bytesKept > 0 });
      return false;
    }
    const isUnchanged = isSame && brought.outcomes.size === 0;
    await this.#dropOldRevisions(wanted, context);
    if (!isUnchanged) this.#settle(job, { state: 'updated' });
    else if (state.wasBegun(job.key, commit)) this.#settle(job, { state: 'updated', reason: 'earlier-run' });
    else this.#settle(job, { state: 'unchanged' });
    return true;
  }

  /** What bringing it would come to, as far as is known before the first byte. @returns as `#bring` */
  async #foresee(job: Job, { wanted, isSame, bytesToFetch }: Found, from: 'look-up' | 'transfer'): Promise<boolean> {
    const { plan } = wanted;
    const dir = folderOf(wanted);
    await requireSpace(plan, dir);
    const errors = failuresOf({ plan, outcomes: new Map(), sources: {} }, dir);
    if (errors.length > 0) {
      await this.#fail(job, { from, errors, broughtBytes: false });
      return false;
    }
    this.#settle(job, { state: isSame && from === 'look-up' ? 'unchanged' : 'updated', bytesToFetch });
    return true;
  }

  async #dropOldRevisions(
    { request, layout, local, revision, commit }: Wanted,
    context: OperationContext,
  ): Promise<void> {
    const { keepRevisions: keep } = this.#options;
    if (keep === undefined || local !== undefined || !this.#branches.isWhole(request, commit)) return;
    await dropOldRevisions({ repo: request.repo, layout, revision, current: commit, keep }, context);
  }

  async #fail(job: Job, { from, errors, broughtBytes }: Failed): Promise<void> {
    const { context } = this.#options;
    const [first, ...others] = errors;
    if (first === undefined || context.signal.aborted) {
      this.#queue.failed(job, { from, how: 'lasting', broughtBytes });
      this.#settle(job, { state: 'skipped', reason: 'interrupted' });
      return;
    }
    const worst = worstOf([first, ...others]);
    if (worst.code === 'bad-token') this.#stoppedBy = worst;
    const here = await copyOf(job.request, context).catch(() => undefined);
    const reason = here === undefined ? undefined : reasonOf(worst);
    if (reason !== undefined && here !== undefined) job.known.commit = here;
    const count = `${String(errors.length)} of ${String(job.known.files)} files failed: `;
    const error = { ...mirrorError(worst), message: `${errors.length > 1 ? count : ''}${worst.message}` };
    const outcome = { state: 'failed', ...(reason === undefined ? {} : { reason }), error } as const;
    const again = this.#queue.failed(job, { from, how: howFailed(errors), broughtBytes });
    context.tell({ type: 'repo-failed', repo: job.name, message: error.message, again });
    if (again) this.#note(job, outcome);
    else this.#settle(job, outcome);
  }

  /** Those that were not reached, and those that would have been tried again. */
  #settleRest(): void {
    const { signal } = this.#options.context;
    const stoppedBy = this.#stoppedBy === undefined ? undefined : mirrorError(this.#stoppedBy);
    const silence = this.#jobs.findLast(({ outcome }) => outcome?.error?.code === 'unreachable')?.outcome?.error;
    const error = stoppedBy ?? silence;
    for (const job of this.#queue.left()) {
      if (job.outcome !== undefined) this.#settle(job, job.outcome);
      else if (signal.aborted || error === undefined) this.#settle(job, { state: 'skipped', reason: 'interrupted' });
      else this.#settle(job, { state: 'failed', reason: 'not-reached', error });
    }
  }

  #settle(job: Job, outcome: Outcome): void {
    this.#note(job, outcome);
    const { revision, commit, state, reason, files, bytes, bytesFetched } = reportOf(job);
    this.#options.context.tell({
      type: 'repo-done',
      repo: job.name,
      revision,
      commit,
      state,
      ...(reason === undefined ? {} : { reason }),
      files,
      bytes,
      bytesFetched,
    });
  }

  #note(job: Job, outcome: Outcome): void {
    this.#meter.settled({ before: job.outcome?.state, now: outcome.state });
    job.outcome = outcome;
  }

  /** What a repo's work tells is told as this repo's. */
  #contextOf({ key, name }: Job): OperationContext {
    const { context } = this.#options;
    const tell: Tell = (event) => {
      if (event.type === 'file-started') this.#meter.fileStarted(key, `${name}/${event.path}`, event.bytesHere);
      if (event.type === 'file-done') this.#meter.fileEnded(key, `${name}/${event.path}`, event.bytesFetched);
      if (event.type === 'file-failed') this.#meter.fileEnded(key, `${name}/${event.path}`, 0);
      context.tell({ ...event, repo: name });
    };
    return { ...context, tell };
  }
}

interface Failed {
  readonly from: 'look-up' | 'transfer';
  /** None where a signal ended it. */
  readonly errors: readonly HubError[];
  readonly broughtBytes: boolean;
}

/** The commit of which a copy is here: of the branch as it was last brought. */
async function copyOf(
  { repo, revision = 'main', localDir }: DownloadRequest,
  { settings: { cacheDir } }: OperationContext,
): Promise<CommitHash | undefined> {
  const state = localDir === undefined ? repoLayout(cacheDir, repo) : localLayout(localDir, repo).state;
  const pinned = asCommitHash(revision);
  if (pinned === undefined) return readRef(state, revision);
  const trace = localDir === undefined ? snapshotPath(state, pinned) : listingPath(state, pinned);
  return existsSync(trace) ? pinned : undefined;
}

/** Bytes have to come, or a file of this disk has to be read or copied: it waits for its turn. */
function hasToMove({ plan, localWork }: Wanted): boolean {
  const isThere = plan.files.every(({ state }) => state === 'cached' || state === 'keep');
  return !isThere || (localWork !== undefined && localWork.copies.size > 0);
}

function howFailed(errors: readonly HubError[]): Failing {
  if (errors.every(({ code }) => code === 'unreachable')) return 'silent';
  return errors.some(mayPass) ? 'passing' : 'lasting';
}

/** Another try, later, may end otherwise. */
function mayPass({ exitCode, retryable }: HubError): boolean {
  return exitCode === ExitCode.network || exitCode === ExitCode.integrity || retryable;
}

/** Why a repo that is here can't be brought up to date. */
function reasonOf({ code }: HubError): MirrorReason | undefined {
  if (['repo-not-found', 'revision-not-found'].includes(code)) return 'gone';
  return ['gated', 'access-denied', 'disabled'].includes(code) ? 'gated' : undefined;
}

function asHubError(thrown: unknown): HubError {
  if (thrown instanceof HubError) return thrown;
  return new RepoDefect(thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}

function reportOf({ request, revision, known, outcome = { state: 'skipped' } }: Job): MirroredRepo {
  const { state, reason, bytesToFetch, error } = outcome;
  return {
    repo: request.repo.name,
    type: request.repo.type,
    revision,
    commit: known.commit,
    state,
    ...(reason === undefined ? {} : { reason }),
    files: known.files,
    bytes: known.bytes,
    bytesFetched: known.bytesFetched,
    ...(bytesToFetch === undefined ? {} : { bytesToFetch }),
    ...(error === undefined ? {} : { error }),
  };
}
