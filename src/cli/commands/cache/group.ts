import type { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { groupCommand, type GroupVerb } from '../../verb-group.js';

const verbs: readonly GroupVerb[] = [
  {
    name: 'ls',
    summary: 'what the cache has: repos, their sizes, when they were last used',
    load: async () => (await import('./ls.js')).cacheLsCommand,
  },
  {
    name: 'path',
    summary: 'where a repo or a file stands in the cache, for scripts',
    load: async () => (await import('./path.js')).cachePathCommand,
  },
  {
    name: 'verify',
    summary: 'reads all that is there, compares digests, and repairs',
    load: async () => (await import('./verify.js')).cacheVerifyCommand,
  },
  {
    name: 'export',
    summary: 'repos as one tar, for machines without a network',
    load: async () => (await import('./export.js')).cacheExportCommand,
  },
  {
    name: 'import',
    summary: 'a bundle, another cache, a git clone or a folder into the cache',
    load: async () => (await import('./import.js')).cacheImportCommand,
  },
  {
    name: 'dedupe',
    summary: 'equal files of different repos share their bytes',
    load: async () => (await import('./dedupe.js')).cacheDedupeCommand,
  },
  {
    name: 'rm',
    summary: 'remove repos, revisions or files',
    load: async () => (await import('./rm.js')).cacheRmCommand,
  },
  {
    name: 'prune',
    summary: 'remove what no ref names, what was never finished, what was left over',
    load: async () => (await import('./prune.js')).cachePruneCommand,
  },
  {
    name: 'gc',
    summary: 'remove what was used least recently, until the cache fits',
    load: async () => (await import('./gc.js')).cacheGcCommand,
  },
];

/** `hub cache`. */
export function cacheCommand(cli: Cli, words: readonly string[]): Promise<Command> {
  return groupCommand({ name: 'cache', description: 'Shows and tends the shared cache.', verbs, examples }, cli, words);
}

const examples = `
Examples:
  $ hub cache ls
  $ hub cache ls --sort size --filter "size>10GB"
  $ hub cache gc --max-size 200GB --dry-run
  $ cd "$(hub cache path facebook/opt-13b)"`;
