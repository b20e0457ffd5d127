import { Command } from 'commander';
import type { Cli } from '../cli.js';
import type { InfoFlags } from './info-work.js';
import { repoArgument, revisionOption, typeOption } from './repo-options.js';
import { addHubSettingOptions, settingFlags } from './setting-options.js';

export function infoCommand(cli: Cli): Command {
  const command = new Command('info')
    .description('Tells what the hub says of a repo: its card, licence, access, sizes, branches and tags.')
    .optionsGroup('What to show:')
    .argument('<repo>', repoArgument)
    .addOption(typeOption())
    .addOption(revisionOption())
    .option('--pull-requests', 'also these refs, of which there may be thousands');
  return addHubSettingOptions(command)
    .addHelpText('after', examples)
    .action(async (text: string, flags: InfoFlags) => {
      const { answerInfo } = await import('./info-work.js');
      await cli.run(settingFlags(flags), (session) => answerInfo({ text, flags }, session));
    });
}

const examples = `
Examples:
  $ hub info facebook/opt-13b
  $ hub info datasets/stanfordnlp/imdb --pull-requests
  $ hub info gpt2@main --json | jq .sizes`;
