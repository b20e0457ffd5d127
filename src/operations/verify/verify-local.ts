import { contentOf } from '../../cache/inventory/content.js';
import { unreadable } from '../../cache/verify/broken-paths.js';
import { DigestPool } from '../../cache/verify/digest-pool.js';
import { CacheFiles } from '../../cache/files.js';
import { HubError } from '../../errors.js';
import { judgeLocalDir } from '../../local-dir/choose-dir.js';
import type { Standing } from '../../local-dir/judge.js';
import type { RecordedState } from '../../local-dir/recorded.js';
import type { RepoId } from '../../repo/reference.js';
import type { Problem } from '../../retention/verification.js';
import type { OperationContext } from '../context.js';
import { VerifyMeter } from './meter.js';
import { type LocalDirUnderTest, type TestedFile, putLocalDirUnderTest } from './local-dir-under-test.js';
import { type CacheDamaged, localDamageOf, localVerifyResult } from './report.js';
import type { LocalVerifyResult } from './result.js';

export interface LocalVerifyRequest {
  /** Absolute. */
  readonly localDir: string;
  /** Where a repair has its bytes from, if the folder does not know. */
  readonly repo: RepoId | undefined;
  readonly repair: boolean;
  /** Don't read what was found right before and looks untouched. */
  readonly quick: boolean;
}

export interface LocalVerification {
  readonly result: LocalVerifyResult;
  readonly damage: CacheDamaged | undefined;
}

/**
 * Reads every file that was put into a local folder, by us or by Python's tools, and compares its digest with what is on
 * record. What the user has changed is his, and no fault. Asks no hub, but to repair. Ended by its signal, it gives what it
 * has found so far.
 *
 * @throws NothingRecorded
 * @throws UsageError  the folder is a file, or in the cache
 */
export async function verifyLocalDir(
  request: LocalVerifyRequest,
  context: OperationContext,
): Promise<LocalVerification> {
  const startedMs = performance.now();
  const { settings, signal } = context;
  judgeLocalDir(request.localDir, settings.cacheDir);
  const dir = await putLocalDirUnderTest(request.localDir, settings.cacheDir);
  const pool = new DigestPool(signal);
  let bytesFetched = 0;
  let complete = false;
  try {
    await readAll(dir, { pool, quick: request.quick, context });
    complete = true;
    if (request.repair) {
      const { repairLocalDir } = await import('./repair-local.js');
      bytesFetched = await repairLocalDir(dir, request.repo, context);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await dir.record.write(
    CacheFiles.withUmask(request.localDir),
    dir.tested.map(({ location }) => location),
  );
  const seconds = Math.round(performance.now() - startedMs) / 1000;
  const result = localVerifyResult(dir, { complete, bytesRead: pool.bytesRead, bytesFetched, seconds });
  return { result, damage: localDamageOf(result, dir) };
}

interface Reading {
  readonly pool: DigestPool;
  readonly quick: boolean;
  readonly context: OperationContext;
}

async function readAll(dir: LocalDirUnderTest, { pool, quick, context }: Reading): Promise<void> {
  const isUntouched = ({ location, state }: TestedFile) => {
    const content = state.is === 'to-read' && quick ? contentOf(location) : undefined;
    return state.is === 'to-read' && content !== undefined && dir.record.isUntouched(location, state.expected, content);
  };
  const toRead = dir.tested.filter((tested) => tested.state.is === 'to-read' && !isUntouched(tested));
  const bytesTotal = toRead.reduce((sum, { standing }) => sum + sizeOf(standing), 0);
  const meter = new VerifyMeter({ pool, tell: context.tell, filesTotal: toRead.length, bytesTotal });
  meter.start();
  try {
    const reading = new Set(toRead);
    await Promise.all(
      dir.tested.map(async (tested) => {
        if (tested.state.is !== 'to-read' || reading.has(tested)) return judgeFile(dir, tested, { pool, context });
        dir.right += 1;
        dir.skipped += 1;
      }),
    );
  } finally {
    await pool.close();
    meter.stop();
  }
}

async function judgeFile(
  dir: LocalDirUnderTest,
  tested: TestedFile,
  { pool, context }: Pick<Reading, 'pool' | 'context'>,
): Promise<void> {
  const { file, location, standing, state } = tested;
  const judgement = state.is === 'to-read' ? await readAndJudge(dir, { ...tested, state }, pool) : unread[state.is];
  if (judgement === undefined) {
    dir.right += 1;
    return;
  }
  dir.record.forget(location);
  const isShort = judgement.state === 'corrupt' && file.size !== undefined && sizeOf(standing) < file.size;
  const { path, commit, digest, size } = file;
  const problem: Problem = {
    ...judgement,
    state: isShort ? 'short' : judgement.state,
    path,
    revisions: [commit],
    location,
    digest,
    size,
  };
  dir.problems.set(problem, tested);
  context.tell({ type: 'detail', message: `${location}: ${problem.state}: ${problem.reason}` });
}

type Judgement = Pick<Problem, 'state' | 'reason'>;

const unread: Readonly<Record<'missing' | 'changed', Judgement>> = {
  missing: { state: 'missing', reason: 'was put here, and is not there' },
  changed: { state: 'changed', reason: 'yours: changed since it was put here' },
};

/** @returns undefined where it is right */
async function readAndJudge(
  { record }: LocalDirUnderTest,
  { file, location, standing, state }: TestedFile & { readonly state: RecordedState & { is: 'to-read' } },
  pool: DigestPool,
): Promise<Judgement | undefined> {
  const { expected, otherwise } = state;
  try {
    const label = file.path;
    const read = await pool.read({ path: location, algorithm: expected.algorithm, label, size: sizeOf(standing) });
    if (read.hex === expected.hex) {
      record.add(location, expected, read);
      return undefined;
    }
    if (otherwise === 'changed') return unread.changed;
    const reason = `its digest is ${read.hex.slice(0, 10)}…, not ${expected.hex.slice(0, 10)}…`;
    return { state: 'corrupt', reason };
  } catch (error) {
    if (error instanceof HubError || !(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT') return unread.missing;
    return { state: 'unreadable', reason: unreadable(error, location) };
  }
}

function sizeOf(standing: Standing): number {
  return standing.kind === 'file' ? standing.size : 0;
}
