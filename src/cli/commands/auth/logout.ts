import { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { addTalkOptions, settingFlags, type ParsedFlags } from '../setting-options.js';

export function logoutCommand(cli: Cli): Command {
  const command = new Command('logout').description(
    'Removes the stored token from this machine. The hub still knows it.',
  );
  return addTalkOptions(command)
    .addHelpText('after', examples)
    .action(async (flags: ParsedFlags) => {
      const { answerLogout } = await import('./auth-work.js');
      await cli.run(settingFlags(flags), answerLogout);
    });
}

const examples = `
Examples:
  $ hub auth logout`;
