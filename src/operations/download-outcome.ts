import { ExitCode, HubError } from '../errors.js';
import { formatDigest } from '../repo/digest.js';
import { LocalFilesKept } from '../local-dir/kept.js';
import type { Plan, PlannedFile } from '../selection/plan.js';
import type { Brought } from './bring-missing.js';
import type { DownloadedFile, DownloadResult } from './download-result.js';
import type { BlobOutcome } from './fetch-blobs.js';

/** What was asked for is not all there; `result` tells what is. Has the exit code of the worst of the failures. */
export class DownloadFailed extends HubError {
  readonly code: string;
  readonly exitCode: ExitCode;
  override readonly retryable: boolean;
  readonly result: DownloadResult;

  constructor(result: DownloadResult, failures: readonly [HubError, ...HubError[]]) {
    const worst = worstOf(failures);
    const ofFiles = failures.filter((error) => !(error instanceof LocalFilesKept));
    const count = `${String(ofFiles.length)} of ${String(result.files.length)} files failed`;
    const isAlike = failures.every(({ message }) => message === worst.message);
    const counted = isAlike ? `${count}: ${worst.message}` : `${count}; the first: ${worst.message}`;
    super(failures.length === 1 ? worst.message : counted, {
      cause: worst,
      ...(worst.hint === undefined ? {} : { hint: worst.hint }),
      ...(worst.retryAfter === undefined ? {} : { retryAfter: worst.retryAfter }),
    });
    this.code = worst.code;
    this.exitCode = worst.exitCode;
    this.retryable = failures.every(({ retryable }) => retryable);
    this.result = result;
  }
}

/** The contract's order: 5 only if nothing but the network stood in the way, else the first of these. */
const severity: readonly number[] = [
  ExitCode.disk,
  ExitCode.integrity,
  ExitCode.access,
  ExitCode.notFound,
  ExitCode.offline,
  ExitCode.differs,
  ExitCode.unexpected,
  ExitCode.network,
];

export function worstOf<Failure extends { readonly exitCode: number }>(
  failures: readonly [Failure, ...Failure[]],
): Failure {
  return failures.reduce((worst, error) =>
    severity.indexOf(error.exitCode) < severity.indexOf(worst.exitCode) ? error : worst,
  );
}

/** What comes of a plan when something prevents all of it: each file that is not in the cache fails. */
export function nothingBrought(plan: Plan, error: HubError): Brought {
  const failed: BlobOutcome = { state: 'failed', bytesFetched: 0, bytesWasted: 0, error };
  const missing = plan.files.filter(({ state }) => state !== 'cached' && state !== 'keep');
  return { plan, outcomes: new Map(missing.map(({ file }) => [file.path, failed])), sources: {} };
}

/** Those of single files, and that files of the user's in a local folder were kept. */
export function failuresOf({ plan, outcomes }: Brought, dir: string): HubError[] {
  const failed = [...outcomes.values()].flatMap(({ error }) => error ?? []);
  const files = plan.files.map((planned) => downloadedFile(planned, outcomes));
  const kept = files.filter(({ state }) => state === 'kept').map(({ path }) => path);
  return [
    ...failed.filter((error) => !(error instanceof LocalFilesKept)),
    ...(kept.length === 0 ? [] : [new LocalFilesKept(dir, kept)]),
  ];
}

/** One line of the result: what was planned, and what came of it. */
export function downloadedFile(planned: PlannedFile, outcomes: ReadonlyMap<string, BlobOutcome>): DownloadedFile {
  const { path, size, digest } = planned.file;
  const outcome = outcomes.get(path) ?? (planned.state === 'link' ? outcomes.get(planned.from) : undefined);
  const base = { path, size, digest: formatDigest(digest) };
  if (planned.state === 'keep') return { ...base, state: 'kept', bytesFetched: 0 };
  if (outcome?.error !== undefined) {
    if (outcome.error instanceof LocalFilesKept) {
      return { ...base, state: 'kept', bytesFetched: ownBytes(planned, outcome) };
    }
    const { code, exitCode, message } = outcome.error;
    return { ...base, state: 'failed', bytesFetched: ownBytes(planned, outcome), error: { code, exitCode, message } };
  }
  if (planned.state === 'link') return { ...base, state: 'linked', bytesFetched: 0 };
  return { ...base, state: outcome?.state ?? 'cached', bytesFetched: outcome?.bytesFetched ?? 0 };
}

function ownBytes(planned: PlannedFile, outcome: BlobOutcome): number {
  return planned.state === 'link' ? 0 : outcome.bytesFetched;
}
