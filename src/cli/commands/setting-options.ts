import { Option, type Command } from 'commander';
import { UsageError } from '../../errors.js';
import type { HubEvent } from '../../events.js';
import { headings } from '../help.js';

/**
 * The flags that every command takes which talks to a hub: their values are judged by the settings, not here.
 *
 * @param without  names of settings that mean nothing to this command
 */
export function addSettingOptions(command: Command, { without = [] }: { without?: readonly string[] } = {}): Command {
  for (const option of visibleOptions()) {
    if (without.includes(option.attributeName())) continue;
    if (option.long === '--endpoint' || option.long === '--read-cache') option.argParser(oneMore);
    command.addOption(option);
  }
  return command
    .addOption(new Option('--format <format>').choices(['json', 'quiet']).hideHelp())
    .addOption(new Option('--resume-download').hideHelp())
    .addOption(new Option('--local-dir-use-symlinks <value>').hideHelp());
}

/** The flags of a command that works on the cache and asks no hub. */
export function addCacheSettingOptions(command: Command): Command {
  return addOptionsOf(cacheSettings, command);
}

/** The flags of a command that touches neither hub nor cache. */
export function addTalkOptions(command: Command): Command {
  return addOptionsOf(talkSettings, command);
}

function addOptionsOf(names: ReadonlySet<string>, command: Command): Command {
  for (const option of visibleOptions()) {
    if (names.has(option.attributeName())) command.addOption(option);
  }
  return command.addOption(new Option('--format <format>').choices(['json', 'quiet']).hideHelp());
}

/** The flags of a command that asks the hub and leaves the cache alone. */
export function addHubSettingOptions(
  command: Command,
  { without = [] }: { without?: readonly string[] } = {},
): Command {
  return addSettingOptions(command, { without: [...cacheOnly, ...without] });
}

/** @param description  what is done instead */
export function dryRunOption(description: string): Option {
  return new Option('--dry-run', description).helpGroup(headings.how);
}

/** What the commands take that destroy something. */
export function addRemovalOptions(command: Command): Command {
  return command
    .addOption(dryRunOption('show what would go, and remove nothing'))
    .addOption(new Option('-y, --yes', 'do not ask').helpGroup(headings.how));
}

/** Settings whose flags some commands have beside those of all. */
const ownSettings = [
  'framework',
  'sizeGuard',
  'yes',
  'grace',
  'maxSize',
  'olderThan',
  'maxRepoSize',
  'maxTotal',
  'reserve',
  'keepRevisions',
  'log',
  'locked',
  'frozen',
];

const cacheOnly = ['cacheDir', 'readCache', 'force', 'concurrency', 'limitRate'];

const talkSettings = new Set(['quiet', 'verbose', 'progress', 'json']);
const cacheSettings = new Set([...talkSettings, 'cacheDir']);

const optionTexts: readonly (readonly [heading: string, flags: string, description: string])[] = [
  [headings.where, '--cache-dir <dir>', 'the cache, instead of HF_HUB_CACHE'],
  [headings.where, '--read-cache <dir>', 'a cache that is read before the network and never written; repeatable'],
  [headings.how, '--force', 'fetch again what is cached (also --force-download)'],
  [headings.network, '--offline', 'no request at all (also --local-files-only)'],
  [headings.network, '--endpoint <url>', "the hub's address; repeatable: the next takes over when one fails"],
  [headings.network, '--proxy <url>', 'proxy for all requests'],
  [headings.network, '--concurrency <n>', 'connections in all, instead of as many as help (also --max-workers)'],
  [headings.network, '--limit-rate <size>', 'bytes a second in all connections together: 20MB, 500k'],
  [headings.network, '--retries <n>', 'further tries after the first'],
  [headings.network, '--retry-for <time>', 'how long to wait for a hub that does not answer: 30m, 2h'],
  [headings.network, '--stall-timeout <time>', 'give up a connection that brings nothing for so long'],
  [headings.network, '--token <token>', 'access token; visible to others on this machine, so prefer the next'],
  [headings.network, '--token-file <file>', 'file that holds the access token'],
  [headings.output, '-q, --quiet', 'errors only'],
  [headings.output, '-v, --verbose', 'tell more, with stack traces'],
  [headings.output, '--progress <how>', 'auto, bar, plain, json or none'],
  [headings.output, '--json', 'the result as one JSON document'],
];

function visibleOptions(): Option[] {
  return optionTexts.map(([heading, flags, description]) => new Option(flags, description).helpGroup(heading));
}

export interface ParsedFlags {
  readonly [name: string]: unknown;
  readonly format?: 'json' | 'quiet';
  readonly quiet?: true;
  readonly verbose?: true;
  readonly resumeDownload?: true;
  readonly localDirUseSymlinks?: string;
}

/** The settings among the flags, as `readSettings` takes them. @throws UsageError for flags that contradict each other */
export function settingFlags(flags: ParsedFlags): Record<string, unknown> {
  const common = visibleOptions().map((option) => option.attributeName());
  const names = [...common, ...ownSettings];
  const given = Object.fromEntries(names.filter((name) => name in flags).map((name) => [name, flags[name]]));
  if (flags.format !== undefined) given[flags.format] = true;
  if (given['quiet'] === true && given['verbose'] === true) {
    throw new UsageError('--quiet and --verbose contradict each other', { hint: 'Leave one of them out.' });
  }
  return given;
}

/** Flags of the Python tool that are taken, so that a pasted command works, and change nothing. */
export function flagWarnings({ resumeDownload, localDirUseSymlinks }: ParsedFlags): HubEvent[] {
  const withoutEffect = [
    ...(resumeDownload === undefined ? [] : ['--resume-download']),
    ...(localDirUseSymlinks === undefined ? [] : ['--local-dir-use-symlinks']),
  ];
  if (withoutEffect.length === 0) return [];
  return [
    {
      type: 'warning',
      code: 'flag-without-effect',
      message: `no effect: ${withoutEffect.join(', ')}`,
      hint: 'Downloads always go on where they stopped, and a local folder never gets symlinks.',
    },
  ];
}

function oneMore(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
