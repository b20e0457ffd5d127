import { Command } from 'commander';
import type { Cli } from '../cli.js';
import { settingFlags } from './setting-options.js';

/**
 * What the scripts of `hub completion` call. Takes any words: those of the command line that is being typed.
 *
 * @param programFor  makes the program with the verb loaded that such words call
 */
export function completeCommand(cli: Cli, programFor: (words: readonly string[]) => Promise<Command>): Command {
  return new Command('__complete')
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(async (words: string[]) => {
      const { answerComplete } = await import('./complete-work.js');
      await cli.run(settingFlags({ quiet: true }), async (session) =>
        answerComplete(await programFor(words), words, session),
      );
    });
}
