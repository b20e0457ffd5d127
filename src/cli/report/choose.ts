import type { Settings } from '../../settings/settings.js';
import { ndjsonReport } from './ndjson.js';
import { plainReport } from './plain.js';
import type { Report, TextStream } from './report.js';
import { silentReport } from './silent.js';

export type ReportKind = 'bar' | 'plain' | 'json' | 'none' | 'silent';

export type ReportSettings = Pick<Settings, 'progress' | 'quiet' | 'verbose'>;

export interface Surroundings {
  readonly stderr: TextStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** An explicit `--progress` beats `--quiet`; bars need a terminal that can move its cursor, and are no good in a log. */
export function chooseReport(
  { progress, quiet }: Pick<ReportSettings, 'progress' | 'quiet'>,
  { stderr, environment }: Surroundings,
): ReportKind {
  const canDraw = stderr.isTTY === true && environment['TERM'] !== 'dumb';
  if (progress === 'bar') return canDraw ? 'bar' : 'plain';
  if (progress !== 'auto') return progress;
  if (quiet) return 'silent';
  return canDraw && !isOn(environment['CI']) ? 'bar' : 'plain';
}

/** The report that the settings and the terminal ask for. cli-progress is loaded only for bars. */
export async function createReport(settings: ReportSettings, surroundings: Surroundings): Promise<Report> {
  const { stderr: stream } = surroundings;
  const fold = await foldFor(stream);
  const options = { stream, fold, verbose: settings.verbose, colour: wantsColour(surroundings) };
  const kind = chooseReport(settings, surroundings);
  switch (kind) {
    case 'bar': {
      const { barReport } = await import('./bars.js');
      return barReport(options);
    }
    case 'json':
      return ndjsonReport(options);
    case 'silent':
      return silentReport(options);
    case 'plain':
    case 'none':
      return plainReport({ ...options, progress: kind === 'none' ? 'none' : 'lines' });
  }
}

/** What needs the widths of characters is loaded only where a person looks on. */
async function foldFor(stream: TextStream): Promise<(line: string) => string> {
  if (stream.isTTY !== true) return (line) => line;
  const { foldTalk } = await import('../fold.js');
  return (line) => foldTalk(line, stream.columns ?? 80);
}

/** https://no-color.org: any value but an empty one. */
function wantsColour({ stderr, environment }: Surroundings): boolean {
  return stderr.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}

/** As CI systems set it. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(1|on|yes|true)$/i.test(value);
}
