import { Option, type Command } from 'commander';
import { UsageError } from '../../errors.js';
import type { HubEvent } from '../../events.js';

/**
 * The flags that every command takes which talks to a hub: their values are judged by the settings, not here.
 *
 * @param without  names of settings that mean nothing to this command
 */
export function addSettingOptions(command: Command, { without = [] }: { without?: readonly string[] } = {}): Command {
  for (const [flags, description] of visibleOptions) {
    const option = new Option(flags, description);
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
  for (const [flags, description] of visibleOptions) {
    const option = new Option(flags, description);
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

/** What the commands take that destroy something. */
export function addRemovalOptions(command: Command): Command {
  return command.option('--dry-run', 'show what would go, and remove nothing').option('-y, --yes', 'do not ask');
}

/** Settings whose flags some commands have beside those of all. */
const ownSettings = ['framework', 'sizeGuard', 'yes', 'grace', 'maxSize', 'olderThan'];

const cacheOnly = ['cacheDir', 'readCache', 'force', 'concurrency', 'limitRate'];

const talkSettings = new Set(['quiet', 'verbose', 'progress', 'json']);
const cacheSettings = new Set([...talkSettings, 'cacheDir']);

const visibleOptions: readonly (readonly [flags: string, description: string])[] = [
  ['--cache-dir <dir>', 'the cache, instead of HF_HUB_CACHE'],
  ['--read-cache <dir>', 'a cache that is read before the network and never written; repeatable'],
  ['--force', 'fetch again what is cached (also --force-download)'],
  ['--offline', 'no request at all (also --local-files-only)'],
  ['--endpoint <url>', "the hub's address; repeatable: the next takes over when one fails"],
  ['--proxy <url>', 'proxy for all requests'],
  ['--concurrency <n>', 'connections in all, instead of as many as help (also --max-workers)'],
  ['--limit-rate <size>', 'bytes a second in all connections together: 20MB, 500k'],
  ['--retries <n>', 'further tries after the first'],
  ['--retry-for <time>', 'how long to wait for a hub that does not answer: 30m, 2h'],
  ['--stall-timeout <time>', 'give up a connection that brings nothing for so long'],
  ['--token <token>', 'access token; visible to others on this machine, so prefer the next'],
  ['--token-file <file>', 'file that holds the access token'],
  ['-q, --quiet', 'errors only'],
  ['-v, --verbose', 'tell more, with stack traces'],
  ['--progress <how>', 'auto, bar, plain, json or none'],
  ['--json', 'the result as one JSON document'],
];

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
  const common = visibleOptions.map(([spelling]) => new Option(spelling).attributeName());
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
