import { type HubError, UsageError } from '../../errors.js';
import {
  type Approve,
  download,
  DownloadFailed,
  partialsFolder,
  type DownloadRequest,
} from '../../operations/download.js';
import { planDownload } from '../../operations/plan-download.js';
import { datasetChoice, namedByDataset } from '../../repo/dataset-choice.js';
import { repoPath } from '../../repo/reference.js';
import { namedFolder } from '../../settings/paths.js';
import type { Settings } from '../../settings/settings.js';
import type { Answer, FailureReport, Session } from '../cli.js';
import { escapeControl, formatBytes } from '../text.js';
import { planTable } from '../report/plan-table.js';
import { downloadSummary, failedDownloadLines } from '../report/summary.js';
import { type FilterFlags, type RepoFlags, type WeightsFlags, frameworkWarnings, namedModel } from './named-repo.js';
import { flagWarnings, type ParsedFlags } from './setting-options.js';

export interface DownloadFlags extends ParsedFlags, RepoFlags, FilterFlags, WeightsFlags {
  readonly subset?: readonly string[];
  readonly split?: readonly string[];
  readonly parquet?: true;
  readonly localDir?: string;
  readonly dryRun?: true;
}

/** `hub download`, as it was parsed. */
export interface DownloadWords {
  /** What the user called the repo. */
  readonly text: string;
  readonly paths: readonly string[];
  readonly flags: DownloadFlags;
}

/** Downloads, or with `--dry-run` plans. */
export async function answerDownload(words: DownloadWords, session: Session): Promise<Answer> {
  for (const warning of flagWarnings(words.flags)) session.tell(warning);
  const request = requestFrom(words, session.settings);
  for (const warning of frameworkWarnings(words.flags, request.repo)) session.tell(warning);
  session.keepsPartialsIn(partialsFolder(session.settings.cacheDir, request));
  if (words.flags.dryRun) {
    const plan = await planDownload(request, session);
    return { document: plan, text: planTable(plan, session.settings.limitRate) };
  }
  const approve = session.settings.yes ? undefined : approveWith(request, session);
  const result = await download(request, session, approve);
  return { document: result, text: result.path, summary: downloadSummary(result) };
}

/** @throws UsageError  a no, or nobody can be asked */
function approveWith({ repo }: DownloadRequest, { confirm, settings: { sizeGuard } }: Session): Approve {
  return async (bytes) => {
    const what = `${repoPath(repo)}: ${formatBytes(bytes)} are to be fetched, more than --size-guard ${formatBytes(sizeGuard)}`;
    const hint =
      repo.type === 'dataset'
        ? 'Less of it: --subset, --split or --include; what there is: hub info. All of it: -y.'
        : 'One quantisation: --quant. All of them: -y.';
    const question = {
      plan: [escapeControl(what), hint],
      question: `Fetch ${formatBytes(bytes)}?`,
      refusal: { message: what, hint },
    };
    if (!(await confirm(question))) throw new UsageError('nothing was fetched', { hint });
  };
}

/** What a failed download has to say of its files. */
export function explainFailure(thrown: unknown, told: HubError): FailureReport | undefined {
  if (!(thrown instanceof DownloadFailed)) return undefined;
  return { document: thrown.result, details: failedDownloadLines(thrown.result, told.message) };
}

/** @throws UsageError  no repo is named so, or two words that are at odds */
export function requestFrom({ text, paths, flags }: DownloadWords, settings: Settings): DownloadRequest {
  const { include = [], exclude = [], localDir } = flags;
  const reference = namedModel(text, { ...flags, ...namedByDataset(flags) }, settings);
  return {
    repo: reference.repo,
    ...(reference.revision === undefined ? {} : { revision: reference.revision }),
    paths: reference.path === undefined ? paths : [reference.path, ...paths],
    include,
    exclude,
    ...(reference.weights === undefined ? {} : { weights: reference.weights }),
    ...datasetChoice(flags, reference),
    ...(localDir === undefined ? {} : { localDir: namedFolder(localDir) }),
  };
}
