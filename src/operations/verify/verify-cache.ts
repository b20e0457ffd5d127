import { DigestPool } from '../../cache/verify/digest-pool.js';
import { foreignPath } from '../../cache/verify/broken-paths.js';
import type { RepoId } from '../../repo/reference.js';
import type { Inventory } from '../../retention/inventory.js';
import { partialProblems } from '../../retention/leftovers.js';
import { type ContentCheck, judgeSize, problemsOf } from '../../retention/verification.js';
import { inventoryOf } from '../cached-repos.js';
import type { OperationContext } from '../context.js';
import { inParallel } from '../in-parallel.js';
import { ContentReader, readKey } from './content-reader.js';
import { VerifyMeter } from './meter.js';
import { type RepoUnderTest, leaseOn, putUnderTest } from './repo-under-test.js';
import { type CacheDamaged, damageOf, verifyResult } from './report.js';
import type { VerifyResult } from './result.js';

export interface VerifyRequest {
  /** All where empty. */
  readonly repos: readonly RepoId[];
  /** Bring what is bad again. */
  readonly repair: boolean;
  /** Don't read what was found right before and looks untouched. */
  readonly quick: boolean;
}

/** What was found, and what a program ends with where files are bad, and stay so. */
export interface Verification {
  readonly result: VerifyResult;
  readonly damage: CacheDamaged | undefined;
}

/**
 * Reads every blob of some repos and compares its digest; looks for what is missing, or leads to nothing or elsewhere.
 * Asks no hub, but to repair. Ended by its signal, it gives what it has found so far.
 *
 * @throws RepoNotCached
 */
export async function verifyCache(request: VerifyRequest, context: OperationContext): Promise<Verification> {
  const startedMs = performance.now();
  const inventory = await inventoryOf(request.repos, context);
  const verifier = new Verifier(request, inventory, context);
  await verifier.run().catch((error: unknown) => {
    if (!context.signal.aborted) throw error;
  });
  return verifier.verification((performance.now() - startedMs) / 1000);
}

class Verifier {
  readonly #repos: RepoUnderTest[] = [];
  readonly #pool: DigestPool;
  readonly #reader: ContentReader;
  readonly #request: VerifyRequest;
  readonly #inventory: Inventory;
  readonly #context: OperationContext;
  #bytesFetched = 0;
  #isComplete = false;

  constructor(request: VerifyRequest, inventory: Inventory, context: OperationContext) {
    this.#request = request;
    this.#inventory = inventory;
    this.#context = context;
    this.#pool = new DigestPool(context.signal);
    this.#reader = new ContentReader(this.#pool);
  }

  async run(): Promise<void> {
    const { repos, cacheDir } = this.#inventory;
    for (const repo of repos) {
      this.#repos.push(await putUnderTest(repo, cacheDir));
      this.#context.signal.throwIfAborted();
    }
    await this.#readAll();
    this.#isComplete = true;
    const broken = this.#repos.filter(({ problems }) => problems.length > 0);
    if (!this.#request.repair || broken.length === 0) return;
    const { repair } = await import('./repair.js');
    await repair(broken, this.#context, (bytes) => (this.#bytesFetched += bytes));
  }

  verification(seconds: number): Verification {
    const { cacheDir, findings } = this.#inventory;
    const result = verifyResult(this.#repos, {
      cacheDir,
      complete: this.#isComplete,
      topProblems: this.#request.repos.length === 0 ? findings.map(foreignPath) : [],
      totals: {
        bytesRead: this.#pool.bytesRead,
        bytesFetched: this.#bytesFetched,
        seconds: Math.round(seconds * 1000) / 1000,
      },
    });
    return { result, damage: damageOf(result, this.#repos) };
  }

  async #readAll(): Promise<void> {
    const meter = new VerifyMeter({ pool: this.#pool, tell: this.#context.tell, ...this.#totalToRead() });
    meter.start();
    try {
      // As many repos as threads: each thread has something to read, and few leases are held.
      await inParallel(this.#repos, this.#pool.threads, (repo) => this.#verify(repo));
    } finally {
      await this.#pool.close();
      meter.stop();
    }
  }

  #totalToRead(): { filesTotal: number; bytesTotal: number } {
    const sizes = new Map<string, number>();
    for (const repo of this.#repos) {
      for (const check of repo.checks) {
        if (judgeSize(check) !== undefined || this.#isUntouched(repo, check)) continue;
        sizes.set(readKey(check), check.content.size);
      }
    }
    return { filesTotal: sizes.size, bytesTotal: [...sizes.values()].reduce((sum, size) => sum + size, 0) };
  }

  /** Under a lease, so that nobody deletes what is being read. */
  async #verify(repo: RepoUnderTest): Promise<void> {
    const lease = await leaseOn(repo, this.#context.signal);
    try {
      await Promise.all(repo.checks.map((check) => this.#check(repo, check)));
      repo.problems.push(...partialProblems(repo.repo, repo.problems));
    } finally {
      const locations = repo.checks.map(({ location }) => location);
      await repo.record.write(repo.files, locations);
      await lease?.release();
    }
  }

  async #check(repo: RepoUnderTest, check: ContentCheck): Promise<void> {
    const bySize = judgeSize(check);
    if (bySize === undefined && this.#isUntouched(repo, check)) {
      repo.right += 1;
      repo.skipped += 1;
      return;
    }
    const judgement = bySize ?? (await this.#reader.judge(repo, check));
    if (judgement === undefined) return;
    repo.record.forget(check.location);
    repo.problems.push(...problemsOf(check, judgement));
    this.#context.tell({ type: 'detail', message: `${check.location}: ${judgement.state}: ${judgement.reason}` });
  }

  #isUntouched({ record }: RepoUnderTest, { location, expected, content }: ContentCheck): boolean {
    return this.#request.quick && record.isUntouched(location, expected, content);
  }
}
