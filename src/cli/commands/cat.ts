import { Command } from 'commander';
import type { Cli } from '../cli.js';
import type { CatFlags } from './cat-work.js';
import { repoArgument, revisionOption, typeOption } from './repo-options.js';
import { addSettingOptions, settingFlags } from './setting-options.js';

export function catCommand(cli: Cli): Command {
  const command = new Command('cat')
    .description('Prints one file of a repo once it is in the cache and checked; on failure nothing of it.')
    .optionsGroup('What to print:')
    .argument('<repo>', repoArgument)
    .argument('[path]', 'the file, unless it is named with the repo')
    .addOption(typeOption())
    .addOption(revisionOption());
  return addSettingOptions(command)
    .addHelpText('after', examples)
    .action(async (text: string, file: string | undefined, flags: CatFlags) => {
      const { answerCat } = await import('./cat-work.js');
      await cli.run(settingFlags(flags), (session) => answerCat({ text, file, flags }, session));
    });
}

const examples = `
Examples:
  $ hub cat facebook/opt-13b config.json
  $ hub cat gpt2@main tokenizer.json | jq .model.type
  $ hub cat https://huggingface.co/gpt2/blob/main/README.md`;
