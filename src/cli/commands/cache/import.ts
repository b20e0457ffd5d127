import { Command, Option } from 'commander';
import { repoTypes } from '../../../repo/reference.js';
import type { Cli } from '../../cli.js';
import { addSettingOptions, dryRunOption, settingFlags } from '../setting-options.js';
import type { ImportFlags } from './import-work.js';

export function cacheImportCommand(cli: Cli): Command {
  const command = new Command('import')
    .description(
      'Takes what is on this machine already into the cache, by digest: a bundle, another cache, a git clone, a folder ' +
        'that was filled by --local-dir, or any folder. No file is fetched.',
    )
    .optionsGroup('What it is:')
    .argument('<path>', 'a folder or a bundle; - for a bundle on stdin')
    .option('--repo <repo>', 'which repo a folder is of, where it does not tell itself')
    .addOption(new Option('-t, --type <type>', 'repo type (also --repo-type)').choices(repoTypes))
    .option('-r, --revision <rev>', 'which revision a folder is of; main where nothing tells it')
    .addOption(dryRunOption('read and judge, and write nothing'));
  return addSettingOptions(command)
    .addHelpText('after', examples)
    .action(async (path: string, flags: ImportFlags) => {
      const { answerImport, explainDamage } = await import('./import-work.js');
      await cli.run(settingFlags(flags), (session) => answerImport({ path, flags }, session), explainDamage);
    });
}

const examples = `
Examples:
  $ hub cache import models.tar
  $ hub cache import ~/clones/opt-13b
  $ hub cache import /mnt/usb/weights --repo facebook/opt-13b --revision main`;
