import { Command, Option } from 'commander';
import type { Cli } from '../../cli.js';
import { addCacheSettingOptions, addRemovalOptions, settingFlags } from '../setting-options.js';
import type { GcFlags } from './gc-work.js';
import { graceOption } from './prune.js';

export function cacheGcCommand(cli: Cli): Command {
  const command = new Command('gc')
    .description('Makes the cache fit: removes revisions and unfinished downloads, the least recently used first.')
    .optionsGroup('What to remove:')
    .option('--max-size <size>', 'until the cache takes no more than 200GB, or 80% of the disk')
    .option('--older-than <time>', 'whatever was not used for so long: 30d, 12h')
    .addOption(
      new Option('--keep <repo>', 'never this one; repeatable').argParser(
        (repo: string, previous: readonly string[] | undefined) => [...(previous ?? []), repo],
      ),
    )
    .addOption(graceOption());
  return addCacheSettingOptions(addRemovalOptions(command))
    .addHelpText('after', examples)
    .action(async (flags: GcFlags) => {
      const { answerGc } = await import('./gc-work.js');
      await cli.run(settingFlags(flags), (session) => answerGc(flags, session));
    });
}

const examples = `
Examples:
  $ hub cache gc --max-size 200GB --dry-run
  $ hub cache gc --max-size 80% --keep facebook/opt-13b --yes
  $ hub cache gc --older-than 30d --yes`;
