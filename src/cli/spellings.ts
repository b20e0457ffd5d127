/**
 * Turns the spellings that people paste from other tools into ours: `_` for `-` in long flags, and the names by which
 * the Python tools know the same flag. What follows `--` is left alone.
 */
export function canonicalArguments(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  return [...flags.map(canonicalFlag), ...argv.slice(flags.length)];
}

function canonicalFlag(word: string): string {
  const match = /^--([a-z][a-z_-]*)(=.*)?$/s.exec(word);
  if (match === null) return word;
  const [, name = '', value = ''] = match;
  const dashed = name.replaceAll('_', '-');
  return `--${synonyms[dashed] ?? dashed}${value}`;
}

const synonyms: Readonly<Record<string, string>> = {
  'repo-type': 'type',
  allow: 'include',
  'allow-patterns': 'include',
  ignore: 'exclude',
  'ignore-patterns': 'exclude',
  'force-download': 'force',
  'local-files-only': 'offline',
  'max-workers': 'concurrency',
};
