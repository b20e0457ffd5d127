import { Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { headings } from '../help.js';
import type { EnvFlags } from './env-work.js';
import { addSettingOptions, settingFlags } from './setting-options.js';

/** The command as the help shows it. Its work is loaded when it is called. */
export function envCommand(cli: Cli): Command {
  const command = new Command('env')
    .description('Prints each setting, its value and where it came from. Tokens and passwords are masked.')
    .optionsGroup(headings.output)
    .addOption(new Option('--sh', 'with --offline: the exports for a machine that shall use this cache alone'));
  return addSettingOptions(command)
    .addHelpText('after', examples)
    .action(async (flags: EnvFlags) => {
      const { answerEnv } = await import('./env-work.js');
      await cli.run(settingFlags(flags), (session) => answerEnv(flags, session));
    });
}

const examples = `
Examples:
  $ hub env
  $ hub env --json
  $ eval "$(hub env --offline --sh)"`;
