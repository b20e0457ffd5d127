import { readFile as readFileFromDisk } from 'node:fs/promises';
import { nearest } from '../repo/nearest.js';
import { configFilePath, isSet, readConfigFile, type ConfigFile, type ReadFile } from './config-file.js';
import { findEndpoints } from './endpoints.js';
import { findNetwork } from './network.js';
import { expandPath, pathOf, resolveGiven, type Place } from './paths.js';
import { Problems } from './problems.js';
import { hubSwitch, seconds } from './schemas.js';
import type { Origin, Settings } from './settings.js';
import { keyOf, table } from './table.js';
import { findToken, findTokenFile } from './token.js';
import { defaultOrigin, ValueReader, type Found } from './value-reader.js';

export interface SettingsSources {
  /** By the flag's name in camelCase (`stallTimeout`), as commander gives them; what is no setting is ignored. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  readonly platform: NodeJS.Platform;
  readonly workingDir?: string;
  readonly readFile?: ReadFile;
  /** `unread`: what the config file says, right or wrong, counts for nothing. */
  readonly configFile?: 'read' | 'unread';
}

export interface SettingsWithOrigins {
  readonly settings: Settings;
  readonly origins: Readonly<Record<keyof Settings, Origin>>;
  /** Where the config file is, or would be. */
  readonly configPath: string;
  /** For a person at a terminal. */
  readonly warnings: readonly string[];
}

/**
 * Reads all settings: flag > environment > config file > default.
 *
 * @throws UsageError  that tells every bad value with its origin and what is allowed, and every unknown config key
 */
export async function readSettings(sources: SettingsSources): Promise<SettingsWithOrigins> {
  const { flags, environment, homeDir, platform, workingDir = process.cwd(), readFile = readText } = sources;
  const place: Place = { environment, homeDir, platform, workingDir };
  const config =
    sources.configFile === 'unread'
      ? { path: configFilePath(place), values: {} }
      : await readConfigFile(place, readFile);
  const problems = new Problems();
  judgeKeys(config, problems);

  const reader = new ValueReader({ flags, environment, config }, problems);
  const hubHome = findHubHome(place);
  const warnings: string[] = [];
  const token = await findToken({ reader, place, hubHome: hubHome.value, readFile, problems, warnings });
  const quiet = reader.findOr('quiet', table.quiet, false);
  const stallTimeoutMs = reader.findOr('stallTimeout', table.stallTimeout, 30_000);
  const found: { [Name in keyof Settings]: Found<Settings[Name]> } = {
    cacheDir: findCacheDir(reader, place, hubHome),
    readCaches: findReadCaches(reader, place),
    endpoints: findEndpoints(reader),
    ...findNetwork(reader, place),
    token,
    tokenFile: findTokenFile(reader, place, hubHome),
    force: reader.findOr('force', table.force, false),
    offline: reader.findOr('offline', table.offline, false),
    retries: reader.findOr('retries', table.retries, 8),
    retryForMs: reader.findOr('retryFor', table.retryFor, 0),
    stallTimeoutMs,
    headersTimeoutMs: findHeadersTimeout(reader, stallTimeoutMs),
    etagTimeoutMs: reader.variable('HF_HUB_ETAG_TIMEOUT', seconds) ?? { value: 10_000, origin: defaultOrigin },
    concurrency: reader.find('concurrency', table.concurrency) ?? { value: undefined, origin: defaultOrigin },
    limitRate: reader.find('limitRate', table.limitRate) ?? { value: undefined, origin: defaultOrigin },
    sizeGuard: reader.findOr('sizeGuard', table.sizeGuard, 50_000_000_000),
    framework: reader.findOr('framework', table.framework, 'all'),
    symlinks: findSymlinks(reader),
    yes: reader.findOr('yes', table.yes, false),
    graceMs: reader.findOr('grace', table.grace, 60 * 60 * 1000),
    maxSize: reader.find('maxSize', table.maxSize) ?? { value: undefined, origin: defaultOrigin },
    olderThanMs: reader.find('olderThan', table.olderThan) ?? { value: undefined, origin: defaultOrigin },
    maxRepoSize: reader.find('maxRepoSize', table.maxRepoSize) ?? { value: undefined, origin: defaultOrigin },
    maxTotal: reader.find('maxTotal', table.maxTotal) ?? { value: undefined, origin: defaultOrigin },
    reserve: reader.find('reserve', table.reserve) ?? { value: undefined, origin: defaultOrigin },
    keepRevisions: reader.find('keepRevisions', table.keepRevisions) ?? { value: undefined, origin: defaultOrigin },
    log: findLog(reader, place),
    locked: reader.findOr('locked', table.locked, false),
    frozen: reader.findOr('frozen', table.frozen, false),
    quiet,
    verbose: reader.findOr('verbose', table.verbose, false),
    json: reader.findOr('json', table.json, false),
    progress: findProgress(reader, quiet.value),
  };
  problems.throwIfAny();
  return { ...split(found), configPath: config.path, warnings };
}

function readText(path: string): Promise<string> {
  return readFileFromDisk(path, 'utf8');
}

function judgeKeys({ path, values }: ConfigFile, problems: Problems): void {
  const known = Object.entries(table).flatMap(([name, setting]) =>
    'alsoKey' in setting ? [keyOf(name), setting.alsoKey] : [keyOf(name)],
  );
  for (const key of Object.keys(values).filter((it) => !known.includes(it))) {
    const dashed = key.replaceAll('_', '-');
    const meant = known.includes(dashed) ? dashed : nearest(dashed, known)[0];
    problems.add(`${path}: unknown key "${key}"${meant === undefined ? '' : `, did you mean "${meant}"?`}`);
  }
}

/** What `HF_HOME` names: the cache and the token's file lie in it. */
function findHubHome(place: Place): Found<string> {
  const { HF_HOME: home, XDG_CACHE_HOME: xdg } = place.environment;
  if (home !== undefined && isSet(home)) {
    return { value: expandPath(home, place), origin: { kind: 'environment', name: 'HF_HOME' } };
  }
  const [base, name] = xdg !== undefined && isSet(xdg) ? [xdg, 'XDG_CACHE_HOME'] : ['~/.cache', ''];
  return { value: expandPath(`${base}/huggingface`, place), origin: { kind: 'default', name } };
}

function findCacheDir(reader: ValueReader, place: Place, hubHome: Found<string>): Found<string> {
  const found = reader.find('cacheDir', table.cacheDir);
  if (found !== undefined) return { ...found, value: resolveGiven(found, place) };
  return { value: pathOf(place.platform).join(hubHome.value, 'hub'), origin: hubHome.origin };
}

function findReadCaches(reader: ValueReader, place: Place): Found<readonly string[]> {
  const { value, origin } = reader.findOr('readCache', table.readCache, []);
  return { value: value.map((folder) => resolveGiven({ value: folder, origin }, place)), origin };
}

function findLog(reader: ValueReader, place: Place): Found<string | undefined> {
  const found = reader.find('log', table.log);
  return found === undefined
    ? { value: undefined, origin: defaultOrigin }
    : { ...found, value: resolveGiven(found, place) };
}

function findHeadersTimeout(reader: ValueReader, stallTimeoutMs: Found<number>): Found<number> {
  const download = reader.variable('HF_HUB_DOWNLOAD_TIMEOUT', seconds);
  return download !== undefined && download.value > stallTimeoutMs.value ? download : stallTimeoutMs;
}

function findSymlinks(reader: ValueReader): Found<boolean> {
  const disabled = reader.variable('HF_HUB_DISABLE_SYMLINKS', hubSwitch);
  return disabled === undefined ? { value: true, origin: defaultOrigin } : { ...disabled, value: !disabled.value };
}

/** `HF_HUB_DISABLE_PROGRESS_BARS` makes plain of `auto`, but asks for no more talk than `--quiet` leaves. */
function findProgress(reader: ValueReader, quiet: boolean): Found<Settings['progress']> {
  const progress = reader.findOr('progress', table.progress, 'auto');
  const disabled = reader.variable('HF_HUB_DISABLE_PROGRESS_BARS', hubSwitch);
  if (progress.value !== 'auto' || quiet || disabled?.value !== true) return progress;
  return { ...disabled, value: 'plain' };
}

function split(found: { [Name in keyof Settings]: Found<Settings[Name]> }): Pick<
  SettingsWithOrigins,
  'settings' | 'origins'
> {
  const entries = Object.entries<Found<unknown>>(found);
  // `fromEntries` can't know that each key keeps its own type.
  return {
    settings: Object.fromEntries(entries.map(([name, { value }]) => [name, value])) as unknown as Settings,
    origins: Object.fromEntries(entries.map(([name, { origin }]) => [name, origin])) as Record<keyof Settings, Origin>,
  };
}
