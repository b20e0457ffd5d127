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
    .addOption(new Option('--keep <repo>', 'never this one; repeatable').argParser(oneMore))
    .addOption(
      new Option(
        '--keep-lock <file>',
        'whatever no such hub.lock names, and nothing that one names; repeatable',
      ).argParser(oneMore),
    )
    .addOption(graceOption());
  return addCacheSettingOptions(addRemovalOptions(command))
    .addHelpText('after', examples)
    .action(async (flags: GcFlags) => {
      const { answerGc } = await import('./gc-work.js');
      await cli.run(settingFlags(flags), (session) => answerGc(flags, session));
    });
}

function oneMore(word: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), word];
}

const examples = `
Examples:
  $ hub cache gc --max-size 200GB --dry-run
  $ hub cache gc --max-size 80% --keep facebook/opt-13b --yes
  $ hub cache gc --older-than 30d --yes
  $ hub cache gc --keep-lock app/hub.lock --keep-lock jobs/hub.lock --dry-run`;
