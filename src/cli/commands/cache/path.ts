import { Command, Option } from 'commander';
import { repoTypes } from '../../../repo/reference.js';
import type { Cli } from '../../cli.js';
import { addCacheSettingOptions, settingFlags } from '../setting-options.js';
import type { PathFlags } from './path-work.js';

export function cachePathCommand(cli: Cli): Command {
  const command = new Command('path')
    .description(
      'Prints where a repo, or a file of it, stands in the cache. Asks no hub; exit code 8 if it is not there.',
    )
    .optionsGroup('What to find:')
    .argument('<repo>', 'facebook/opt-13b, facebook/opt-13b@v1.0, datasets/org/name')
    .argument('[file]', 'a file of it')
    .addOption(new Option('-t, --type <type>', 'repo type (also --repo-type)').choices(repoTypes))
    .option('-r, --revision <rev>', 'branch, tag or commit');
  return addCacheSettingOptions(command)
    .addHelpText('after', examples)
    .action(async (text: string, file: string | undefined, flags: PathFlags) => {
      const { answerPath } = await import('./path-work.js');
      await cli.run(settingFlags(flags), (session) => answerPath({ text, file, flags }, session));
    });
}

const examples = `
Examples:
  $ hub cache path facebook/opt-13b
  $ hub cache path gpt2 config.json || hub download gpt2 config.json`;
