import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { DiskError, onDisk } from '../../cache/disk-errors.js';
import { CacheFiles } from '../../cache/files.js';
import { type RepoLayout, repoLayout } from '../../cache/layout.js';
import { type Lease, Leases } from '../../cache/leases.js';
import { examineFindings } from '../../cache/verify/broken-paths.js';
import { knownRevisions } from '../../cache/verify/known-revisions.js';
import { VerifiedRecord } from '../../cache/verify/verified.js';
import type { CachedRepo } from '../../retention/inventory.js';
import { type ContentCheck, type KnownRevision, type Problem, planVerification } from '../../retention/verification.js';
import type { RepairOutcome } from './result.js';

/** A repo, and what is known of it so far. */
export interface RepoUnderTest {
  readonly repo: CachedRepo;
  readonly layout: RepoLayout;
  readonly files: CacheFiles;
  readonly leases: Leases;
  /** The random id of this run's work on the repo. */
  readonly writer: string;
  readonly known: readonly KnownRevision[];
  readonly record: VerifiedRecord;
  readonly checks: readonly ContentCheck[];
  readonly problems: Problem[];
  readonly outcomes: Map<Problem, RepairOutcome>;
  /** Contents that are right. */
  right: number;
  /** Of these, what was not read. */
  skipped: number;
}

/** Finds out what is to be read of a repo, and what is wrong with it already. Reads records alone. */
export async function putUnderTest(repo: CachedRepo, cacheDir: string): Promise<RepoUnderTest> {
  const layout = repoLayout(cacheDir, repo.repo);
  const files = new CacheFiles(cacheDir);
  const writer = randomBytes(8).toString('hex');
  const leases = new Leases({ folder: layout.leases, files, writer });
  const known = await knownRevisions(layout, repo);
  const { dangling, problems: broken } = examineFindings(layout, repo);
  const { checks, problems } = planVerification(repo, { known, dangling });
  return {
    repo,
    layout,
    files,
    leases,
    writer,
    known,
    record: await VerifiedRecord.read(layout),
    checks,
    problems: [...problems, ...broken],
    outcomes: new Map(),
    right: 0,
    skipped: 0,
  };
}

/**
 * A lease that keeps others from deleting what is being read; undefined where the cache can't be written, by them either.
 *
 * @throws HubError  the signal's reason
 */
export async function leaseOn({ layout, leases }: RepoUnderTest, signal: AbortSignal): Promise<Lease | undefined> {
  // Making the lease's folder would bring back a repo that somebody has just deleted.
  if (!existsSync(layout.root)) return undefined;
  try {
    return await onDisk(layout.leases, () => leases.takeShared(signal));
  } catch (error) {
    if (error instanceof DiskError) return undefined;
    throw error;
  }
}
