import { rm } from 'node:fs/promises';
import { onDisk } from '../../cache/disk-errors.js';
import type { PartialFile } from '../../retention/inventory.js';
import type { RepoUnderTest } from './repo-under-test.js';

/** Another tool's unfinished file that was touched since may be somebody's work: they leave no lease that could be asked. */
const workOfOthersMs = 60 * 60 * 1000;

/** Clears away what nobody alive works on. */
export async function clearLeftovers({ repo, problems, leases, outcomes }: RepoUnderTest): Promise<void> {
  const leftovers = problems.filter(({ state }) => state === 'partial');
  if (leftovers.length === 0) return;
  const living = await leases.livingWriters();
  const isDead = ({ writer, modifiedMs }: PartialFile) =>
    writer === undefined ? Date.now() - modifiedMs > workOfOthersMs : !living.has(writer);
  for (const problem of leftovers) {
    const partial = repo.partials.find(({ path }) => path === problem.location);
    if (partial === undefined || !isDead(partial)) continue;
    await onDisk(problem.location, () => rm(problem.location, { recursive: true, force: true }));
    outcomes.set(problem, 'repaired');
  }
}
