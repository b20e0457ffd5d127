import { Command } from 'commander';
import type { Cli } from '../cli.js';
import type { DoctorFlags } from './doctor-work.js';
import { repoArgument, revisionOption, typeOption } from './repo-options.js';
import { addSettingOptions, settingFlags } from './setting-options.js';

const withoutMeaning = ['readCache', 'force', 'concurrency', 'limitRate', 'retries', 'retryFor', 'stallTimeout'];

/** The command as the help shows it. Its work is loaded when it is called. */
export function doctorCommand(cli: Cli): Command {
  const command = new Command('doctor')
    .description('Looks at all that a download needs, and says what is wrong and what to change.')
    .optionsGroup('What to look at:')
    .argument('[repo]', `look this one up too: ${repoArgument}`)
    .addOption(typeOption())
    .addOption(revisionOption());
  return addSettingOptions(command, { without: withoutMeaning })
    .addHelpText('after', examples)
    .action(async (text: string | undefined, flags: DoctorFlags) => {
      const { answerDoctor } = await import('./doctor-work.js');
      await cli.run(settingFlags(flags), (session) => answerDoctor({ text, flags }, session));
    });
}

const examples = `
Examples:
  $ hub doctor
  $ hub doctor meta-llama/Llama-3.1-8B
  $ hub doctor --endpoint https://hf-mirror.example --json`;
