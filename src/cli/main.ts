import { basename } from 'node:path';
import { Command, CommanderError } from 'commander';
import { ExitCode, UsageError } from '../errors.js';
import { Cli } from './cli.js';
import { tolerateClosedStreams, writeOut } from './output.js';
import { abortOnSignals } from './signals.js';
import { canonicalArguments } from './spellings.js';

interface Verb {
  readonly name: string;
  readonly summary: string;
  /** Absent where bin/hub.js has answered before. */
  readonly load?: () => Promise<(cli: Cli, words: readonly string[]) => Command | Promise<Command>>;
}

const verbs: readonly Verb[] = [
  {
    name: 'download',
    summary: 'a repo, or some of its files, into the shared cache',
    load: async () => (await import('./commands/download.js')).downloadCommand,
  },
  {
    name: 'cat',
    summary: 'one file of a repo to stdout, checked',
    load: async () => (await import('./commands/cat.js')).catCommand,
  },
  {
    name: 'ls',
    summary: 'the files of a repo on the hub, with sizes and digests',
    load: async () => (await import('./commands/ls.js')).lsCommand,
  },
  {
    name: 'info',
    summary: 'what the hub says of a repo: card, licence, access, sizes, refs',
    load: async () => (await import('./commands/info.js')).infoCommand,
  },
  {
    name: 'search',
    summary: 'repos on the hub, by name',
    load: async () => (await import('./commands/search.js')).searchCommand,
  },
  {
    name: 'cache',
    summary: 'what the cache has, and where; what shall go',
    load: async () => (await import('./commands/cache/group.js')).cacheCommand,
  },
  { name: 'version', summary: 'print the version' },
];

/** The program: reads the command line, runs the command, and gives what the process exits with. Never rejects. */
export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<ExitCode> {
  const { stdin, stdout, stderr, env: environment } = process;
  tolerateClosedStreams([stdout, stderr]);
  const words = canonicalArguments(argv);
  const force = (exitCode: ExitCode) => {
    cli.close();
    process.exit(exitCode);
  };
  const cli: Cli = new Cli({
    program: programName(),
    argv,
    signal: abortOnSignals(force),
    environment,
    stdin,
    stdout,
    stderr,
  });
  const failLate = (error: unknown) => {
    void cli.fail(error).then(() => process.exit(cli.exitCode));
  };
  process.once('uncaughtException', failLate);
  // Reached only when the work waits for something that nothing will bring.
  const failAtDeadEnd = () => failLate(new Error('the work stopped before its end'));
  process.once('beforeExit', failAtDeadEnd);

  try {
    const program = await createProgram(cli, words);
    await program.parseAsync(wordsToParse(words), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) await cli.fail(error);
    else if (error.exitCode !== 0) {
      // Without a command the help has been shown already, on stderr.
      if (error.code === 'commander.help') cli.exitCode = ExitCode.usage;
      else await cli.fail(asUsageError(error, calledVerb(words)));
    }
  }
  await Promise.all([writeOut(stdout, ''), writeOut(stderr, '')]);
  process.removeListener('beforeExit', failAtDeadEnd);
  return cli.exitCode;
}

/** All verbs are in the help, but only the one that is called is loaded. */
async function createProgram(cli: Cli, words: readonly string[]): Promise<Command> {
  const program = new Command('hub')
    .description('Downloads models and datasets from a Hugging Face hub into the shared cache.')
    .usage('<command> [flags]')
    .exitOverride()
    // Errors are told in one place, as every other error is.
    .configureOutput({ outputError: () => undefined })
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', examples);
  const called = calledVerb(words);
  for (const { name, summary, load } of verbs) {
    const command = name === called && load !== undefined ? await (await load())(cli, words) : new Command(name);
    program.addCommand(command.summary(summary).copyInheritedSettings(program));
  }
  return program;
}

function calledVerb(words: readonly string[]): string | undefined {
  return words[0] === 'help' ? words[1] : words[0];
}

/** Help that is asked for an unknown verb is an error, and commander sees it as one only where nothing else is said. */
function wordsToParse(words: readonly string[]): readonly string[] {
  const called = calledVerb(words);
  const isKnown = called === undefined || called.startsWith('-') || verbs.some(({ name }) => name === called);
  return isKnown ? words : [called];
}

/** commander's message, without its prefix, and its guess as the hint. */
function asUsageError({ message }: CommanderError, verb: string | undefined): UsageError {
  const [first = '', guess] = message.replace(/^error: /, '').split('\n');
  // A mistyped `--token=…` must not be shown.
  const shown = first.replace(/('--?[\w-]+)=[^']*'/, "$1'");
  const command = verbs.some(({ name }) => name === verb) ? `hub ${verb}` : 'hub';
  return new UsageError(shown, {
    hint: guess?.replace(/^\((.*)\)$/, '$1') ?? `"${command} --help" shows what it takes.`,
  });
}

function programName(): string {
  return basename(process.argv[1] ?? '').startsWith('model-hub') ? 'model-hub' : 'hub';
}

const examples = `
Examples:
  $ hub download facebook/opt-13b
  $ hub download facebook/opt-13b --exclude "*.h5" --dry-run
  $ hub help download`;
