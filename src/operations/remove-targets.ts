import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isSystemError, onDisk } from '../cache/disk-errors.js';
import { CacheFiles } from '../cache/files.js';
import { takeRepo } from '../cache/inventory/take-inventory.js';
import { repoLayout } from '../cache/layout.js';
import { type Holder, type Lease, Leases } from '../cache/leases.js';
import { clearRepoFolder, removeShell } from '../cache/remove-folder.js';
import { removeFromRepo } from '../cache/remove.js';
import type { RepoId } from '../repo/reference.js';
import { isPythonAtWork } from '../retention/choice.js';
import type { CachedRepo } from '../retention/inventory.js';
import { type RepoRemoval, type Target, planRemoval } from '../retention/removal.js';
import type { OperationContext } from './context.js';

/** What became of one repo: what went, or who holds it. */
export type Removed = { readonly removal: RepoRemoval } | { readonly holder: string };

type RemovalContext = Pick<OperationContext, 'settings' | 'signal'>;

/**
 * Removes something of a repo, if nobody is at work there: looks at it anew under the exclusive lease, since much may have
 * happened while somebody thought about the answer.
 *
 * @throws DiskError, and the signal's reason
 */
export async function removeTargets(
  repo: RepoId,
  targets: readonly Target[],
  { settings: { cacheDir }, signal }: RemovalContext,
): Promise<Removed | 'gone'> {
  const layout = repoLayout(cacheDir, repo);
  if (!existsSync(layout.root)) return 'gone';
  const files = new CacheFiles(cacheDir);
  const leases = new Leases({ folder: layout.leases, files, writer: randomBytes(8).toString('hex') });
  return onDisk(layout.root, async () => {
    const answer = await takeRepoLease(leases);
    if ('holder' in answer) return { holder: describeHolder(answer.holder) };
    let isClear = false;
    try {
      const [other] = await othersIn(leases, answer.lease === undefined ? Date.now() : undefined);
      if (other !== undefined) return { holder: other };
      const fresh = await takeRepo(cacheDir, repo);
      if (isPythonAtWork(fresh, Date.now())) return { holder: pythonProgram };
      const removal = planRemoval(fresh, targets);
      await removeFromRepo(layout, removal, { files, signal });
      if (removal.folder !== 'stays') {
        isClear = await clearRepoFolder(layout, removal.folder === 'all' ? 'all' : 'if-empty');
        isClear &&= await leases.clearDead();
      }
      return { removal };
    } finally {
      await answer.lease?.release();
      if (isClear) removeShell(layout);
    }
  });
}

/** Who holds which of some repos, by their folders. Writes nothing. */
export async function holdersOf(repos: readonly CachedRepo[], cacheDir: string): Promise<Map<string, string>> {
  const files = new CacheFiles(cacheDir);
  const holders = new Map<string, string>();
  for (const { repo, folder } of repos) {
    const leases = new Leases({ folder: repoLayout(cacheDir, repo).leases, files, writer: '' });
    const [holder] = await othersIn(leases, Date.now());
    if (holder !== undefined) holders.set(folder, holder);
  }
  return holders;
}

/** A disk that is full refuses a lease too, and must be freed all the same: then only the others' leases count. */
async function takeRepoLease(leases: Leases): Promise<{ lease: Lease | undefined } | { holder: Holder | undefined }> {
  try {
    return await leases.tryExclusive('repo');
  } catch (error) {
    if (isSystemError(error, 'ENOSPC', 'EDQUOT')) return { lease: undefined };
    throw error;
  }
}

async function othersIn(leases: Leases, nowMs?: number): Promise<string[]> {
  return (await leases.holders(nowMs)).map(describeHolder);
}

const pythonProgram = 'a Python program';

function describeHolder(holder: Holder | undefined): string {
  return holder === undefined ? 'another process' : `process ${String(holder.pid)} on ${holder.host}`;
}
