import { Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { typeOption } from './repo-options.js';
import type { SearchFlags } from './search-work.js';
import { addHubSettingOptions, settingFlags } from './setting-options.js';

export function searchCommand(cli: Cli): Command {
  const command = new Command('search')
    .description('Looks for repos by name, those that are used most first.')
    .optionsGroup('What to look for:')
    .argument('[words...]', 'parts of the name')
    .addOption(typeOption(['model', 'dataset', 'space']).default('model'))
    .option('--author <org>', 'only of this user or organisation')
    .addOption(new Option('--limit <n>', 'at most so many').default('20'));
  return addHubSettingOptions(command)
    .addHelpText('after', examples)
    .action(async (words: string[], flags: SearchFlags) => {
      const { answerSearch } = await import('./search-work.js');
      await cli.run(settingFlags(flags), (session) => answerSearch({ words, flags }, session));
    });
}

const examples = `
Examples:
  $ hub search opt-13b
  $ hub search imdb --type dataset --limit 5
  $ hub search --author facebook opt --json`;
