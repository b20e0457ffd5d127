import { formatDigest } from '../../repo/digest.js';
import { ExitCode, HubError } from '../../errors.js';
import { type Problem, isBad } from '../../retention/verification.js';
import { worstOf } from '../download-outcome.js';
import type { RepoUnderTest } from './repo-under-test.js';
import type { RepairOutcome, VerifiedFile, VerifiedRepo, VerifyResult, VerifyTotals } from './result.js';

/** Files of the cache are bad, and still are. */
export class CacheDamaged extends HubError {
  readonly code: string;
  readonly exitCode: ExitCode;
  override readonly retryable: boolean;

  /** @param worst  of what stood in the way of a repair: it decides the rest */
  constructor(
    message: string,
    { hint, exitCode, worst }: { hint: string; exitCode: ExitCode; worst: HubError | undefined },
  ) {
    super(message, { hint: worst?.hint ?? hint, ...(worst === undefined ? {} : { cause: worst }) });
    this.code = worst?.code ?? 'cache-damaged';
    this.exitCode = worst?.exitCode ?? exitCode;
    this.retryable = worst?.retryable ?? false;
  }
}

/** The document of what was found. */
export function verifyResult(
  tested: readonly RepoUnderTest[],
  {
    cacheDir,
    complete,
    topProblems,
    totals,
  }: {
    cacheDir: string;
    complete: boolean;
    topProblems: readonly Problem[];
    totals: Pick<VerifyTotals, 'bytesRead' | 'bytesFetched' | 'seconds'>;
  },
): VerifyResult {
  const repos = tested.map(verifiedRepo);
  const files = topProblems.map((problem) => verifiedFile(problem, undefined));
  const all = [...files, ...repos.flatMap((repo) => repo.files)];
  const bad = all.filter((file) => file.bad);
  const left = bad.filter(({ repaired }) => repaired !== true);
  const contents = new Map(tested.flatMap(({ checks }) => checks.map(({ content }) => [content.inode, content.size])));
  return {
    cacheDir,
    ok: left.length === 0,
    complete,
    repos,
    files,
    totals: {
      repos: repos.length,
      files: contents.size,
      bytes: sumOf([...contents.values()]),
      filesSkipped: sumOf(tested.map(({ skipped }) => skipped)),
      ...totals,
      bad: bad.length,
      warnings: all.length - bad.length,
      repaired: all.filter(({ repaired }) => repaired === true).length,
      bytesToFetch: sumOf([...new Map(left.map(({ digest, size }) => [digest, size ?? 0])).values()]),
    },
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function verifiedRepo({ repo, problems, outcomes, right }: RepoUnderTest): VerifiedRepo {
  const files = problems.map((problem) => verifiedFile(problem, outcomes.get(problem)));
  return {
    repo: repo.repo.name,
    type: repo.repo.type,
    path: repo.path,
    ok: files.every(({ bad, repaired }) => !bad || repaired === true),
    filesRight: right,
    files: files.sort(byPath),
  };
}

/** What is bad first, then by the name of the file. */
function byPath(a: VerifiedFile, b: VerifiedFile): number {
  if (a.bad !== b.bad) return a.bad ? -1 : 1;
  return (a.path ?? a.location) < (b.path ?? b.location) ? -1 : 1;
}

function verifiedFile(problem: Problem, outcome: RepairOutcome | undefined): VerifiedFile {
  const { state, path, revisions, location, digest, size, reason } = problem;
  return {
    state,
    bad: isBad(problem),
    path: path ?? null,
    revisions: [...revisions],
    location,
    digest: digest === undefined ? null : formatDigest(digest),
    size: size ?? null,
    reason,
    ...(outcome === undefined ? {} : { repaired: outcome === 'repaired' }),
    ...(outcome instanceof HubError
      ? { error: { code: outcome.code, exitCode: outcome.exitCode, message: outcome.message } }
      : {}),
  };
}

/** What a verification ends with where files are bad, and stay so. */
export function damageOf({ files, repos }: VerifyResult, tested: readonly RepoUnderTest[]): CacheDamaged | undefined {
  const left = [...files, ...repos.flatMap((repo) => repo.files)].filter(
    ({ bad, repaired }) => bad && repaired !== true,
  );
  if (left.length === 0) return undefined;
  const where = repos.filter(({ ok }) => !ok).map(({ repo }) => repo);
  const shown = where.length > 3 ? [...where.slice(0, 3), `${String(where.length - 3)} more repos`] : where;
  const count = `${String(left.length)} ${left.length === 1 ? 'file is' : 'files are'} bad`;
  const failures = tested.flatMap(({ outcomes }) => [...outcomes.values()].filter((it) => it instanceof HubError));
  const [first, ...others] = failures;
  const worst = first === undefined ? undefined : worstOf([first, ...others]);
  const why = worst === undefined ? '' : `, and could not be repaired; the first: ${worst.message}`;
  return new CacheDamaged(`${count} in ${shown.join(', ')}${why}`, {
    worst,
    exitCode: left.some(({ state, error }) => state === 'unreadable' && error === undefined)
      ? ExitCode.disk
      : ExitCode.integrity,
    hint: '"hub cache verify --repair" fetches just these again.',
  });
}
