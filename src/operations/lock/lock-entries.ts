import { repoLayout } from '../../cache/layout.js';
import { ExitCode, HubError, abortReason } from '../../errors.js';
import type { CommitHash, ListedFile } from '../../repo/listing.js';
import { repoPath } from '../../repo/reference.js';
import { entryName } from '../../workspace/compare-lock.js';
import type { Entry } from '../../workspace/entry.js';
import type { LockStep } from '../../workspace/plan-lock.js';
import type { OperationContext } from '../context.js';
import type { HubConnection } from '../hub-connection.js';
import { inParallel } from '../in-parallel.js';
import { commitNow, listingOf } from '../lookup.js';
import { namingRepo } from '../naming-repo.js';
import { type DownloadRequest, type Wanted, want } from '../prepare.js';
import type { EntryOutcome } from './entry-outcome.js';
import { type ContentDigests, digestsOf, digestsOnDisk } from './content-digests.js';

/** Repos whose revisions and listings are asked for at a time. */
const reposAtATime = 4;

export interface LockEntriesOptions {
  /** `look`: nothing is fetched, and nothing written. */
  readonly mode: 'lock' | 'look';
  /** The sha-256 of contents, by the hex of git's digest, as far as the old lock knows them. */
  readonly known: ReadonlyMap<string, string>;
  /** `several`: what is told says of which repo it is. */
  readonly repos: 'one' | 'several';
  readonly connection: HubConnection;
  readonly context: OperationContext;
  /** Told what came of each step as soon as it is known. */
  readonly taken?: (step: LockStep, outcome: EntryOutcome) => void;
}

/**
 * Takes the steps to a lock. One that fails stops none of the others, but for what all would meet.
 *
 * @returns in the steps' order
 * @throws HubError  the signal's reason
 */
export async function lockEntries(steps: readonly LockStep[], options: LockEntriesOptions): Promise<EntryOutcome[]> {
  const locker = new EntryLocker(options);
  const outcomes = new Map<LockStep, EntryOutcome>();
  const byRepo = new Map<string, LockStep[]>();
  for (const step of steps) {
    const name = repoPath(step.entry.repo);
    byRepo.set(name, [...(byRepo.get(name) ?? []), step]);
  }
  // Those of one repo one after the other: what they fetch is the same folder's.
  await inParallel([...byRepo.values()], reposAtATime, async (ofRepo) => {
    for (const step of ofRepo) {
      const outcome = await locker.outcomeOf(step);
      outcomes.set(step, outcome);
      options.taken?.(step, outcome);
    }
  });
  return steps.flatMap((step) => outcomes.get(step) ?? []);
}

class EntryLocker {
  readonly #options: LockEntriesOptions;
  /** By repo and revision, which several entries may have: each is asked for once. */
  readonly #commits = new Map<string, Promise<CommitHash>>();
  #end: HubError | undefined;

  constructor(options: LockEntriesOptions) {
    this.#options = options;
  }

  async outcomeOf(step: LockStep): Promise<EntryOutcome> {
    const { signal } = this.#options.context;
    try {
      if (this.#end !== undefined) throw this.#end;
      return await this.#take(step);
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      if (!(error instanceof HubError)) throw error;
      if (error.exitCode === ExitCode.disk || error.code === 'bad-token') this.#end = error;
      return { state: 'failed', entry: step.entry, error };
    }
  }

  async #take(step: LockStep): Promise<EntryOutcome> {
    const { entry } = step;
    if (step.step === 'keep') return { state: 'locked', entry: step.locked, bytesFetched: 0 };
    if (step.step === 'select') return this.#select(entry, step.commit);
    const commit = await this.#commitOf(entry);
    if (step.locked?.commit === commit) return { state: 'locked', entry: step.locked, bytesFetched: 0 };
    return this.#select(entry, commit);
  }

  #commitOf({ repo, revision }: Entry): Promise<CommitHash> {
    const { connection, context } = this.#options;
    const name = entryName({ repo, revision });
    const known = this.#commits.get(name);
    if (known !== undefined) return known;
    const asked = commitNow({ repo, revision, client: () => connection.client() }, context);
    this.#commits.set(name, asked);
    return asked;
  }

  /** commit -> listing -> selection -> the sha-256 of each file */
  async #select(entry: Entry, commit: CommitHash): Promise<EntryOutcome> {
    const { connection, mode, repos } = this.#options;
    const { tell } = this.#options.context;
    const context = { ...this.#options.context, tell: repos === 'several' ? namingRepo(entry.repo, tell) : tell };
    const layout = repoLayout(context.settings.cacheDir, entry.repo);
    const listing = await listingOf(
      { repo: entry.repo, layout, client: () => connection.client() },
      { commit, context },
    );
    const request = requestOf(entry);
    const asked = { request, revision: entry.revision, layout, local: undefined, commit, hubFailure: undefined };
    const wanted = await want({ ...asked, listing }, listing, { connection, context });
    const contents = contentsToRead(wanted, this.#options.known);
    if (mode === 'look') {
      const { sha256 } = await digestsOnDisk(wanted, contents, context);
      const unread = contents.filter(({ digest }) => !sha256.has(digest.hex));
      return { state: 'selected', entry: { ...entry, commit, files: wanted.selected }, unread };
    }
    const digests = await digestsOf(wanted, contents, { connection, context });
    const files = wanted.selected.map((file) => this.#lockFile(file, digests));
    return { state: 'locked', entry: { ...entry, commit, files }, bytesFetched: digests.bytesFetched };
  }

  #lockFile({ path, size, digest, gitOid }: ListedFile, { sha256 }: ContentDigests) {
    const sha =
      digest.algorithm === 'sha256' ? digest.hex : (sha256.get(digest.hex) ?? this.#options.known.get(digest.hex));
    if (sha === undefined) throw new Error(`${path} was read, and its sha-256 is not known`);
    return { path, size, digest, gitOid, sha256: sha };
  }
}

/** What an entry asks for, as a download into the cache would. */
function requestOf({ repo, revision, paths, include, exclude, weights, dataset }: Entry): DownloadRequest {
  return {
    repo,
    revision,
    paths,
    include,
    exclude,
    ...(weights === undefined ? {} : { weights }),
    ...(dataset === undefined ? {} : { dataset }),
  };
}

/** Each content once whose sha-256 neither the hub nor the old lock tells. */
function contentsToRead({ plan }: Wanted, known: ReadonlyMap<string, string>): ListedFile[] {
  const contents = new Map<string, ListedFile>();
  for (const { file } of plan.files) {
    const { algorithm, hex } = file.digest;
    if (algorithm === 'git-sha1' && !known.has(hex) && !contents.has(hex)) contents.set(hex, file);
  }
  return [...contents.values()];
}
