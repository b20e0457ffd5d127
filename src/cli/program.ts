import { Command } from 'commander';
import type { Cli } from './cli.js';
import { inheriting, withCommonSettings } from './help.js';

/** The headings of the program's help. */
const groups = {
  fetch: 'Fetch:',
  project: 'In a project:',
  hub: 'On the hub:',
  cache: 'Cache:',
  setUp: 'Set up:',
} as const;

interface Verb {
  readonly name: string;
  /** Under which heading; "Set up" unless told. */
  readonly group?: string;
  /** Absent where it is not for people. */
  readonly summary?: string;
  /** Absent where bin/hub.js has answered before. */
  readonly load?: () => Promise<(cli: Cli, words: readonly string[]) => Command | Promise<Command>>;
}

export const verbs: readonly Verb[] = [
  {
    name: 'download',
    group: groups.fetch,
    summary: 'a repo, or some of its files, into the shared cache',
    load: async () => (await import('./commands/download.js')).downloadCommand,
  },
  {
    name: 'mirror',
    group: groups.fetch,
    summary: 'many repos, unattended, with a report',
    load: async () => (await import('./commands/mirror.js')).mirrorCommand,
  },
  {
    name: 'cat',
    group: groups.fetch,
    summary: 'one file of a repo to stdout, checked',
    load: async () => (await import('./commands/cat.js')).catCommand,
  },
  {
    name: 'add',
    group: groups.project,
    summary: 'a repo, or some of its files, to the hub.toml of a project',
    load: async () => (await import('./commands/add.js')).addCommand,
  },
  {
    name: 'lock',
    group: groups.project,
    summary: 'pin what hub.toml names: commits and digests, in hub.lock',
    load: async () => (await import('./commands/lock.js')).lockCommand,
  },
  {
    name: 'sync',
    group: groups.project,
    summary: 'bring what hub.lock names into the cache, or into folders',
    load: async () => (await import('./commands/sync.js')).syncCommand,
  },
  {
    name: 'ls',
    group: groups.hub,
    summary: 'the files of a repo on the hub, with sizes and digests',
    load: async () => (await import('./commands/ls.js')).lsCommand,
  },
  {
    name: 'info',
    group: groups.hub,
    summary: 'what the hub says of a repo: card, licence, access, sizes, refs',
    load: async () => (await import('./commands/info.js')).infoCommand,
  },
  {
    name: 'search',
    group: groups.hub,
    summary: 'repos on the hub, by name',
    load: async () => (await import('./commands/search.js')).searchCommand,
  },
  {
    name: 'cache',
    group: groups.cache,
    summary: 'what the cache has, and where; what shall go',
    load: async () => (await import('./commands/cache/group.js')).cacheCommand,
  },
  {
    name: 'auth',
    summary: 'log in, log out, and who you are to the hub',
    load: async () => (await import('./commands/auth/group.js')).authCommand,
  },
  {
    name: 'config',
    summary: 'the settings of the config file',
    load: async () => (await import('./commands/config/group.js')).configCommand,
  },
  {
    name: 'env',
    summary: 'each setting, its value and where it came from',
    load: async () => (await import('./commands/env.js')).envCommand,
  },
  {
    name: 'doctor',
    summary: 'what is wrong here: network, proxies, token, cache',
    load: async () => (await import('./commands/doctor.js')).doctorCommand,
  },
  {
    name: 'completion',
    summary: 'what makes bash, zsh or fish complete your command lines',
    load: async () => (await import('./commands/completion.js')).completionCommand,
  },
  { name: 'version', summary: 'print the version' },
  {
    name: '__complete',
    load: async () => {
      const { completeCommand } = await import('./commands/complete.js');
      return (cli) => completeCommand(cli, (words) => createProgram(cli, words));
    },
  },
];

/** All verbs are in the help, but only the one that is called is loaded. */
export async function createProgram(cli: Cli, words: readonly string[]): Promise<Command> {
  const program = withCommonSettings(new Command('hub').commandsGroup(groups.setUp))
    .description('Downloads models and datasets from a Hugging Face hub into the shared cache.')
    .usage('<command> [flags]')
    .enablePositionalOptions()
    .addHelpText('after', examples);
  const called = calledVerb(words);
  for (const { name, group = groups.setUp, summary, load } of verbs) {
    const command = name === called && load !== undefined ? await (await load())(cli, words) : new Command(name);
    program.addCommand(inheriting(command.summary(summary ?? '').helpGroup(group), program), {
      hidden: summary === undefined,
    });
  }
  return program;
}

export function calledVerb(words: readonly string[]): string | undefined {
  return words[0] === 'help' ? words[1] : words[0];
}

const examples = `
Examples:
  $ hub download facebook/opt-13b
  $ hub download facebook/opt-13b --exclude "*.h5" --dry-run
  $ hub help download`;
