import { Command } from 'commander';
import type { Cli } from '../cli.js';
import { headings } from '../help.js';
import type { AddFlags } from './add-work.js';
import {
  addDatasetOptions,
  addFilterOptions,
  addWeightsOptions,
  repoArgument,
  revisionOption,
  typeOption,
} from './repo-options.js';
import { addTalkOptions, settingFlags } from './setting-options.js';

export function addCommand(cli: Cli): Command {
  const command = new Command('add')
    .description(
      'Adds a repo, or some of its files, to the hub.toml of the working folder or of the nearest folder above that has ' +
        'one; else makes it in the working folder. What stands in it stays as it is. No hub is asked.',
    )
    .optionsGroup('What to fetch:')
    .argument('<repo>', repoArgument)
    .argument('[paths...]', 'files, or folders with a trailing /')
    .addOption(typeOption())
    .addOption(revisionOption());
  addDatasetOptions(addWeightsOptions(addFilterOptions(command)))
    .optionsGroup(headings.where)
    .option('--local-dir <dir>', "real files in this folder, which is below hub.toml's, instead of the cache");
  return addTalkOptions(command)
    .addHelpText('after', examples)
    .action(async (text: string, paths: string[], flags: AddFlags) => {
      const { answerAdd } = await import('./add-work.js');
      await cli.run(settingFlags(flags), (session) => answerAdd({ text, paths, flags }, session));
    });
}

const examples = `
Examples:
  $ hub add facebook/opt-13b@v1.0 --framework safetensors
  $ hub add facebook/opt-13b config.json --local-dir models/opt-13b
  $ hub add datasets/nyu-mll/glue --subset cola --split train`;
