import { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { addCacheSettingOptions, dryRunOption, settingFlags } from '../setting-options.js';
import type { DedupeFlags } from './dedupe-work.js';

export function cacheDedupeCommand(cli: Cli): Command {
  const command = new Command('dedupe')
    .description('Makes equal files of different repos share their bytes, and tells what that saves.')
    .addOption(dryRunOption('print what would be done, and do nothing'));
  return addCacheSettingOptions(command)
    .addHelpText('after', examples)
    .action(async (flags: DedupeFlags) => {
      const { answerDedupe } = await import('./dedupe-work.js');
      await cli.run(settingFlags(flags), (session) => answerDedupe(flags, session));
    });
}

const examples = `
Examples:
  $ hub cache dedupe --dry-run
  $ hub cache dedupe --json`;
