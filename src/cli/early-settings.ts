import type { ReportSettings } from './report/choose.js';

/**
 * How to talk before the settings are read, or when they can't be: a failure to read the command line is told in the
 * form that the same command line asks for. Nothing is judged here.
 */
export function earlySettings(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ReportSettings & { readonly json: boolean } {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const valueOf = (flag: string) => {
    const index = words.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
    const word = words[index];
    return word === flag ? words[index + 1] : word?.slice(flag.length + 1);
  };
  const format = valueOf('--format');
  return {
    json: words.includes('--json') || format === 'json' || isOn(environment['HUB_JSON']),
    verbose: words.includes('--verbose') || words.includes('-v'),
    quiet: words.includes('--quiet') || words.includes('-q') || format === 'quiet',
    progress: (valueOf('--progress') ?? environment['HUB_PROGRESS']) === 'json' ? 'json' : 'none',
  };
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(1|on|yes|true)$/i.test(value);
}
