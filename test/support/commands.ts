import type { Command } from 'commander';
import { Cli } from '../../src/cli/cli.js';
import { createProgram } from '../../src/cli/program.js';

/** The program and every command that is for people, with their flags loaded: a group before its verbs. */
export async function allCommands(): Promise<readonly Command[]> {
  const { stdin, stdout, stderr } = process;
  const { signal } = new AbortController();
  const cli = new Cli({ program: 'hub', argv: [], signal, environment: {}, stdin, stdout, stderr });
  return [await createProgram(cli, []), ...(await commandsBelow([]))];

  async function commandsBelow(words: readonly string[]): Promise<Command[]> {
    const group = await commandAt(words);
    const names = group
      .createHelp()
      .visibleCommands(group)
      .map((command) => command.name())
      // The launcher answers the one, commander the other.
      .filter((name) => name !== 'version' && name !== 'help');
    const found: Command[] = [];
    for (const name of names) {
      const path = [...words, name];
      found.push(await commandAt(path), ...(await commandsBelow(path)));
    }
    return found;
  }

  async function commandAt(words: readonly string[]): Promise<Command> {
    let command = await createProgram(cli, words);
    for (const word of words) {
      const next = command.commands.find((it) => it.name() === word);
      if (next === undefined) throw new Error(`no command ${words.join(' ')}`);
      command = next;
    }
    return command;
  }
}

/** `hub cache ls`. */
export function commandPath(command: Command): string {
  return command.parent === null ? command.name() : `${commandPath(command.parent)} ${command.name()}`;
}

/** The help as the program prints it, with what stands behind the flags. */
export function helpText(command: Command, columns: number): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => columns });
  command.outputHelp();
  return text;
}
