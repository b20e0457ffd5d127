import { Command, Option } from 'commander';
import type { Cli } from '../../cli.js';
import { addCacheSettingOptions, addRemovalOptions, settingFlags } from '../setting-options.js';
import type { PruneFlags } from './prune-work.js';

export function cachePruneCommand(cli: Cli): Command {
  const command = new Command('prune')
    .description(
      'Removes what nobody has use for: revisions that no ref names and nobody used for 30 days, unfinished ' +
        'downloads that nobody touched for 7 days, leftovers.',
    )
    .optionsGroup('What to remove:')
    .option('--all', 'both at any age')
    .addOption(graceOption());
  return addCacheSettingOptions(addRemovalOptions(command))
    .addHelpText('after', examples)
    .action(async (flags: PruneFlags) => {
      const { answerPrune } = await import('./prune-work.js');
      await cli.run(settingFlags(flags), (session) => answerPrune(flags, session));
    });
}

/** For `gc` too. */
export function graceOption(): Option {
  return new Option('--grace <time>', 'what was used so recently is in use, and stays (1h)');
}

const examples = `
Examples:
  $ hub cache prune --dry-run
  $ hub cache prune --all --yes`;
