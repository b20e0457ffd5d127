import { readRef } from '../../cache/refs.js';
import { ExitCode, HubError, UsageError, abortReason } from '../../errors.js';
import { isBelow } from '../../local-dir/standing.js';
import { realPathOf } from '../../local-dir/choose-dir.js';
import { pruneLocalDir } from '../../local-dir/prune.js';
import { localLayout } from '../../local-dir/layout.js';
import { linkOutOf } from '../../local-dir/links.js';
import { asCommitHash } from '../../repo/listing.js';
import { repoPath } from '../../repo/reference.js';
import type { Entry, LockedEntry } from '../../workspace/entry.js';
import type { OperationContext } from '../context.js';
import { DownloadFailed, bringWanted } from '../download.js';
import type { DownloadResult } from '../download-result.js';
import type { HubConnection } from '../hub-connection.js';
import { inParallel } from '../in-parallel.js';
import { namingRepo } from '../naming-repo.js';
import type { Wanted } from '../prepare.js';
import { requireRoom } from './require-room.js';
import { wantLocked } from './locked-wanted.js';
import type { SyncedRepo } from './result.js';
import { join } from 'node:path';

/** Small repos mostly wait for the disk; the bytes of large ones share the connections anyway. */
const reposAtATime = 4;

/** An entry of the project, and its lock: at hand, or being made while the bytes of others come. */
export interface EntryToBring {
  readonly entry: Entry;
  readonly locked: () => Promise<LockedEntry>;
  /** Where it is at hand already. */
  readonly atHand?: LockedEntry;
}

export interface BringEntriesOptions {
  /** Absolute: what `local-dir` is relative to. */
  readonly folder: string;
  /** What becomes of the cache's refs. */
  readonly ref: Wanted['ref'];
  /** Takes what is wanted no more out of target folders. */
  readonly prune: boolean;
  /** `several`: what is told says of which repo it is. */
  readonly repos: 'one' | 'several';
  readonly connection: HubConnection;
  readonly context: OperationContext;
}

/** What came of an entry, and what stood in its way. */
export interface BroughtEntry {
  readonly repo: SyncedRepo;
  readonly failure: HubError | undefined;
}

/**
 * Brings entries of a lock into the cache, or their target folders, some at a time, over one transfer. One that fails does
 * not stop the others, but for what all would meet: a full or unwritable disk, a bad token, a signal.
 *
 * @returns in the order of `entries`
 * @throws DiskError  what is at hand already is too much for the disk: before the first byte
 */
export async function bringEntries(
  entries: readonly EntryToBring[],
  options: BringEntriesOptions,
): Promise<BroughtEntry[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.context.signal, stop.signal]);
  const optionsFor = ({ entry: { repo } }: EntryToBring) => {
    const tell = options.repos === 'several' ? namingRepo(repo, options.context.tell) : options.context.tell;
    return { ...options, context: { ...options.context, tell, signal } };
  };
  const planned = new Map<EntryToBring, Wanted>();
  await inParallel(entries, reposAtATime, async (each) => {
    const wanted = await planAhead(each, optionsFor(each));
    if (wanted !== undefined) planned.set(each, wanted);
  });
  await requireRoom([...planned.values()]);
  const brought = new Map<EntryToBring, BroughtEntry>();
  await inParallel(entries, reposAtATime, async (each) => {
    const outcome = await tryToBring(each, planned.get(each), optionsFor(each));
    planned.delete(each);
    brought.set(each, outcome);
    if (outcome.failure !== undefined && endsEverything(outcome.failure)) stop.abort(outcome.failure);
  });
  return entries.flatMap((each) => brought.get(each) ?? []);
}

/** Undefined where its lock is yet to come, or what is wrong will be told when it is its turn. */
async function planAhead({ atHand }: EntryToBring, options: BringEntriesOptions): Promise<Wanted | undefined> {
  if (atHand === undefined) return undefined;
  try {
    return await plan(atHand, options);
  } catch (error) {
    if (error instanceof HubError) return undefined;
    throw error;
  }
}

async function tryToBring(
  each: EntryToBring,
  planned: Wanted | undefined,
  options: BringEntriesOptions,
): Promise<BroughtEntry> {
  const { context } = options;
  try {
    if (context.signal.aborted) throw abortReason(context.signal);
    const locked = await each.locked();
    const wanted = planned ?? (await plan(locked, options));
    return { repo: await bringOne(wanted, options), failure: undefined };
  } catch (error) {
    if (error instanceof DownloadFailed) return { repo: repoOf(error.result, error), failure: error };
    if (!(error instanceof HubError)) throw error;
    return { repo: nothingOf(each.entry, error), failure: error };
  }
}

function plan(locked: LockedEntry, { folder, ref, context }: BringEntriesOptions): Promise<Wanted> {
  return wantLocked(locked, { localDir: targetFolder(locked, folder), ref, context });
}

async function bringOne(wanted: Wanted, options: BringEntriesOptions): Promise<SyncedRepo> {
  const { ref, prune, connection, context } = options;
  const { local, selected } = wanted;
  const startedMs = performance.now();
  if (local === undefined && ref === 'make') await tellOtherRef(wanted, context);
  const result = await bringWanted(wanted, { connection, context, startedMs });
  if (local === undefined || !prune) return repoOf(result);
  const pruned = await pruneLocalDir(local, {
    wanted: new Set(selected.map(({ path }) => path)),
    cacheDir: context.settings.cacheDir,
  });
  if (pruned.kept.length > 0) {
    const message = `${local.dir}: wanted no more, but changed since they came, and so kept: ${pruned.kept.join(', ')}`;
    context.tell({ type: 'warning', code: 'prune-kept', message });
  }
  return { ...repoOf(result), pruned: [...pruned.removed] };
}

/**
 * Where an entry's files are to be, absolute.
 *
 * @throws UsageError  a link leads out of the project: whoever wrote hub.toml need not be who runs this
 */
function targetFolder({ localDir, repo, files }: LockedEntry, folder: string): string | undefined {
  if (localDir === undefined) return undefined;
  const path = join(folder, localDir);
  const [real, project] = [realPathOf(path), realPathOf(folder)];
  if (!isBelow(real, project)) throw leadsOut(`"${localDir}" leads out of the project, to ${real}`);
  const link = linkOutOf(
    folder,
    localLayout(path, repo),
    files.map((file) => file.path),
  );
  if (link !== undefined) throw leadsOut(`"${localDir}" has a link that leads out of the project: ${link}`);
  return path;
}

function leadsOut(fault: string): UsageError {
  return new UsageError(`local-dir ${fault}`, {
    hint: 'Name a folder below hub.toml that no link leads out of, or leave local-dir out: the files are in the cache then.',
  });
}

/** The cache's ref may serve another project: it stays, and who goes by it gets that commit. */
async function tellOtherRef({ layout, revision, commit, request }: Wanted, { tell }: OperationContext): Promise<void> {
  if (asCommitHash(revision) !== undefined) return;
  const found = await readRef(layout, revision).catch(() => undefined);
  if (found === undefined || found === commit) return;
  const name = repoPath(request.repo);
  const message = `${name}: ${revision} is ${found.slice(0, 10)} in this cache, and stays; hub.lock has ${commit.slice(0, 10)}`;
  const hint = `Load it with revision="${commit}", or move the ref: hub sync --refs.`;
  tell({ type: 'warning', code: 'ref-kept', message, hint });
}

/** What every other repo would meet. */
function endsEverything({ exitCode, code }: HubError): boolean {
  return (exitCode === ExitCode.disk && code !== 'unstorable-name' && code !== 'in-the-way') || code === 'bad-token';
}

function repoOf(result: DownloadResult, failure?: HubError): SyncedRepo {
  const { repo, type, revision, commit, path, complete, files, totals, sources } = result;
  const error = failure === undefined ? {} : { error: described(failure) };
  return { repo, type, revision, commit, path, complete: complete === true, files, totals, sources, ...error };
}

function nothingOf({ repo, revision }: Entry, failure: HubError): SyncedRepo {
  return {
    repo: repo.name,
    type: repo.type,
    revision,
    commit: null,
    path: '',
    complete: false,
    files: [],
    totals: { files: 0, bytes: 0, bytesFetched: 0, bytesCached: 0, bytesWasted: 0, retries: 0, seconds: 0 },
    sources: {},
    error: described(failure),
  };
}

function described({ code, exitCode, message }: HubError): { code: string; exitCode: number; message: string } {
  return { code, exitCode, message };
}
