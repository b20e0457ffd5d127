import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { onDisk, tolerateForeign } from '../../cache/disk-errors.js';
import { recordedBytesOf } from '../../cache/partials.js';
import type { PartialFile } from '../../retention/inventory.js';
import { judgeLeftover } from '../../retention/leftovers.js';
import { type Problem, digestOfBlobName } from '../../retention/verification.js';
import type { RepoUnderTest } from './repo-under-test.js';

/** Another tool's unfinished file that was touched since may be somebody's work: they leave no lease that could be asked. */
const workOfOthersMs = 60 * 60 * 1000;

/** Clears away the unfinished files that no download will go on with, and on which nobody alive works. */
export async function clearLeftovers({ repo, problems, leases, outcomes }: RepoUnderTest): Promise<void> {
  const leftBad = problems.filter((problem) => outcomes.get(problem) !== 'repaired');
  const leftovers = repo.partials.filter((partial) => judgeLeftover(partial, repo, leftBad) !== 'work');
  if (leftovers.length === 0) return;
  const living = await leases.livingWriters();
  for (const partial of leftovers) {
    if (!(await isAbandoned(partial, living))) continue;
    await onDisk(partial.path, () => rm(partial.path, { recursive: true, force: true }).catch(tolerateForeign));
    if (statSync(partial.path, { throwIfNoEntry: false }) !== undefined) continue;
    const problem = problems.find(({ location }: Problem) => location === partial.path);
    if (problem !== undefined) outcomes.set(problem, 'repaired');
  }
}

async function isAbandoned(
  { path, blob, writer, size, modifiedMs }: PartialFile,
  living: ReadonlySet<string>,
): Promise<boolean> {
  if (writer === undefined) return Date.now() - modifiedMs > workOfOthersMs;
  const digest = digestOfBlobName(blob ?? '');
  if (digest === undefined || living.has(writer)) return false;
  // What another version of this program left is not touched: it is not known what it means.
  return (await recordedBytesOf({ path, writer, hex: digest.hex }, { digest, size: size ?? 0 })) !== undefined;
}
