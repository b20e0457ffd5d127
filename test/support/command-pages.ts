import type { Command, Help, Option } from 'commander';
import { allCommands, commandPath, helpText } from './commands.js';

/** Of the pages that are made here, none is edited by hand. */
export const pagesFolder = 'docs/commands';

const marker = '<!-- Made by "npm run docs" out of the program. -->';

/** The pages about the commands by their names in `pagesFolder`: one for each, and README.md, which leads to them. */
export async function commandPages(): Promise<ReadonlyMap<string, string>> {
  const [program, ...commands] = await allCommands();
  if (program === undefined) throw new Error('there is no program');
  return new Map([
    ['README.md', indexPage(program, commands)],
    ...commands.map((command): [string, string] => [fileName(command), commandPage(command)]),
  ]);
}

function indexPage(program: Command, commands: readonly Command[]): string {
  const visible = program.createHelp().visibleCommands(program);
  const verbs = groupsOf(
    visible.filter((verb) => verb.name() !== 'help'),
    (verb) => verb.helpGroup(),
  );
  return page([
    '# Commands',
    marker,
    'What `hub --help` and `hub <command> --help` show, a page for each command.',
    ...verbs.flatMap(([heading, members]) => [
      `## ${heading}`,
      members.flatMap((verb) => [verbItem(verb), ...subVerbItems(verb, commands)]).join('\n'),
    ]),
  ]);
}

/** Of a group, whose verbs are known to the program only once they are loaded. */
function subVerbItems(verb: Command, commands: readonly Command[]): string[] {
  const below = commands.filter(({ parent }) => parent !== null && commandPath(parent) === commandPath(verb));
  return below.map((command) => `  ${verbItem(command)}`);
}

function verbItem(command: Command): string {
  const path = commandPath(command);
  // The launcher answers it: there is nothing to tell.
  return `- ${command.name() === 'version' ? `\`${path}\`` : `[\`${path}\`](${fileName(command)})`}: ${prose(command.summary() || command.description())}`;
}

function commandPage(command: Command): string {
  const help = command.createHelp();
  return page([
    `# ${commandPath(command)}`,
    marker,
    prose(command.description()),
    block('text', help.commandUsage(command)),
    ...section('Arguments', argumentItems(command, help)),
    ...section('Commands', command.commands.map(verbItem)),
    ...flagSections(command, help),
    '## Examples',
    block('sh', examplesOf(command).join('\n')),
    '[All commands](README.md)',
  ]);
}

function argumentItems(command: Command, help: Help): string[] {
  return command.registeredArguments.map((argument) =>
    [`- \`${argument.name()}\``, prose(help.argumentDescription(argument))].filter(Boolean).join(': '),
  );
}

function flagSections(command: Command, help: Help): string[] {
  const groups = groupsOf(help.visibleOptions(command), ({ helpGroupHeading }) => helpGroupHeading ?? 'Options:');
  return groups.flatMap(([heading, options]) => section(heading, options.map(flagItem(help))));
}

function flagItem(help: Help): (option: Option) => string {
  return (option) => `- \`${option.flags}\`: ${prose(help.optionDescription(option))}`;
}

function section(heading: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`## ${heading}`, items.join('\n')];
}

/** By their headings, without the colon, in the order in which these appear. */
function groupsOf<T>(items: readonly T[], headingOf: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const heading = headingOf(item).replace(/:$/, '');
    groups.set(heading, [...(groups.get(heading) ?? []), item]);
  }
  return [...groups];
}

function examplesOf(command: Command): string[] {
  const [, examples = ''] = helpText(command, 80).split('\nExamples:\n');
  return examples
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^ {2}\$ /, ''));
}

function fileName(command: Command): string {
  return `${commandPath(command).split(' ').slice(1).join('-')}.md`;
}

function block(language: string, code: string): string {
  return `\`\`\`${language}\n${code}\n\`\`\``;
}

/** What Markdown would take for markup. */
function prose(text: string): string {
  return text.replaceAll(/[*<`[\]]/g, String.raw`\$&`);
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
