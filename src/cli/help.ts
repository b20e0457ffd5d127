import type { Command } from 'commander';

/** The headings above flags that several commands have. A command names its own flags by `optionsGroup`. */
export const headings = {
  where: 'Where:',
  how: 'How:',
  network: 'Network:',
  output: 'Output:',
} as const;

/** Below that a description stands on one line, however long it is. commander's own bound is too wide for 60 columns. */
const minWidthToWrap = 20;

const helpFlag = ['-h, --help', 'show help'] as const;
const helpVerb = ['help [command]', 'show help for a command'] as const;

/** What the program and its groups hand down: the form of the help, and that errors are told elsewhere. */
export function withCommonSettings(command: Command): Command {
  return (
    command
      .exitOverride()
      // Errors are told in one place, as every other error is.
      .configureOutput({ outputError: () => undefined })
      .configureHelp({ minWidthToWrap })
      .helpOption(...helpFlag)
      .helpCommand(...helpVerb)
  );
}

/** Gives a command what `parent` hands down, under the headings of its own. */
export function inheriting(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  if (command.commands.length > 0) return command.helpCommand(...helpVerb);
  return command.optionsGroup(headings.output).helpOption(...helpFlag);
}
