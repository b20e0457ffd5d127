import { existsSync, readdirSync } from 'node:fs';
import { contentOf } from '../../cache/inventory/content.js';
import { parseRepoFolder } from '../../cache/inventory/take-inventory.js';
import { isSystemError } from '../../cache/disk-errors.js';
import { listingPath } from '../../cache/layout.js';
import { ExitCode, HubError } from '../../errors.js';
import { LocalFilesKept } from '../../local-dir/kept.js';
import { localLayout } from '../../local-dir/layout.js';
import { lookAt, sameStanding } from '../../local-dir/standing.js';
import type { CommitHash } from '../../repo/listing.js';
import type { RepoId } from '../../repo/reference.js';
import { type Problem, isBad } from '../../retention/verification.js';
import type { OperationContext } from '../context.js';
import { DownloadFailed, download } from '../download.js';
import type { DownloadResult } from '../download-result.js';
import type { LocalDirUnderTest, TestedFile } from './local-dir-under-test.js';

/** Nobody noted which repo a file is of. */
class RepoUnknown extends HubError {
  readonly code = 'not-repairable';
  readonly exitCode = ExitCode.integrity;
}

interface Repair {
  readonly problem: Problem;
  readonly tested: TestedFile;
}

/**
 * Brings what is bad again, of the commit that it was of, and nothing else: what is missing may come from the cache, what
 * is damaged is fetched. Sets the outcome of every problem that was tackled.
 *
 * @returns how many bytes came
 * @throws HubError  the signal's reason; other failures are outcomes
 */
export async function repairLocalDir(
  dir: LocalDirUnderTest,
  named: RepoId | undefined,
  context: OperationContext,
): Promise<number> {
  let bytesFetched = 0;
  for (const { commit, force, repairs } of groupsOf(dir)) {
    const left = repairs.filter((repair) => !isChangedMeanwhile(dir, repair, context));
    const repo = named ?? repoOf(dir, commit);
    if (left.length === 0) continue;
    if (repo === undefined) {
      const error = new RepoUnknown(`${dir.layout.dir}: nobody noted which repo ${commit.slice(0, 10)} is of`, {
        hint: `Name it: hub cache verify <repo> --local-dir ${dir.layout.dir} --repair`,
      });
      for (const { problem } of left) dir.outcomes.set(problem, error);
      continue;
    }
    const settings = { ...context.settings, force };
    const paths = left.map(({ tested }) => tested.file.path);
    const request = { repo, revision: commit, paths, include: [], exclude: [], localDir: dir.layout.dir };
    const outcome = await download(request, { ...context, settings }).catch((error: unknown) => {
      if (context.signal.aborted || !(error instanceof HubError)) throw error;
      return error;
    });
    bytesFetched += resultOf(outcome)?.totals.bytesFetched ?? 0;
    for (const repair of left) settle(dir, repair, outcome);
  }
  return bytesFetched;
}

/** By commit, and what must be fetched apart from what may be copied. */
function groupsOf({ problems }: LocalDirUnderTest) {
  const groups = new Map<string, { commit: CommitHash; force: boolean; repairs: Repair[] }>();
  for (const [problem, tested] of problems) {
    if (tested === undefined || !isBad(problem) || problem.state === 'unreadable') continue;
    const { commit } = tested.file;
    const force = problem.state !== 'missing';
    const key = `${commit} ${String(force)}`;
    const group = groups.get(key) ?? { commit, force, repairs: [] };
    group.repairs.push({ problem, tested });
    groups.set(key, group);
  }
  return groups.values();
}

/** What the user has put there since it was read is his. */
function isChangedMeanwhile(
  { layout, outcomes }: LocalDirUnderTest,
  repair: Repair,
  context: OperationContext,
): boolean {
  const { file, location, standing } = repair.tested;
  if (sameStanding(lookAt(location, context.settings.cacheDir), standing)) return false;
  outcomes.set(repair.problem, new LocalFilesKept(layout.dir, [file.path]));
  return true;
}

/** The repo of whose state the commit's listing is; undefined where nobody noted one. */
function repoOf({ layout }: LocalDirUnderTest, commit: CommitHash): RepoId | undefined {
  const repos = foldersIn(layout.repos).flatMap((name) => parseRepoFolder(name) ?? []);
  return repos.find((repo) => existsSync(listingPath(localLayout(layout.dir, repo).state, commit)));
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

function resultOf(outcome: DownloadResult | HubError): DownloadResult | undefined {
  if (outcome instanceof DownloadFailed) return outcome.result;
  return outcome instanceof HubError ? undefined : outcome;
}

function settle(dir: LocalDirUnderTest, { problem, tested }: Repair, outcome: DownloadResult | HubError): void {
  const { file, location } = tested;
  const brought = resultOf(outcome)?.files.find(({ path }) => path === file.path);
  const isRight = brought !== undefined && !['failed', 'kept'].includes(brought.state);
  if (!isRight && outcome instanceof HubError) {
    dir.outcomes.set(problem, outcome);
    return;
  }
  dir.outcomes.set(problem, 'repaired');
  const content = contentOf(location);
  if (content?.size === brought?.size && content !== undefined) dir.record.add(location, file.digest, content);
}
