import { Command, Option } from 'commander';
import type { Cli } from '../../cli.js';
import { headings } from '../../help.js';
import { addHubSettingOptions, settingFlags, type ParsedFlags } from '../setting-options.js';

export function configInitCommand(cli: Cli): Command {
  const command = new Command('init')
    .description(
      'Looks which endpoints answer, asks four questions (endpoints, cache, framework, limit), and writes the config ' +
        'file. What else is in the file stays as it is, comments too.',
    )
    .addOption(new Option('-y, --yes', 'do not ask: all defaults').helpGroup(headings.how));
  return addHubSettingOptions(command, {
    without: ['offline', 'retries', 'retryFor', 'stallTimeout', 'token', 'tokenFile'],
  })
    .addHelpText('after', examples)
    .action(async (flags: ParsedFlags) => {
      const { answerInit } = await import('./init-work.js');
      await cli.runBesideConfig(settingFlags(flags), answerInit);
    });
}

const examples = `
Examples:
  $ hub config init
  $ hub config init --endpoint https://hub.example --yes`;
