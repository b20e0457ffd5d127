import { Command, Option } from 'commander';
import type { Cli } from '../../cli.js';
import { addCacheSettingOptions, settingFlags } from '../setting-options.js';
import type { LsFlags } from './ls-work.js';

export function cacheLsCommand(cli: Cli): Command {
  const command = new Command('ls')
    .description('Shows what the cache has: repos, their size on the disk, when they were last used.')
    .optionsGroup('What to show:')
    .argument('[repos...]', 'only these: facebook/opt-13b, datasets/org/name')
    .option('--revisions', 'also the revisions of each repo')
    .addOption(new Option('--sort <by>', 'size, used or name').choices(['size', 'used', 'name']).default('name'))
    .addOption(
      new Option(
        '--filter <condition>',
        'only repos with size>10GB, size<1MB, used>30d (not used for so long) or type=dataset; repeatable',
      ).argParser((condition: string, previous: readonly string[] | undefined) => [...(previous ?? []), condition]),
    );
  return addCacheSettingOptions(command)
    .addHelpText('after', examples)
    .action(async (repos: string[], flags: LsFlags) => {
      const { answerLs } = await import('./ls-work.js');
      await cli.run(settingFlags(flags), (session) => answerLs({ repos, flags }, session));
    });
}

const examples = `
Examples:
  $ hub cache ls --sort size
  $ hub cache ls facebook/opt-13b --revisions
  $ hub cache ls --filter "size>10GB" --filter "used>30d"`;
