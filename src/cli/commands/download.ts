import { Command, Option } from 'commander';
import { UsageError, type HubError } from '../../errors.js';
import {
  download,
  DownloadFailed,
  partialsFolder,
  planDownload,
  type DownloadRequest,
} from '../../operations/download.js';
import { parseRepoReference, repoTypes, type RepoType } from '../../repo/reference.js';
import type { Answer, Cli, FailureReport, Session } from '../cli.js';
import { downloadSummary, failedDownloadLines, planTable } from '../report/summary.js';
import { addSettingOptions, flagWarnings, settingFlags, type ParsedFlags } from './setting-options.js';

interface DownloadFlags extends ParsedFlags {
  readonly type?: RepoType;
  readonly revision?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly dryRun?: true;
}

export function downloadCommand(cli: Cli): Command {
  const command = new Command('download')
    .description('Downloads a repo, or some of its files, into the shared cache, and prints where it stands.')
    .argument('<repo>', 'facebook/opt-13b, facebook/opt-13b@v1.0, datasets/org/name, hf://… or a page address')
    .argument('[paths...]', 'files, or folders with a trailing /')
    .addOption(new Option('-t, --type <type>', 'repo type (also --repo-type)').choices(repoTypes))
    .option('-r, --revision <rev>', 'branch, tag, commit or refs/pr/N')
    .addOption(globOption('-i, --include <glob>', 'only these; repeatable, one glob each (also --allow)'))
    .addOption(globOption('-x, --exclude <glob>', 'not these; repeatable, one glob each; wins (also --ignore)'))
    .option('--dry-run', 'print what would be done, and do nothing');
  return addSettingOptions(command)
    .addHelpText('after', examples)
    .action((text: string, paths: string[], flags: DownloadFlags) =>
      cli.run(
        settingFlags(flags),
        async (session) => {
          for (const warning of flagWarnings(flags)) session.tell(warning);
          const request = requestFrom(text, paths, flags, session);
          session.keepsPartialsIn(partialsFolder(session.settings.cacheDir, request.repo));
          return flags.dryRun ? planAnswer(request, session) : downloadAnswer(request, session);
        },
        explainFailure,
      ),
    );
}

function requestFrom(
  text: string,
  paths: readonly string[],
  { type, revision, include = [], exclude = [] }: DownloadFlags,
  { settings }: Session,
): DownloadRequest {
  const reference = parseRepoReference(text, {
    endpoint: settings.endpoint,
    ...(type === undefined ? {} : { type }),
    ...(revision === undefined ? {} : { revision }),
  });
  return {
    repo: reference.repo,
    ...(reference.revision === undefined ? {} : { revision: reference.revision }),
    paths: reference.path === undefined ? paths : [reference.path, ...paths],
    include,
    exclude,
  };
}

async function downloadAnswer(request: DownloadRequest, session: Session): Promise<Answer> {
  const result = await download(request, session);
  return { document: result, text: result.path, summary: downloadSummary(result) };
}

async function planAnswer(request: DownloadRequest, session: Session): Promise<Answer> {
  const plan = await planDownload(request, session);
  return { document: plan, text: planTable(plan) };
}

function explainFailure(error: HubError): FailureReport | undefined {
  if (!(error instanceof DownloadFailed)) return undefined;
  return { document: error.result, details: failedDownloadLines(error.result) };
}

/** One value each time: a flag that took several would swallow the repo. */
function globOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((glob: string, previous: string[] | undefined) => {
    if (/^\d+$/.test(glob)) {
      throw new UsageError(`${flags.slice(0, 2)} takes a glob, not the number ${glob}`, {
        hint: `For the number of connections: --concurrency ${glob}`,
      });
    }
    return [...(previous ?? []), glob];
  });
}

const examples = `
Examples:
  $ hub download facebook/opt-13b --exclude "*.h5"
  $ hub download datasets/nyu-mll/glue --include "cola/*"
  $ MODEL=$(hub download facebook/opt-13b@main config.json --quiet)`;
