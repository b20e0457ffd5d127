import { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { addHubSettingOptions, settingFlags, type ParsedFlags } from '../setting-options.js';

export function whoamiCommand(cli: Cli): Command {
  const command = new Command('whoami').description('Prints whose token is in use, and asks the hub for it.');
  return addHubSettingOptions(command)
    .addHelpText('after', examples)
    .action(async (flags: ParsedFlags) => {
      const { answerWhoami } = await import('./auth-work.js');
      await cli.run(settingFlags(flags), answerWhoami);
    });
}

const examples = `
Examples:
  $ hub auth whoami
  $ hub auth whoami --json`;
