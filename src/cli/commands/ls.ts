import { Command } from 'commander';
import type { Cli } from '../cli.js';
import type { LsFlags } from './ls-work.js';
import { addFilterOptions, addWeightsOptions, repoArgument, revisionOption, typeOption } from './repo-options.js';
import { addHubSettingOptions, settingFlags } from './setting-options.js';

export function lsCommand(cli: Cli): Command {
  const command = new Command('ls')
    .description('Lists the files of a repo on the hub, with sizes and digests. What the cache has: hub cache ls')
    .optionsGroup('What to list:')
    .argument('<repo>', repoArgument)
    .argument('[paths...]', 'only these files, or folders')
    .addOption(typeOption())
    .addOption(revisionOption());
  return addHubSettingOptions(addWeightsOptions(addFilterOptions(command)))
    .addHelpText('after', examples)
    .action(async (text: string, paths: string[], flags: LsFlags) => {
      const { answerLs } = await import('./ls-work.js');
      await cli.run(settingFlags(flags), (session) => answerLs({ text, paths, flags }, session));
    });
}

const examples = `
Examples:
  $ hub ls facebook/opt-13b
  $ hub ls datasets/stanfordnlp/imdb -i "*/train-*"
  $ hub ls gpt2@main onnx/ --json`;
