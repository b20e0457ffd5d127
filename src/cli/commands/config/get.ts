import { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { addTalkOptions, settingFlags, type ParsedFlags } from '../setting-options.js';

export function configGetCommand(cli: Cli): Command {
  const command = new Command('get')
    .description(
      'Prints the value of a setting, a line for each of several, from wherever it comes: environment, config file ' +
        'or default. Nothing where it is not set.',
    )
    .argument('<key>', 'stall-timeout, cache-dir, endpoints …');
  return addTalkOptions(command)
    .addHelpText('after', examples)
    .action(async (key: string, flags: ParsedFlags) => {
      const { answerGet } = await import('./config-work.js');
      await cli.run(settingFlags(flags), (session) => answerGet(key, session));
    });
}

const examples = `
Examples:
  $ hub config get cache-dir
  $ hub config get endpoints --json`;
