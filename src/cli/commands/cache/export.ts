import { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { addCacheSettingOptions, dryRunOption, settingFlags } from '../setting-options.js';
import type { ExportFlags } from './export-work.js';

export function cacheExportCommand(cli: Cli): Command {
  const command = new Command('export')
    .description(
      'Writes repos of the cache as one tar, for a machine without a network: "tar xf" into its cache, or ' +
        '"hub cache import", makes them complete there. Every file is checked on the way.',
    )
    .optionsGroup('What to write:')
    .argument(
      '<repos...>',
      'facebook/opt-13b, facebook/opt-13b@v1.0, datasets/org/name; all cached revisions without @',
    )
    .requiredOption('-o, --output <tar>', 'the file to write; - for stdout')
    .addOption(dryRunOption('tell what would be in it, and write nothing'));
  return addCacheSettingOptions(command)
    .addHelpText('after', examples)
    .action(async (repos: string[], flags: ExportFlags) => {
      const { answerExport } = await import('./export-work.js');
      await cli.run(settingFlags(flags), (session) => answerExport({ repos, flags }, session));
    });
}

const examples = `
Examples:
  $ hub cache export facebook/opt-13b datasets/stanfordnlp/imdb -o models.tar
  $ hub cache export gpt2@main -o - | ssh lab 'hub cache import -'
  $ tar xf models.tar -C ~/.cache/huggingface/hub`;
