import path from 'node:path';
import { homeFolder } from './home-folder.js';
import type { Origin } from './settings.js';

/** What a path that a person gave is read against. */
export interface Place {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  readonly platform: NodeJS.Platform;
  /** For relative paths. */
  readonly workingDir: string;
}

/** The path rules of the platform that is asked about, which in a test may be another than this one. */
export function pathOf(platform: NodeJS.Platform): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix;
}

/** An absolute path, with `~` at its beginning expanded. A shell leaves it alone in `--cache-dir=~/x`. */
function expandHome(text: string, { homeDir, platform, workingDir }: Place): string {
  const inHome = platform === 'win32' ? /^~(?=$|[/\\])/ : /^~(?=$|\/)/;
  return pathOf(platform).resolve(
    workingDir,
    text.replace(inHome, () => homeDir),
  );
}

/** Also `$VAR`, `${VAR}` and on Windows `%VAR%`, as Python's tools do in what no shell has read. Unset ones stay. */
export function expandPath(text: string, place: Place): string {
  const { environment, platform } = place;
  const pattern = platform === 'win32' ? /\$(\w+)|\$\{(\w+)\}|%(\w+)%/g : /\$(\w+)|\$\{(\w+)\}/g;
  const expanded = text.replaceAll(
    pattern,
    (whole: string, ...names: (string | undefined)[]) =>
      environment[names.slice(0, 3).find((it) => it !== undefined) ?? ''] ?? whole,
  );
  return expandHome(expanded, place);
}

/** A path that somebody gave: a shell has read a flag already; the config file's is relative to its own folder. */
export function resolveGiven({ value, origin }: { value: string; origin: Origin }, place: Place): string {
  if (origin.kind === 'flag') return expandHome(value, place);
  const workingDir = origin.kind === 'file' ? pathOf(place.platform).dirname(origin.name) : place.workingDir;
  return expandPath(value, { ...place, workingDir });
}

/** Where this program keeps what it must know from run to run and what no cache is: `$XDG_STATE_HOME/model-hub`. */
export function stateFolder(): string {
  const { platform, env: environment } = process;
  const [base, fallback] =
    platform === 'win32'
      ? [environment['LOCALAPPDATA'], '~/AppData/Local']
      : [environment['XDG_STATE_HOME'], '~/.local/state'];
  const isSet = base !== undefined && base.trim() !== '';
  const place: Place = { environment, homeDir: homeFolder(), platform, workingDir: process.cwd() };
  return pathOf(platform).join(expandPath(isSet ? base : fallback, place), 'model-hub');
}

/** A folder that somebody named on the command line, or in a call of the library: absolute. */
export function namedFolder(name: string): string {
  const { platform, env: environment } = process;
  return expandHome(name, { environment, homeDir: homeFolder(), platform, workingDir: process.cwd() });
}
