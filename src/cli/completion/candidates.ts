import type { Argument, Command, Option } from 'commander';

/** One thing that the word at the cursor may become. */
export interface Candidate {
  readonly word: string;
  /** One line; absent where the word says it all. */
  readonly description?: string;
}

/** What only this machine can tell. */
export interface KnownNames {
  /** Repos of the cache, as they are typed. */
  repos(): readonly string[];
  /** Branches, tags and commits of one of them. @throws UsageError  it is no name of a repo */
  revisions(repo: string): readonly string[];
  /** Keys of the config file. */
  configKeys(): readonly string[];
}

/**
 * What the last of `words` may become: verbs, flags, a flag's choices, repos and revisions of the cache. Nothing where a
 * path belongs: a shell knows those itself.
 *
 * @param program  with the called verb loaded
 * @param words  of the command line behind the program's name; the last one, which may be empty, is being typed
 */
export function candidatesFor(program: Command, words: readonly string[], known: KnownNames): readonly Candidate[] {
  const typed = words.at(-1) ?? '';
  const { command, before } = commandAt(program, words.slice(0, -1));
  const { option, given } = readBefore(command, before);
  const found =
    option === undefined ? offered(command, { typed, given, known }) : valuesOf(option, { repo: given[0], known });
  return found.filter(({ word }) => word.startsWith(typed) && word !== typed);
}

/** The innermost command that is called, and the words behind its name. */
function commandAt(program: Command, words: readonly string[]): { command: Command; before: readonly string[] } {
  let command = program;
  let before = words;
  for (;;) {
    const [name] = before;
    const next = command.commands.find((it) => it.name() === name);
    if (next === undefined) return { command, before };
    command = next;
    before = before.slice(1);
  }
}

/** The flag whose value is being typed, if it is one, and the words that are no flags. */
function readBefore(command: Command, before: readonly string[]): { option?: Option; given: readonly string[] } {
  const given: string[] = [];
  let option: Option | undefined;
  for (const word of before) {
    if (option !== undefined) option = undefined;
    else if (word.startsWith('-') && word !== '-') {
      const named = command.options.find(({ short, long }) => word === short || word === long);
      option = named?.required === true ? named : undefined;
    } else given.push(word);
  }
  return { ...(option === undefined ? {} : { option }), given };
}

interface Context {
  readonly typed: string;
  readonly given: readonly string[];
  readonly known: KnownNames;
}

function offered(command: Command, { typed, given, known }: Context): readonly Candidate[] {
  if (typed.startsWith('-')) return flagsOf(command);
  if (command.commands.length > 0) {
    if (given.length > 0) return [];
    return command
      .createHelp()
      .visibleCommands(command)
      .map((verb) => ({ word: verb.name(), description: verb.summary() }));
  }
  const argument = command.registeredArguments[given.length] ?? command.registeredArguments.at(-1);
  if (argument === undefined || (given.length >= command.registeredArguments.length && !argument.variadic)) return [];
  return valuesOfArgument(argument, typed, known);
}

function valuesOfArgument(argument: Argument, typed: string, known: KnownNames): readonly Candidate[] {
  if (argument.argChoices !== undefined) return argument.argChoices.map((word) => ({ word }));
  switch (argument.name()) {
    case 'repo':
    case 'repos':
    case 'targets':
      return reposOrRevisions(typed, known);
    case 'key':
      return known.configKeys().map((word) => ({ word }));
    default:
      return [];
  }
}

function reposOrRevisions(typed: string, known: KnownNames): readonly Candidate[] {
  const at = typed.indexOf('@');
  if (at === -1) return known.repos().map((word) => ({ word }));
  const repo = typed.slice(0, at);
  return known.revisions(repo).map((revision) => ({ word: `${repo}@${revision}` }));
}

function valuesOf(
  option: Option,
  { repo, known }: { repo: string | undefined; known: KnownNames },
): readonly Candidate[] {
  if (option.argChoices !== undefined) return option.argChoices.map((word) => ({ word }));
  if (option.long === '--revision' && repo !== undefined) {
    return known.revisions(repo).map((word) => ({ word }));
  }
  return option.long === '--keep' ? known.repos().map((word) => ({ word })) : [];
}

function flagsOf(command: Command): Candidate[] {
  const visible = command.createHelp().visibleOptions(command);
  return visible.flatMap(({ long, description }) => (long == null ? [] : { word: long, description }));
}
