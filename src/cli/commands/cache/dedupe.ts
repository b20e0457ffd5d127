import { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { addCacheSettingOptions, settingFlags } from '../setting-options.js';
import type { DedupeFlags } from './dedupe-work.js';

export function cacheDedupeCommand(cli: Cli): Command {
  const command = new Command('dedupe')
    .description('Makes equal files of different repos share their bytes, and tells what that saves.')
    .option('--dry-run', 'print what would be done, and do nothing');
  return addCacheSettingOptions(command).action(async (flags: DedupeFlags) => {
    const { answerDedupe } = await import('./dedupe-work.js');
    await cli.run(settingFlags(flags), (session) => answerDedupe(flags, session));
  });
}
