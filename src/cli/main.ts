import { basename } from 'node:path';
import { CommanderError } from 'commander';
import { ExitCode, UsageError } from '../errors.js';
import { Cli } from './cli.js';
import { tolerateClosedStreams, writeOut } from './output.js';
import { calledVerb, createProgram, verbs } from './program.js';
import { abortOnSignals } from './signals.js';
import { canonicalArguments } from './spellings.js';

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
