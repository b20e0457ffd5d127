import { Command } from 'commander';
import type { Cli } from '../cli.js';
import { settingFlags } from './setting-options.js';

/** What the scripts of `hub completion` call. Takes any words: those of the command line that is being typed. */
export function completeCommand(cli: Cli): Command {
  return new Command('__complete')
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(async (words: string[]) => {
      const { answerComplete } = await import('./complete-work.js');
      await cli.run(settingFlags({ quiet: true }), (session) => answerComplete(cli, words, session));
    });
}
