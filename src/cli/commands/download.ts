import { Command, Option } from 'commander';
import { UsageError } from '../../errors.js';
import { repoTypes } from '../../repo/reference.js';
import type { Cli } from '../cli.js';
import type { DownloadFlags } from './download-work.js';
import { addSettingOptions, settingFlags } from './setting-options.js';

/** The command as the help shows it. Its work is loaded when it is called. */
export function downloadCommand(cli: Cli): Command {
  const command = new Command('download')
    .description('Downloads a repo, or some of its files, into the shared cache, and prints where it stands.')
    .argument('<repo>', 'facebook/opt-13b, facebook/opt-13b@v1.0, datasets/org/name, hf://… or a page address')
    .argument('[paths...]', 'files, or folders with a trailing /')
    .addOption(new Option('-t, --type <type>', 'repo type (also --repo-type)').choices(repoTypes))
    .option('-r, --revision <rev>', 'branch, tag, commit or refs/pr/N')
    .addOption(globOption('-i, --include <glob>', 'only these; repeatable, one glob each (also --allow)'))
    .addOption(globOption('-x, --exclude <glob>', 'not these; repeatable, one glob each; wins (also --ignore)'))
    .addOption(nameOption('--subset <config>', 'only this subset ("configuration") of a dataset; repeatable'))
    .addOption(nameOption('--split <name>', 'only this split of a dataset; repeatable'))
    .option('--parquet', "a dataset's parquet copy: the branch refs/convert/parquet")
    .option('--local-dir <dir>', 'real files in this folder, instead of the cache; your own changes there are kept')
    .option('--dry-run', 'print what would be done, and do nothing');
  return addSettingOptions(command)
    .addHelpText('after', examples)
    .action(async (text: string, paths: string[], flags: DownloadFlags) => {
      const { answerDownload, explainFailure } = await import('./download-work.js');
      await cli.run(settingFlags(flags), (session) => answerDownload({ text, paths, flags }, session), explainFailure);
    });
}

function nameOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((name: string, previous: string[] | undefined) => [
    ...(previous ?? []),
    name,
  ]);
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
  $ hub download facebook/opt-13b --local-dir ./opt-13b
  $ hub download datasets/nyu-mll/glue --subset cola --split train
  $ MODEL=$(hub download facebook/opt-13b@main config.json --quiet)`;
