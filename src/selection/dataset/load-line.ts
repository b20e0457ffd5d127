import type { DatasetChoice } from '../../repo/dataset-choice.js';
import type { ChosenSubset } from './choose.js';
import { inferFormat } from './data-file-formats.js';
import type { DatasetLayout } from './layout.js';
import { escapePath } from './path-pattern.js';
import { pythonLiteral, pythonString } from './python-literal.js';

export interface LoadLineOptions<File> {
  /** Absolute: the snapshot's folder, or the user's own. */
  readonly folder: string;
  /** True: the folder holds files of this commit alone, so that patterns can stand for many names. */
  readonly holdsCommitOnly: boolean;
  readonly layout: DatasetLayout<File>;
  readonly chosen: readonly ChosenSubset<File>[];
  /** Of the chosen files, those that other filters have left. */
  readonly fetched: ReadonlySet<File>;
  readonly choice: DatasetChoice;
}

/**
 * A Python expression, on one line, that loads just what was fetched with `datasets`, without a network. A repo's own name
 * would not be found in the cache offline, and without `data_files` splits that were not fetched would be missed.
 *
 * One subset: a call, which gives its splits, or the split where one was named. Several: a dict of such calls.
 */
export function loadLine<File extends { readonly path: string }>(options: LoadLineOptions<File>): string {
  const { chosen, fetched } = options;
  const left = chosen.filter(({ splits }) => splits.some(({ files }) => files.some((file) => fetched.has(file))));
  const calls = left.map((subset) => [subset.name, callFor(subset, options)] as const);
  const [only] = calls;
  if (only !== undefined && calls.length === 1) return only[1];
  return `{${calls.map(([name, call]) => `${pythonString(name)}: ${call}`).join(', ')}}`;
}

function callFor<File extends { readonly path: string }>(
  subset: ChosenSubset<File>,
  options: LoadLineOptions<File>,
): string {
  const { folder, layout, fetched, choice } = options;
  const isByCard = !choice.parquet && layout.folders.every((it) => hasFileBelow(fetched, it));
  // Below a folder whose own name is a pattern nothing would be found.
  const isRelative = (isByCard || choice.parquet) && escapePath(folder) === folder;
  const place = (pattern: string) => (isRelative ? pattern : `${escapePath(folder).replace(/[/\\]$/, '')}/${pattern}`);
  const splits = subset.splits.flatMap(({ name, files, patterns }) => {
    const wanted = files.filter((file) => fetched.has(file));
    const isWhole = wanted.length === files.length;
    const names =
      options.holdsCommitOnly && isWhole && patterns !== undefined && patterns.length < wanted.length
        ? patterns
        : wanted.map(({ path }) => escapePath(path));
    return wanted.length === 0 ? [] : { name, names: names.map(place) };
  });
  const [split] = choice.splits;
  const isWhole = splits.length === subset.splits.length;
  return `load_dataset(${[
    pythonString(isByCard || choice.parquet ? folder : formatOf(subset)),
    ...(isByCard ? [`name=${pythonString(subset.name)}`] : []),
    `data_files=${pythonLiteral(Object.fromEntries(splits.map(({ name, names }) => [name, names])))}`,
    ...(isByCard ? [] : plainOptions(layout.optionsOf(subset.name))),
    ...(split !== undefined && choice.splits.length === 1 && isWhole ? [`split=${pythonString(split)}`] : []),
  ].join(', ')})`;
}

/**
 * Where `datasets` stumbles over another subset's folder, which was not fetched, it must not see the card: its format is
 * named, and the card's options with it. `features` are no plain data in Python, and are guessed then.
 */
function plainOptions(options: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options)
    .filter(([name]) => /^[A-Za-z_]\w*$/.test(name) && !notReadingOptions.has(name))
    .map(([name, value]) => `${name}=${pythonLiteral(value)}`);
}

/**
 * `features` and what only describes; the parameters of `load_dataset` itself (5.2.0), which a card must not set: where to
 * write, what to trust; and Python's keywords, with which the line would be none.
 */
const notReadingOptions = new Set([
  ...['features', 'version', 'description'],
  ...['path', 'name', 'data_dir', 'data_files', 'split', 'cache_dir', 'download_config', 'download_mode'],
  ...['verification_mode', 'keep_in_memory', 'save_infos', 'revision', 'token', 'streaming', 'num_proc'],
  ...['storage_options', 'trust_remote_code', 'use_auth_token', 'task', 'ignore_verifications'],
  ...['False', 'None', 'True', 'and', 'as', 'assert', 'async', 'await', 'break', 'class', 'continue', 'def', 'del'],
  ...['elif', 'else', 'except', 'finally', 'for', 'from', 'global', 'if', 'import', 'in', 'is', 'lambda', 'nonlocal'],
  ...['not', 'or', 'pass', 'raise', 'return', 'try', 'while', 'with', 'yield'],
]);

function formatOf({ splits }: ChosenSubset<{ readonly path: string }>): string {
  return inferFormat(splits.flatMap(({ files }) => files.map(({ path }) => path))) ?? 'csv';
}

function hasFileBelow(files: ReadonlySet<{ readonly path: string }>, folder: string): boolean {
  return [...files].some(({ path }) => path.startsWith(folder));
}
