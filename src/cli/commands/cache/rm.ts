import { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { addCacheSettingOptions, addRemovalOptions, settingFlags } from '../setting-options.js';
import type { RmFlags } from './rm-work.js';

export function cacheRmCommand(cli: Cli): Command {
  const command = new Command('rm')
    .description('Removes repos, revisions or files from the cache, and what nothing else needs of them.')
    .optionsGroup('What to remove:')
    .argument('<targets...>', 'facebook/opt-13b, facebook/opt-13b@v1.0, a commit, hf://org/name/file')
    .option('--partial', 'only what has arrived of unfinished downloads of these repos');
  return addCacheSettingOptions(addRemovalOptions(command))
    .addHelpText('after', examples)
    .action(async (targets: string[], flags: RmFlags) => {
      const { answerRm, explainRemoval } = await import('./rm-work.js');
      await cli.run(settingFlags(flags), (session) => answerRm({ targets, flags }, session), explainRemoval);
    });
}

const examples = `
Examples:
  $ hub cache rm facebook/opt-13b
  $ hub cache rm gpt2@refs/pr/1 datasets/org/name --dry-run
  $ hub cache rm hf://facebook/opt-13b/tf_model.h5 --yes
  $ hub cache rm --partial facebook/opt-13b`;
