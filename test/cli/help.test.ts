import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { allCommands, commandPath, helpText } from '../support/commands.js';

let commands: readonly Command[];

beforeAll(async () => {
  commands = await allCommands();
});

describe('the help', () => {
  it.each([60, 80, 200])('fits %i columns, but for the commands that are to be copied', (columns) => {
    const tooWide = commands.flatMap((command) =>
      helpText(command, columns)
        .split('\n')
        .filter((line) => line.length > columns && !line.startsWith('  $ ')),
    );
    expect(tooWide).toEqual([]);
  });

  it('has every flag under a heading', () => {
    const without = commands
      .filter(({ commands: verbs }) => verbs.length === 0)
      .filter((command) => /^Options:$/m.test(command.helpInformation()))
      .map(commandPath);
    expect(without).toEqual([]);
  });

  it('ends with examples of that very command', () => {
    const without = commands.filter((command) => {
      const [, examples = ''] = helpText(command, 80).split('\nExamples:\n');
      return !examples.includes(commandPath(command));
    });
    expect(without.map(commandPath)).toEqual([]);
  });
});
