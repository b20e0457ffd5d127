import { Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { headings } from '../help.js';
import { addSettingOptions, settingFlags } from './setting-options.js';
import type { SyncFlags } from './sync-work.js';

/** The command as the help shows it. Its work is loaded when it is called. */
export function syncCommand(cli: Cli): Command {
  const command = new Command('sync')
    .description('Brings what hub.lock names into the cache, or into the target folders of hub.toml.')
    .optionsGroup('The lock:')
    .option('--locked', 'fail where hub.lock is not what hub.toml asks for (the default where CI is set)')
    .option('--frozen', 'follow hub.lock as it is; ask for no ref and no listing, only for content')
    .optionsGroup(headings.where)
    .option('--refs', 'move refs of the cache that stand elsewhere, instead of leaving them')
    .option('--prune', 'take out of target folders what hub put there and the lock does not name');
  return addSettingOptions(command)
    .addOption(
      new Option('--summary <file>', 'append a summary in Markdown, for the page of a CI job').helpGroup(
        headings.output,
      ),
    )
    .addHelpText('after', examples)
    .action(async (flags: SyncFlags) => {
      const { answerSync, explainSyncFailure } = await import('./sync-work.js');
      await cli.run(settingFlags(flags), (session) => answerSync(flags, session), explainSyncFailure);
    });
}

const examples = `
Examples:
  $ hub sync
  $ hub sync --frozen --summary "$GITHUB_STEP_SUMMARY"
  $ hub sync --locked --offline --quiet`;
