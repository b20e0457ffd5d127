import { randomBytes } from 'node:crypto';
import type { BlobToFetch } from '../cache/claim.js';
import { DiskError, onDisk } from '../cache/disk-errors.js';
import { Leases } from '../cache/leases.js';
import { readListing, writeListing } from '../cache/records.js';
import { rememberRepoFolder } from '../cache/repo-folder.js';
import { readRef, writeRef } from '../cache/refs.js';
import { HubError } from '../errors.js';
import { LocalFilesKept } from '../local-dir/kept.js';
import { localPath } from '../local-dir/layout.js';
import type { JudgedFile } from '../local-dir/local-folder.js';
import { makeNotesFolder } from '../local-dir/python-notes.js';
import { type ListedFile, asCommitHash } from '../repo/listing.js';
import { type Plan, type PlannedFile, planFiles } from '../selection/plan.js';
import { type Brought, claimsOn, fetchFiles } from './bring-missing.js';
import type { OperationContext } from './context.js';
import type { BlobOutcome } from './fetch-blobs.js';
import type { HubConnection } from './hub-connection.js';
import { inParallel } from './in-parallel.js';
import { LocalCopier, clearAbandonedCopies } from './local-copier.js';
import { type CopySource, type LocalWork, seedBytesOf } from './plan-local.js';
import { type Wanted, requireHubFor, requireSpace } from './prepare.js';

/** Small ones wait for the disk more than they use it. */
const copiesAtATime = 8;
const notesAtATime = 16;

/**
 * plan -> local folder: what the machine has is copied, the rest fetched beside its place and put there when it is whole.
 * Nothing of the user's is touched, and nothing is written into the cache.
 *
 * @throws HubError  what prevented the whole; failures of single files are outcomes
 */
export async function bringLocal(
  wanted: Wanted,
  work: LocalWork,
  surroundings: { connection: HubConnection; context: OperationContext },
): Promise<Brought> {
  if (await isWarm(wanted, work)) return { plan: wanted.plan, outcomes: new Map(), sources: {} };
  const { dir } = work.folder.layout;
  await requireSpace(withSeeds(wanted.plan, work), dir);
  try {
    return await onDisk(dir, () => new LocalBringer(wanted, work, surroundings).run());
  } catch (error) {
    // Only notes were to be written, and the folder is read-only: it is whole all the same.
    if (error instanceof DiskError && isComplete(wanted.plan, work)) {
      return { plan: wanted.plan, outcomes: new Map(), sources: {} };
    }
    throw error;
  }
}

/** Nothing is to be brought. */
function isComplete({ files }: Plan, { copies }: LocalWork): boolean {
  return files.every(({ file, state }) => state === 'keep' || (state === 'cached' && !copies.has(file.path)));
}

/** Everything is where it should be, or the user's, and known as such. */
async function isWarm({ plan, commit, revision }: Wanted, { folder, judged }: LocalWork): Promise<boolean> {
  const isSettled = ({ file, state }: PlannedFile) =>
    state === 'keep' || (judged.get(file.path)?.verdict.is === 'right' && folder.isNoted(file));
  if (!plan.files.every(isSettled)) return false;
  return asCommitHash(revision) !== undefined || (await readRef(folder.layout.state, revision)) === commit;
}

/** What stands in a file's place stays there until the whole is here: its bytes take their room twice. */
function withSeeds(plan: Plan, work: LocalWork): Plan {
  const bytesToWrite = plan.totals.bytesToWrite + seedBytesOfAll(plan, work);
  return { ...plan, totals: { ...plan.totals, bytesToWrite } };
}

function seedBytesOfAll(plan: Plan, { judged }: LocalWork): number {
  return plan.files.reduce(
    (sum, { file, state }) => sum + (state === 'resume' ? seedBytesOf(file, judged.get(file.path)) : 0),
    0,
  );
}

/** All but those whose bytes come for another file first. */
function toCopy({ files }: Plan, { copies }: LocalWork): { file: ListedFile; source: CopySource }[] {
  return files.flatMap(({ file, state }) => {
    const source = state === 'cached' || state === 'take' ? copies.get(file.path) : undefined;
    return source === undefined ? [] : { file, source };
  });
}

class LocalBringer {
  readonly #wanted: Wanted;
  readonly #work: LocalWork;
  readonly #connection: HubConnection;
  readonly #context: OperationContext;
  readonly #writer = randomBytes(8).toString('hex');
  readonly #leases: Leases;
  readonly #outcomes = new Map<string, BlobOutcome>();
  readonly #copier: LocalCopier;

  constructor(
    wanted: Wanted,
    work: LocalWork,
    { connection, context }: { connection: HubConnection; context: OperationContext },
  ) {
    this.#wanted = wanted;
    this.#work = work;
    this.#connection = connection;
    this.#context = context;
    const { files, layout } = work.folder;
    this.#leases = new Leases({ folder: layout.state.leases, files, writer: this.#writer });
    this.#copier = new LocalCopier({
      folder: work.folder,
      writer: this.#writer,
      requireRoom: () => this.#requireRoomForCopies(),
      context,
    });
  }

  async run(): Promise<Brought> {
    const { folder } = this.#work;
    const { state } = folder.layout;
    await folder.files.makeFolder(state.partials);
    await makeNotesFolder(folder.layout, folder.files);
    const lease = await this.#leases.takeShared(this.#context.signal);
    try {
      await clearAbandonedCopies(state.partials, this.#leases);
      const { commit, listing } = this.#wanted;
      const isKept = listing === undefined || (await readListing(state, commit)) !== undefined;
      if (!isKept) await writeListing(state, folder.files, listing);
      await this.#adopt();
      this.#tellPlan();
      const plan = await this.#copy();
      const { outcomes, sources } = await this.#fetch(plan);
      for (const [path, outcome] of outcomes) this.#outcomes.set(path, outcome);
      await this.#copyFetched(plan);
      await this.#noteRef();
      await folder.dropOldListings();
      return { plan, outcomes: this.#outcomes, sources };
    } finally {
      await folder.close();
      await lease.release();
    }
  }

  /** What stands there and is right becomes known as such, and of this commit. */
  async #adopt(): Promise<void> {
    const { folder, judged } = this.#work;
    await inParallel(this.#wanted.selected, notesAtATime, async (file) => {
      const found = judged.get(file.path);
      const isNew = found?.verdict.is === 'adopted' || (found?.verdict.is === 'right' && !folder.isNoted(file));
      if (found !== undefined && isNew) await folder.note(file, found);
    });
  }

  #tellPlan(): void {
    const { plan, request } = this.#wanted;
    if (isComplete(plan, this.#work)) return;
    const { bytes, bytesCached, bytesToFetch } = plan.totals;
    const { tell } = this.#context;
    tell({ type: 'planned', repo: request.repo.name, files: plan.files.length, bytes, bytesCached, bytesToFetch });
  }

  /** @returns the plan, in which what could not be copied after all is to be fetched */
  async #copy(): Promise<Plan> {
    const { plan, selected } = this.#wanted;
    const failed = new Set<string>();
    await inParallel(toCopy(plan, this.#work), copiesAtATime, async ({ file, source }) => {
      if (!(await this.#copyOne(file, source))) failed.add(file.path);
    });
    if (failed.size === 0) return plan;
    const left = selected.filter(({ path }) => failed.has(path));
    requireHubFor(left, this.#wanted, this.#context.settings);
    const nothing = { hasWhole: () => false, elsewhere: () => undefined, partialBytes: () => 0 };
    const again = new Map(planFiles(left, nothing).files.map((planned) => [planned.file.path, planned]));
    return { ...plan, files: plan.files.map((planned) => again.get(planned.file.path) ?? planned) };
  }

  async #fetch(plan: Plan): Promise<Omit<Brought, 'plan'>> {
    const { folder } = this.#work;
    const { stallTimeoutMs } = this.#context.settings;
    const { state: layout } = folder.layout;
    const { inFsyncTurn: inTurn } = await this.#connection.transfer();
    const shared = { layout, files: folder.files, leases: this.#leases, writer: this.#writer, inTurn, stallTimeoutMs };
    const assertThere = rememberRepoFolder(layout, layout.partials);
    const claims = await claimsOn(
      { ...shared, assertThere },
      { selected: this.#wanted.selected, isWhole: this.#isThere },
    );
    const files = plan.files.flatMap(({ file, state }) => (state === 'fetch' || state === 'resume' ? file : []));
    const blobOf = (file: ListedFile) => this.#blobOf(file);
    const means = { claims, blobOf, connection: this.#connection, context: this.#context };
    return fetchFiles(files, { ...this.#wanted, plan }, means);
  }

  /** Files whose bytes came for another one. */
  async #copyFetched(plan: Plan): Promise<void> {
    const { layout } = this.#work.folder;
    for (const planned of plan.files) {
      if (planned.state !== 'link' || this.#outcomes.get(planned.from)?.error !== undefined) continue;
      if (this.#context.signal.aborted) return;
      const source = { path: localPath(layout, planned.from), isTrusted: true };
      if (!(await this.#copyOne(planned.file, source))) throw new Error(`${planned.from} was there, and is gone`);
    }
  }

  /** @returns false where it must be fetched after all */
  async #copyOne(file: ListedFile, source: CopySource): Promise<boolean> {
    const { path, size } = file;
    const outcome = { bytesFetched: 0, bytesWasted: 0 };
    try {
      if (!(await this.#copier.copy(file, this.#judged(file), source))) return false;
    } catch (error) {
      if (!(error instanceof LocalFilesKept)) throw error;
      this.#outcomes.set(path, { ...outcome, state: 'failed', error });
      return true;
    }
    const state = source.isTrusted ? 'cached' : 'linked';
    this.#outcomes.set(path, { ...outcome, state });
    this.#context.tell({ type: 'file-done', path, bytes: size, bytesFetched: 0, state });
    return true;
  }

  #blobOf(file: ListedFile): BlobToFetch {
    const { folder } = this.#work;
    const judged = this.#judged(file);
    const bytes = seedBytesOf(file, judged);
    return {
      digest: file.digest,
      size: file.size,
      seed: bytes > 0 ? { path: localPath(folder.layout, file.path), bytes } : undefined,
      isPublished: () => !this.#context.settings.force && folder.isPutByNow(file, judged),
      put: (from) => folder.put(file, judged, from),
    };
  }

  async #requireRoomForCopies(): Promise<void> {
    const { plan } = this.#wanted;
    const { folder } = this.#work;
    const bytesToCopy = toCopy(plan, this.#work).reduce((sum, { file }) => sum + file.size, 0);
    const bytesToWrite = plan.totals.bytesToFetch + seedBytesOfAll(plan, this.#work) + bytesToCopy;
    await requireSpace({ ...plan, totals: { ...plan.totals, bytesToWrite } }, folder.layout.dir);
  }

  /** For the next run without a hub: it tells what the revision was. The cache's own ref is left alone. */
  async #noteRef(): Promise<void> {
    const { revision, commit } = this.#wanted;
    const { files, layout } = this.#work.folder;
    const isWhole = [...this.#outcomes.values()].every(({ error }) => error === undefined || isKept(error));
    if (!isWhole || asCommitHash(revision) !== undefined) return;
    try {
      await writeRef(layout.state, files, { revision, commit });
    } catch (error) {
      const message = `the folder can't note ${revision}: ${String(error)}`;
      this.#context.tell({ type: 'warning', code: 'ref-not-written', message });
    }
  }

  readonly #isThere = (file: ListedFile) => ['right', 'adopted'].includes(this.#judged(file).verdict.is);

  #judged({ path }: ListedFile): JudgedFile {
    const judged = this.#work.judged.get(path);
    if (judged === undefined) throw new Error(`${path} was not judged`);
    return judged;
  }
}

function isKept(error: HubError): boolean {
  return error instanceof LocalFilesKept;
}
