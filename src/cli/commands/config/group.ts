import type { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { groupCommand, type GroupVerb } from '../../verb-group.js';

const verbs: readonly GroupVerb[] = [
  {
    name: 'init',
    summary: 'asks a few questions and writes the config file',
    load: async () => (await import('./init.js')).configInitCommand,
  },
  {
    name: 'get',
    summary: 'the value of a setting, wherever it comes from',
    load: async () => (await import('./get.js')).configGetCommand,
  },
  {
    name: 'set',
    summary: 'sets one in the config file, and keeps your comments',
    load: async () => (await import('./set.js')).configSetCommand,
  },
  {
    name: 'unset',
    summary: 'takes one out of the config file',
    load: async () => (await import('./unset.js')).configUnsetCommand,
  },
  {
    name: 'path',
    summary: 'where the config file is',
    load: async () => (await import('./path.js')).configPathCommand,
  },
];

/** `hub config`. */
export function configCommand(cli: Cli, words: readonly string[]): Promise<Command> {
  const description = 'Shows and edits the config file.';
  return groupCommand({ name: 'config', description, verbs, examples }, cli, words);
}

const examples = `
Examples:
  $ hub config init
  $ hub config set endpoints https://mirror.example https://huggingface.co
  $ hub config set stall-timeout 1m
  $ hub config get cache-dir
  $ "$EDITOR" "$(hub config path)"`;
