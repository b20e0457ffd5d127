import { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { addTalkOptions, settingFlags, type ParsedFlags } from '../setting-options.js';

export function configUnsetCommand(cli: Cli): Command {
  const command = new Command('unset')
    .description('Takes a key out of the config file. What else is in the file stays as it is, comments too.')
    .argument('<key>', 'stall-timeout, cache-dir, endpoints …');
  return addTalkOptions(command)
    .addHelpText('after', examples)
    .action(async (key: string, flags: ParsedFlags) => {
      const { answerUnset } = await import('./config-work.js');
      await cli.runBesideConfig(settingFlags(flags), (session) => answerUnset(key, session));
    });
}

const examples = `
Examples:
  $ hub config unset limit-rate
  $ hub config unset endpoints`;
