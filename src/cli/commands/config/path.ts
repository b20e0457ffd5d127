import { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { addTalkOptions, settingFlags, type ParsedFlags } from '../setting-options.js';

export function configPathCommand(cli: Cli): Command {
  const command = new Command('path').description('Prints where the config file is, or would be.');
  return addTalkOptions(command)
    .addHelpText('after', examples)
    .action(async (flags: ParsedFlags) => {
      const { answerConfigPath } = await import('./config-work.js');
      await cli.runBesideConfig(settingFlags(flags), answerConfigPath);
    });
}

const examples = `
Examples:
  $ hub config path
  $ cat "$(hub config path)"`;
