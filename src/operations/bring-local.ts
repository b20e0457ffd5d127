import { randomBytes } from 'node:crypto';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobToFetch } from '../cache/claim.js';
import { DiskError, isSystemError, onDisk } from '../cache/disk-errors.js';
import { Leases } from '../cache/leases.js';
import { readListing, writeListing } from '../cache/records.js';
import { rememberRepoFolder } from '../cache/repo-folder.js';
import { readRef, writeRef } from '../cache/refs.js';
import { HubError } from '../errors.js';
import { copyBytesOf, reflink } from '../local-dir/copy.js';
import { LocalFilesKept } from '../local-dir/kept.js';
import { localPath } from '../local-dir/layout.js';
import type { JudgedFile } from '../local-dir/local-folder.js';
import { makeNotesFolder } from '../local-dir/python-notes.js';
import { type ListedFile, asCommitHash } from '../repo/listing.js';
import { type Plan, type PlannedFile, planFiles } from '../selection/plan.js';
import { type Brought, claimsOn, fetchPlanned } from './bring-missing.js';
import type { OperationContext } from './context.js';
import type { BlobOutcome } from './fetch-blobs.js';
import type { HubConnection } from './hub-connection.js';
import { inParallel } from './in-parallel.js';
import { NotCached } from './lookup.js';
import { type LocalWork, seedBytesOf } from './plan-local.js';
import { type Wanted, requireSpace } from './prepare.js';

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
function withSeeds(plan: Plan, { judged }: LocalWork): Plan {
  const seeds = plan.files.reduce((sum, { file }) => sum + seedBytesOf(file, judged.get(file.path)), 0);
  return { ...plan, totals: { ...plan.totals, bytesToFetch: plan.totals.bytesToFetch + seeds } };
}

class LocalBringer {
  readonly #wanted: Wanted;
  readonly #work: LocalWork;
  readonly #connection: HubConnection;
  readonly #context: OperationContext;
  readonly #writer = randomBytes(8).toString('hex');
  readonly #leases: Leases;
  readonly #outcomes = new Map<string, BlobOutcome>();
  #reflinks = true;
  #hasRoomForCopies: Promise<unknown> | undefined;

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
  }

  async run(): Promise<Brought> {
    const { folder } = this.#work;
    const { state } = folder.layout;
    await folder.files.makeFolder(state.partials);
    await makeNotesFolder(folder.layout, folder.files);
    const lease = await this.#leases.takeShared(this.#context.signal);
    try {
      await this.#clearAbandonedCopies();
      const { commit, listing } = this.#wanted;
      if ((await readListing(state, commit)) === undefined) await writeListing(state, folder.files, listing);
      await this.#adopt();
      const plan = await this.#copy();
      const { outcomes, sources } = await this.#fetch(plan);
      for (const [path, outcome] of outcomes) this.#outcomes.set(path, outcome);
      await this.#copyFetched(plan);
      await this.#noteRef();
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

  /** @returns the plan, in which what could not be copied after all is to be fetched */
  async #copy(): Promise<Plan> {
    const { plan, selected, request } = this.#wanted;
    const { copies } = this.#work;
    const failed = new Set<string>();
    await inParallel(
      selected.filter(({ path }) => copies.has(path)),
      copiesAtATime,
      async (file) => {
        if (!(await this.#copyOne(file, copies.get(file.path) ?? ''))) failed.add(file.path);
      },
    );
    if (failed.size === 0) return plan;
    if (this.#context.settings.offline)
      throw new NotCached(`${request.repo.name}: the cache has lost ${[...failed].join(', ')}`);
    const again = planFiles(
      selected.filter(({ path }) => failed.has(path)),
      { hasWhole: () => false, partialBytes: () => 0 },
    );
    const byPath = new Map(again.files.map((planned) => [planned.file.path, planned]));
    return { ...plan, files: plan.files.map((planned) => byPath.get(planned.file.path) ?? planned) };
  }

  async #fetch(plan: Plan): Promise<Omit<Brought, 'plan'>> {
    const { folder } = this.#work;
    const { stallTimeoutMs } = this.#context.settings;
    const { state: layout } = folder.layout;
    const shared = { layout, files: folder.files, leases: this.#leases, writer: this.#writer, stallTimeoutMs };
    const assertThere = rememberRepoFolder(layout, layout.partials);
    const claims = await claimsOn(
      { ...shared, assertThere },
      { selected: this.#wanted.selected, isWhole: this.#isThere },
    );
    const blobOf = (file: ListedFile) => this.#blobOf(file);
    const surroundings = { claims, blobOf, connection: this.#connection, context: this.#context };
    return fetchPlanned({ ...this.#wanted, plan }, surroundings);
  }

  /** Files whose bytes came for another one. */
  async #copyFetched(plan: Plan): Promise<void> {
    const { layout } = this.#work.folder;
    for (const planned of plan.files) {
      if (
        this.#context.signal.aborted ||
        planned.state !== 'link' ||
        this.#outcomes.get(planned.from)?.error !== undefined
      )
        continue;
      const isCopied = await this.#copyOne(planned.file, localPath(layout, planned.from));
      if (!isCopied) throw new Error(`${planned.from} was there, and is gone`);
    }
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

  /** @returns false where the other file is not what it should be, or can't be read */
  async #copyOne(file: ListedFile, source: string): Promise<boolean> {
    const { folder } = this.#work;
    const { tell } = this.#context;
    const name = `${this.#writer}.${randomBytes(8).toString('hex')}.copy`;
    const temporary = join(folder.layout.state.partials, name);
    try {
      await this.#copyBytes(source, temporary);
      const copy = await open(temporary, 'r+');
      try {
        if ((await copy.stat()).size !== file.size) return false;
        await copy.sync();
      } finally {
        await copy.close();
      }
      await folder.put(file, this.#judged(file), temporary);
      tell({ type: 'file-done', path: file.path, bytes: file.size, bytesFetched: 0, state: 'cached' });
      return true;
    } catch (error) {
      if (error instanceof LocalFilesKept) {
        this.#outcomes.set(file.path, { state: 'failed', bytesFetched: 0, bytesWasted: 0, error });
        return true;
      }
      if (error instanceof HubError || (await isReadable(source))) throw error;
      return false;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #copyBytes(source: string, target: string): Promise<void> {
    const { files } = this.#work.folder;
    if (this.#reflinks && (await reflink(source, target, files))) return;
    this.#reflinks = false;
    await (this.#hasRoomForCopies ??= this.#requireRoomForCopies());
    await copyBytesOf(source, target, { files, signal: this.#context.signal });
  }

  /** Reflinks need no room; the first file that can't be one tells that none can. */
  async #requireRoomForCopies(): Promise<void> {
    const { plan, selected } = this.#wanted;
    const { copies, folder } = this.#work;
    const toCopy = selected.filter(({ path }) => copies.has(path)).reduce((sum, { size }) => sum + size, 0);
    const { totals } = withSeeds(plan, this.#work);
    await requireSpace(
      { ...plan, totals: { ...totals, bytesToFetch: totals.bytesToFetch + toCopy } },
      folder.layout.dir,
    );
  }

  /** Of processes that died while they copied. */
  async #clearAbandonedCopies(): Promise<void> {
    const { partials } = this.#work.folder.layout.state;
    const copies = (await readdir(partials)).filter((name) => /^[0-9a-f]{16}\.[0-9a-f]{16}\.copy$/.test(name));
    if (copies.length === 0) return;
    const living = await this.#leases.livingWriters();
    for (const name of copies) {
      if (!living.has(name.slice(0, 16))) await rm(join(partials, name), { force: true });
    }
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

async function isReadable(path: string): Promise<boolean> {
  try {
    await stat(path);
    await (await open(path, 'r')).close();
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'EACCES', 'EPERM', 'ENOTDIR')) return false;
    throw error;
  }
}
