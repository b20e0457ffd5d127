import { Command } from 'commander';
import type { Cli } from '../cli.js';
import { headings } from '../help.js';
import type { DownloadFlags } from './download-work.js';
import {
  addDatasetOptions,
  addFilterOptions,
  addWeightsOptions,
  repoArgument,
  revisionOption,
  typeOption,
} from './repo-options.js';
import { addSettingOptions, dryRunOption, settingFlags } from './setting-options.js';

/** The command as the help shows it. Its work is loaded when it is called. */
export function downloadCommand(cli: Cli): Command {
  return downloadWords()
    .description('Downloads a repo, or some of its files, into the shared cache, and prints where it stands.')
    .addHelpText('after', examples)
    .action(async (text: string, paths: string[], flags: DownloadFlags) => {
      const { answerDownload, explainFailure } = await import('./download-work.js');
      await cli.run(settingFlags(flags), (session) => answerDownload({ text, paths, flags }, session), explainFailure);
    });
}

/** What the command takes: a line of a mirror's list takes the same. */
export function downloadWords(): Command {
  const command = new Command('download')
    .optionsGroup('What to fetch:')
    .argument('<repo>', repoArgument)
    .argument('[paths...]', 'files, or folders with a trailing /')
    .addOption(typeOption())
    .addOption(revisionOption());
  addDatasetOptions(addWeightsOptions(addFilterOptions(command)))
    .optionsGroup(headings.where)
    .option('--local-dir <dir>', 'real files in this folder, instead of the cache; your own changes there are kept')
    .optionsGroup(headings.how)
    .option('--size-guard <size>', 'ask before more than this of a dataset, or of several quantisations (50 GB)')
    .option('-y, --yes', 'do not ask')
    .addOption(dryRunOption('print what would be done, and do nothing'));
  return addSettingOptions(command);
}

const examples = `
Examples:
  $ hub download facebook/opt-13b --framework auto
  $ hub download facebook/opt-13b --exclude "*.h5"
  $ hub download facebook/opt-13b --local-dir ./opt-13b
  $ hub download datasets/nyu-mll/glue --subset cola --split train
  $ MODEL=$(hub download facebook/opt-13b@main config.json --quiet)`;
