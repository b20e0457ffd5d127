import { accessSync, constants } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DiskError, isSystemError, onDisk } from '../../cache/disk-errors.js';
import { contentOf } from '../../cache/inventory/content.js';
import { hasSymlinks } from '../../cache/file-system.js';
import { blobPath } from '../../cache/layout.js';
import { makeRepoFolder } from '../../cache/repo-folder.js';
import { isEntryLinked, replaceEntry } from '../../cache/snapshots.js';
import { ExitCode, HubError } from '../../errors.js';
import type { CommitHash, ListedFile } from '../../repo/listing.js';
import { type Problem, isBad } from '../../retention/verification.js';
import type { OperationContext } from '../context.js';
import { HubConnection } from '../hub-connection.js';
import { clearLeftovers } from './clear-leftovers.js';
import { ListingsForRepair } from './listings-for-repair.js';
import { refetch } from './refetch.js';
import { type RepoUnderTest, leaseOn } from './repo-under-test.js';

/** A bad file that no listing names, so that nobody knows where its bytes are to be had. */
class NotRepairable extends HubError {
  readonly code = 'not-repairable';
  readonly exitCode = ExitCode.integrity;
}

/** Where a bad file stands, and what the listing says that it should be. */
interface Repair {
  readonly problem: Problem;
  readonly file: ListedFile;
  /** The first is asked for the bytes. */
  readonly commits: readonly [CommitHash, ...CommitHash[]];
}

/**
 * Brings what is bad again, each content once, and puts it in the place of the bad one by renaming: whenever this is
 * ended, readers find the old file or the new one. Sets the outcome of every problem that was tackled.
 *
 * @param fetched  told how many bytes came
 * @throws HubError  the signal's reason; other failures are outcomes
 */
export async function repair(
  repos: readonly RepoUnderTest[],
  context: OperationContext,
  fetched: (bytes: number) => void,
): Promise<void> {
  const connection = new HubConnection(context);
  try {
    for (const repo of repos) {
      try {
        await repairRepo(repo, { connection, context, fetched });
      } catch (error) {
        if (context.signal.aborted || !(error instanceof HubError)) throw error;
        for (const problem of repo.problems.filter(isBad)) {
          if (!repo.outcomes.has(problem)) repo.outcomes.set(problem, error);
        }
      }
    }
  } finally {
    await connection.close();
  }
}

interface RepairContext {
  readonly connection: HubConnection;
  readonly context: OperationContext;
  readonly fetched: (bytes: number) => void;
}

async function repairRepo(repo: RepoUnderTest, { connection, context, fetched }: RepairContext): Promise<void> {
  const lease = await leaseOn(repo, context.signal);
  if (lease === undefined) throw new DiskError('no-permission', `${repo.layout.root}: can't be written`, {});
  try {
    const listings = new ListingsForRepair(repo, connection, context);
    const repairs: Repair[] = [];
    const orphans: Problem[] = [];
    for (const problem of repo.problems.filter((it) => isBad(it) && !isLocked(it))) {
      // Whatever else no revision names is not ours to delete.
      if (problem.path === undefined && dirname(problem.location) === repo.layout.blobs) orphans.push(problem);
      else await planRepair(problem, listings).then((planned) => repairs.push(planned), settle(repo, problem, context));
    }
    await makeRepoFolder(repo.layout, repo.files);
    const failures = await refetch(blobsToFetch(repo, repairs), { repo, connection, context, fetched });
    const symlinks = context.settings.symlinks && (await hasSymlinks(repo.layout.partials));
    for (const planned of repairs) {
      const failure = failures.get(planned.file.digest.hex);
      if (failure === undefined)
        await putInPlace(repo, planned, symlinks).catch(settle(repo, planned.problem, context));
      repo.outcomes.set(planned.problem, failure ?? repo.outcomes.get(planned.problem) ?? 'repaired');
    }
    for (const problem of orphans) {
      // Fetched for an entry that had gone, and so right by now; else nobody needs it.
      if (!repairs.some(({ file }) => file.digest.hex === problem.digest?.hex)) await remove(problem.location);
      repo.outcomes.set(problem, 'repaired');
    }
    await clearLeftovers(repo);
    await noteRepaired(repo, repairs);
  } finally {
    await lease.release();
  }
}

/** @throws HubError  no listing that names the file can be had */
async function planRepair(problem: Problem, listings: ListingsForRepair): Promise<Repair> {
  const { path, revisions, location } = problem;
  const [first, ...others] = revisions;
  const file = first === undefined ? undefined : await listings.find(first, path ?? '');
  if (file === undefined || first === undefined) {
    throw new NotRepairable(`${location}: no listing names it`, { hint: 'If nobody needs it, delete it.' });
  }
  return { problem, file, commits: [first, ...others] };
}

/** Keeps a failure as the outcome of a problem; the signal's ends everything. */
function settle({ outcomes }: RepoUnderTest, problem: Problem, { signal }: OperationContext) {
  return (error: unknown): void => {
    if (signal.aborted || !(error instanceof HubError)) throw error;
    outcomes.set(problem, error);
  };
}

/** The contents that are to come, each once, by the commit that is asked for them. */
function blobsToFetch({ repo, layout, problems }: RepoUnderTest, repairs: readonly Repair[]) {
  const bad = new Set(problems.filter(isBad).map(({ location }) => location));
  const wanted = new Map<string, ListedFile>();
  const byCommit = new Map<CommitHash, ListedFile[]>();
  for (const { file, commits } of repairs) {
    const { hex } = file.digest;
    const isHere = repo.blobs.has(hex) && !bad.has(blobPath(layout, file.digest));
    if (isHere || wanted.has(hex)) continue;
    wanted.set(hex, file);
    byCommit.set(commits[0], [...(byCommit.get(commits[0]) ?? []), file]);
  }
  return byCommit;
}

/** A link that leads to the new blob already need not be touched. */
async function putInPlace(
  { layout, files }: RepoUnderTest,
  { file, commits }: Repair,
  symlinks: boolean,
): Promise<void> {
  for (const commit of commits) {
    if (symlinks && isEntryLinked(layout, commit, file)) continue;
    await replaceEntry(layout, files, { file, commit, symlinks });
  }
}

async function remove(location: string): Promise<void> {
  await onDisk(location, () => rm(location, { force: true }));
}

/** What has been fetched was checked: a quick verification need not read it. */
async function noteRepaired({ layout, record, outcomes, files, checks }: RepoUnderTest, repairs: readonly Repair[]) {
  const repaired = repairs.filter(({ problem }) => outcomes.get(problem) === 'repaired');
  for (const { file } of repaired) {
    const location = blobPath(layout, file.digest);
    const content = contentOf(location);
    if (content?.size === file.size) record.add(location, file.digest, content);
  }
  const locations = [
    ...checks.map(({ location }) => location),
    ...repaired.map(({ file }) => blobPath(layout, file.digest)),
  ];
  await record.write(files, locations);
}

/** Another user keeps it to himself: it is not ours to replace, and may well be right. */
function isLocked({ state, location }: Problem): boolean {
  if (state !== 'unreadable') return false;
  try {
    accessSync(location, constants.R_OK);
    return false;
  } catch (error) {
    return isSystemError(error, 'EACCES', 'EPERM');
  }
}
