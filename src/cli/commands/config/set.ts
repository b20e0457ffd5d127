import { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { addTalkOptions, settingFlags, type ParsedFlags } from '../setting-options.js';

export function configSetCommand(cli: Cli): Command {
  const command = new Command('set')
    .description('Sets a key of the config file. What else is in the file stays as it is, comments too.')
    .argument('<key>', 'stall-timeout, cache-dir, endpoints …')
    .argument('<value...>', 'several make a list');
  return addTalkOptions(command)
    .addHelpText('after', examples)
    .action(async (key: string, words: string[], flags: ParsedFlags) => {
      const { answerSet } = await import('./config-work.js');
      await cli.runBesideConfig(settingFlags(flags), (session) => answerSet(key, words, session));
    });
}

const examples = `
Examples:
  $ hub config set cache-dir /data/hub
  $ hub config set limit-rate 20MB
  $ hub config set endpoints https://mirror.example https://huggingface.co`;
