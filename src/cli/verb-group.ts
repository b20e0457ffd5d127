import { Command } from 'commander';
import type { Cli } from './cli.js';
import { inheriting, withCommonSettings } from './help.js';

/** A verb under another one: `hub cache ls`. */
export interface GroupVerb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<(cli: Cli) => Command>;
}

export interface VerbGroup {
  readonly name: string;
  readonly description: string;
  readonly verbs: readonly GroupVerb[];
  /** The end of its help. */
  readonly examples: string;
}

/** Makes the command of a group: all its verbs are in the help, but only the one that is called is loaded. */
export async function groupCommand(
  { name, description, verbs, examples }: VerbGroup,
  cli: Cli,
  words: readonly string[],
): Promise<Command> {
  const group = withCommonSettings(new Command(name))
    .description(description)
    .usage('<command> [flags]')
    .addHelpText('after', examples);
  for (const verb of verbs) {
    const command = words.includes(verb.name) ? (await verb.load())(cli) : new Command(verb.name);
    group.addCommand(inheriting(command.summary(verb.summary), group));
  }
  return group;
}
