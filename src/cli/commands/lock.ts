import { Command } from 'commander';
import type { Cli } from '../cli.js';
import type { LockFlags } from './lock-work.js';
import { addSettingOptions, dryRunOption, settingFlags } from './setting-options.js';

export function lockCommand(cli: Cli): Command {
  const command = new Command('lock')
    .description(
      "Writes hub.lock beside the project's hub.toml: of each repo the commit, and of each file its size and digests. " +
        'What is locked stays as it is; only what is new in hub.toml is asked of the hub.',
    )
    .optionsGroup('What to lock:')
    .option('--update [repo]', 'ask anew where the revisions are, of all repos or of this one')
    .option('--check', 'ask and write nothing: does hub.lock fit hub.toml? If not, the exit code is 9')
    .addOption(dryRunOption('show what would change, and write nothing'));
  return addSettingOptions(command, { without: ['force'] })
    .addHelpText('after', examples)
    .action(async (flags: LockFlags) => {
      const { answerLock, explainLockFailure } = await import('./lock-work.js');
      await cli.run(settingFlags(flags), (session) => answerLock(flags, session), explainLockFailure);
    });
}

const examples = `
Examples:
  $ hub lock
  $ hub lock --update facebook/opt-13b
  $ hub lock --check`;
