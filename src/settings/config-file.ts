import { UsageError } from '../errors.js';
import { expandPath, pathOf, type Place } from './paths.js';

export interface ConfigFile {
  readonly path: string;
  /** As TOML gives them; empty where there is no file. */
  readonly values: Readonly<Record<string, unknown>>;
}

export type ReadFile = (path: string) => Promise<string>;

/**
 * Reads the config file. Which keys there may be is not its business.
 *
 * @throws UsageError  a file that can't be read or is no TOML; a missing one only where `MODEL_HUB_CONFIG` names it
 */
export async function readConfigFile(place: Place, readFile: ReadFile): Promise<ConfigFile> {
  const path = configFilePath(place);
  let text: string;
  try {
    text = await readFile(path);
  } catch (cause) {
    const named = isSet(place.environment['MODEL_HUB_CONFIG']);
    if (isMissing(cause) && !named) return { path, values: {} };
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`the config file can't be read: ${why}`, {
      cause,
      ...(named && { hint: 'MODEL_HUB_CONFIG names it.' }),
    });
  }
  const { parse, TomlError } = await import('smol-toml');
  try {
    return { path, values: parse(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Its message goes on with the line itself, which may hold a token.
    throw new UsageError(`${path}:${error.line}:${error.column}: ${error.message.split('\n', 1)[0] ?? ''}`);
  }
}

/** `$XDG_CONFIG_HOME/model-hub/config.toml`, `%APPDATA%\model-hub\config.toml`, or what `MODEL_HUB_CONFIG` names. */
export function configFilePath(place: Place): string {
  const { environment, platform } = place;
  const { MODEL_HUB_CONFIG: named, XDG_CONFIG_HOME: xdg, APPDATA: appData } = environment;
  if (named !== undefined && isSet(named)) return expandPath(named, place);
  const [home, fallback] = platform === 'win32' ? [appData, '~/AppData/Roaming'] : [xdg, '~/.config'];
  return pathOf(platform).join(
    expandPath(home !== undefined && isSet(home) ? home : fallback, place),
    'model-hub',
    'config.toml',
  );
}

/** An empty variable counts as unset. */
export function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '';
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
