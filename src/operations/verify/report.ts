import { formatDigest } from '../../repo/digest.js';
import { ExitCode, HubError } from '../../errors.js';
import { type Problem, isBad } from '../../retention/verification.js';
import { worstOf } from '../download-outcome.js';
import type { RepoUnderTest } from './repo-under-test.js';
import type {
  LocalVerifyResult,
  RepairOutcome,
  VerifiedFile,
  VerifiedRepo,
  VerifyResult,
  VerifyTotals,
} from './result.js';
import type { LocalDirUnderTest } from './local-dir-under-test.js';

/** Files of the cache, or of a local folder, are bad, and still are. */
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
  const contents = new Map(tested.flatMap(({ checks }) => checks.map(({ content }) => [content.inode, content.size])));
  return {
    cacheDir,
    ok: all.every(isRight),
    complete,
    repos,
    files,
    totals: {
      repos: repos.length,
      files: contents.size,
      bytes: sumOf([...contents.values()]),
      filesSkipped: sumOf(tested.map(({ skipped }) => skipped)),
      ...totals,
      ...countsOf(all),
    },
  };
}

/** The document of what was found in a local folder. */
export function localVerifyResult(
  { layout, tested, problems, outcomes, right, skipped }: LocalDirUnderTest,
  { complete, ...totals }: { complete: boolean } & Pick<VerifyTotals, 'bytesRead' | 'bytesFetched' | 'seconds'>,
): LocalVerifyResult {
  const files = Array.from(problems.keys(), (problem) => verifiedFile(problem, outcomes.get(problem)));
  const sizes = tested.map(({ standing }) => (standing.kind === 'file' ? standing.size : 0));
  return {
    localDir: layout.dir,
    ok: files.every(isRight),
    complete,
    filesRight: right,
    files: files.sort(byPath),
    totals: { files: tested.length, bytes: sumOf(sizes), filesSkipped: skipped, ...totals, ...countsOf(files) },
  };
}

function isRight({ bad, repaired }: VerifiedFile): boolean {
  return !bad || repaired === true;
}

function countsOf(
  files: readonly VerifiedFile[],
): Pick<VerifyTotals, 'bad' | 'warnings' | 'repaired' | 'bytesToFetch'> {
  const bad = files.filter((file) => file.bad).length;
  const left = files.filter((file) => !isRight(file));
  return {
    bad,
    warnings: files.length - bad,
    repaired: files.filter(({ repaired }) => repaired === true).length,
    bytesToFetch: sumOf([...new Map(left.map(({ digest, size }) => [digest, size ?? 0])).values()]),
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
    ok: files.every(isRight),
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
  const where = repos.filter(({ ok }) => !ok).map(({ repo }) => repo);
  const shown = where.length > 3 ? [...where.slice(0, 3), `${String(where.length - 3)} more repos`] : where;
  return damageIn([...files, ...repos.flatMap((repo) => repo.files)], {
    where: shown.join(', '),
    outcomes: tested.flatMap(({ outcomes }) => [...outcomes.values()]),
    command: 'hub cache verify --repair',
  });
}

/** The same of a local folder. */
export function localDamageOf(
  { files, localDir }: LocalVerifyResult,
  { outcomes }: LocalDirUnderTest,
): CacheDamaged | undefined {
  const command = `hub cache verify --local-dir ${localDir} --repair`;
  return damageIn(files, { where: localDir, outcomes: [...outcomes.values()], command });
}

function damageIn(
  files: readonly VerifiedFile[],
  { where, outcomes, command }: { where: string; outcomes: readonly RepairOutcome[]; command: string },
): CacheDamaged | undefined {
  const left = files.filter((file) => !isRight(file));
  if (left.length === 0) return undefined;
  const count = `${String(left.length)} ${left.length === 1 ? 'file is' : 'files are'} bad`;
  const [first, ...others] = outcomes.filter((it) => it instanceof HubError);
  const worst = first === undefined ? undefined : worstOf([first, ...others]);
  const why = worst === undefined ? '' : `, and could not be repaired; the first: ${worst.message}`;
  return new CacheDamaged(`${count} in ${where}${why}`, {
    worst,
    exitCode: left.some(({ state, error }) => state === 'unreadable' && error === undefined)
      ? ExitCode.disk
      : ExitCode.integrity,
    hint: `"${command}" fetches just these again.`,
  });
}
