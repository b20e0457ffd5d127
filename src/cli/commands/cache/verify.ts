import { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { headings } from '../../help.js';
import { addSettingOptions, dryRunOption, settingFlags } from '../setting-options.js';
import type { VerifyFlags } from './verify-work.js';

export function cacheVerifyCommand(cli: Cli): Command {
  const command = new Command('verify')
    .description(
      'Reads every file of the cache, or of some repos, and compares its digest. Asks no hub, but to repair. Exit code 6 if a file is bad.',
    )
    .optionsGroup('What to check:')
    .argument('[repos...]', 'only these: facebook/opt-13b, datasets/org/name')
    .option('--local-dir <dir>', 'instead of the cache: the files that were downloaded into this folder')
    .optionsGroup(headings.how)
    .option('--repair', 'fetch again what is bad, and nothing else')
    .option('--quick', 'skip what was found right before and looks untouched since')
    .addOption(dryRunOption('with --repair: tell what would be fetched, and fetch nothing'));
  return addSettingOptions(command, { without: ['force'] })
    .addHelpText('after', examples)
    .action(async (repos: string[], flags: VerifyFlags) => {
      const { answerVerify } = await import('./verify-work.js');
      await cli.run(settingFlags(flags), (session) => answerVerify({ repos, flags }, session));
    });
}

const examples = `
Examples:
  $ hub cache verify
  $ hub cache verify facebook/opt-13b --repair
  $ hub cache verify --local-dir ./opt-13b --repair
  $ hub cache verify --quick --json > report.json`;
