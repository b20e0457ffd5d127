import { Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { headings } from '../help.js';
import type { MirrorFlags } from './mirror-work.js';
import {
  addDatasetOptions,
  addFilterOptions,
  addWeightsOptions,
  repoArgument,
  revisionOption,
  typeOption,
} from './repo-options.js';
import { addSettingOptions, dryRunOption, settingFlags } from './setting-options.js';

/** No copy may answer for the hub, and what is there is not fetched again every night. */
const withoutMeaning = ['offline', 'force'];

/** The command as the help shows it. Its work is loaded when it is called. */
export function mirrorCommand(cli: Cli): Command {
  const command = new Command('mirror')
    .description(
      'Brings many repos to what they are on the hub, unattended, and reports what became of each. Run it again at any time: what is there costs one request.',
    )
    .optionsGroup('Which repos:')
    .argument('[repos...]', repoArgument)
    .addOption(
      severalOption('-f, --file <list>', 'a list: on each line the words of a "hub download"; - is stdin; repeatable'),
    )
    .addOption(
      severalOption('--author <org>', 'all models, or what --type says, of this user or organisation; repeatable'),
    )
    .optionsGroup('What to fetch, where a line of the list says nothing else:')
    .addOption(typeOption())
    .addOption(revisionOption());
  addDatasetOptions(addWeightsOptions(addFilterOptions(command)))
    .optionsGroup('Limits:')
    .option('--max-repo-size <size>', 'leave out repos of which more than this is wanted')
    .option('--max-total <size>', 'fetch no more than this in one run')
    .option('--reserve <free>', 'leave so much free on the disk')
    .option('--keep-revisions <n>', 'of a branch that moves keep so many commits, the newest one included')
    .optionsGroup(headings.where)
    .option('--local-dir <root>', 'real files, in <root>/models/<org>/<name> and so on, instead of the cache')
    .optionsGroup(headings.how)
    .addOption(dryRunOption('report what would be done, and do nothing'))
    .optionsGroup(headings.output)
    .option('--log <file>', 'append all that happens to this file, as lines of JSON');
  return addSettingOptions(command, { without: withoutMeaning })
    .addHelpText('after', examples)
    .action(async (repos: string[], flags: MirrorFlags) => {
      const { answerMirror } = await import('./mirror-work.js');
      await cli.run(settingFlags(flags), (session) => answerMirror({ repos, flags }, session));
    });
}

function severalOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, previous: readonly string[] | undefined) => [
    ...(previous ?? []),
    value,
  ]);
}

const examples = `
Examples:
  $ hub mirror facebook/opt-13b datasets/nyu-mll/glue
  $ hub mirror -f repos.txt --keep-revisions 2 --reserve 100GB --log mirror.log
  $ hub mirror --author facebook --framework auto --max-repo-size 50GB --dry-run`;
