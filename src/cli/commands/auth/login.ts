import { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { addHubSettingOptions, settingFlags, type ParsedFlags } from '../setting-options.js';

export function loginCommand(cli: Cli): Command {
  const command = new Command('login').description(
    'Asks for an access token without showing it, or reads it from stdin; checks it at the hub, and stores it for you alone.',
  );
  return addHubSettingOptions(command, { without: ['token'] })
    .addHelpText('after', examples)
    .action(async (flags: ParsedFlags) => {
      const { answerLogin } = await import('./auth-work.js');
      await cli.run(settingFlags(flags), answerLogin);
    });
}

const examples = `
Examples:
  $ hub auth login
  $ hub auth login < ~/token.txt
  $ pass show hf-token | hub auth login --quiet`;
