import { type CardConfiguration, type CardTexts, type DatasetCard, readCard } from './card.js';
import { type SplitPatterns, splitsByConvention } from './conventions.js';
import { inferFormat, isOfFormat, unknownFormat } from './data-file-formats.js';
import { DatasetIsScript, DatasetUnreadable } from './errors.js';
import { resolvePatterns } from './resolve-pattern.js';

/** A part of a subset, and its files. */
export interface Split<File> {
  readonly name: string;
  /** In the order in which they are read; each once. */
  readonly files: readonly File[];
  /** Patterns below the repo's root that mean just these files; absent where only their names do. */
  readonly patterns?: readonly string[];
}

/** What a dataset consists of, as Python's `datasets` 5.2.0 decides it. */
export interface DatasetLayout<File> {
  /** In the card's order. */
  readonly subsets: readonly string[];
  /** What is read where no subset is named; it may be none of `subsets`, as in `datasets`. */
  readonly defaultSubset: string | undefined;
  /** @throws DatasetUnreadable  the card's entry of this subset names what is not there */
  readonly splitsOf: (subset: string) => readonly Split<File>[];
  /** Folders, with a trailing `/`, in which `datasets` looks for splits whichever subset it loads by the card. */
  readonly folders: readonly string[];
  /** How the card has a subset's files read (`sep`, …). */
  readonly optionsOf: (subset: string) => Readonly<Record<string, unknown>>;
}

export interface LayoutOptions extends CardTexts {
  /** The last part of the repo's name: a script of that name is a dataset's. */
  readonly repoName: string;
}

/**
 * Decides which subsets a dataset has, by its card and the names of its files (`datasets`, load.py).
 *
 * @throws DatasetIsScript, DatasetUnreadable  where `datasets` refuses the whole dataset
 */
export function readLayout<File extends { readonly path: string }>(
  files: readonly File[],
  { repoName, ...texts }: LayoutOptions,
): DatasetLayout<File> {
  const script = `${repoName}.py`;
  if (files.some(({ path }) => path === script)) throw new DatasetIsScript(script);
  const card = readCard(texts);
  return card.configurations.length > 0 ? layoutOfCard(files, card) : layoutByNames(files, card);
}

function layoutOfCard<File extends { readonly path: string }>(
  files: readonly File[],
  { configurations, describedNames }: DatasetCard,
): DatasetLayout<File> {
  requireFormatOfFirst(files, configurations);
  const patterns = new Map(
    configurations.map((configuration) => [configuration.name, patternsOf(files, configuration)]),
  );
  return {
    subsets: [...patterns.keys()],
    defaultSubset: defaultOf(configurations) ?? onlyOf(describedNames),
    splitsOf: (subset) =>
      (patterns.get(subset) ?? []).map(({ split, patterns }) => ({
        name: split,
        files: resolvePatterns(files, patterns),
        patterns,
      })),
    folders: configurations.flatMap(({ dataDir = '', splits }) => (splits === undefined ? folderPrefix(dataDir) : [])),
    optionsOf: (subset) => configurations.find(({ name }) => name === subset)?.options ?? {},
  };
}

/** No `configs`: one subset, of the files of one format. */
function layoutByNames<File extends { readonly path: string }>(
  files: readonly File[],
  { describedNames }: DatasetCard,
): DatasetLayout<File> {
  const found = splitsByConvention(files).map(({ split, patterns }) => ({
    name: split,
    files: resolvePatterns(files, patterns),
    patterns,
  }));
  const format = formatOf(found);
  const splits = found.map((split) => {
    const kept = split.files.filter(({ path }) => isOfFormat(path, format));
    return kept.length === split.files.length ? split : { name: split.name, files: kept };
  });
  return {
    subsets: ['default'],
    defaultSubset: onlyOf(describedNames) ?? 'default',
    splitsOf: (subset) => (subset === 'default' ? splits : []),
    folders: [],
    optionsOf: () => ({}),
  };
}

/**
 * `datasets` guesses the format of the whole from the first entry, with its paths below the root whatever its `data_dir`.
 * What it can't guess it can't read, whichever subset is asked for.
 */
function requireFormatOfFirst(
  files: readonly { readonly path: string }[],
  [first]: readonly CardConfiguration[],
): void {
  const splits = first?.splits ?? splitsByConvention(files);
  formatOf(splits.map(({ split, patterns }) => ({ name: split, files: resolvePatterns(files, patterns) })));
}

/** @throws DatasetUnreadable  no data, or splits of different formats */
function formatOf(splits: readonly Split<{ readonly path: string }>[]): string {
  const formats = splits.map(({ files }) => inferFormat(files.map(({ path }) => path)));
  const [first] = formats;
  if (formats.every((format) => format === undefined)) throw new DatasetUnreadable('there are no data files');
  if (formats.includes(unknownFormat)) return unknownFormat;
  if (first === undefined || formats.some((format) => format !== first)) {
    const named = splits.map(({ name }, index) => `${name}: ${formats[index] ?? 'no data'}`).join(', ');
    throw new DatasetUnreadable(`its splits are of different formats (${named})`);
  }
  return first;
}

/** Patterns below the root. @throws DatasetUnreadable  a `data_dir` without files */
function patternsOf(
  files: readonly { readonly path: string }[],
  { name, dataDir, splits }: CardConfiguration,
): readonly SplitPatterns[] {
  const prefix = dataDir === undefined ? '' : folderPrefix(dataDir);
  const below = prefix === '' ? files : filesBelow(files, prefix);
  if (splits === undefined && below.length === 0) {
    throw new DatasetUnreadable(`the card's subset "${name}" has no files in its folder "${prefix}"`);
  }
  return (splits ?? splitsByConvention(below)).map(({ split, patterns }) => ({
    split,
    patterns: prefix === '' ? patterns : patterns.map((pattern) => `${prefix}${pattern}`),
  }));
}

/** A `data_dir` with its slash, `''` for the root. It is no pattern, but leads into patterns. */
function folderPrefix(dataDir: string): string {
  if (dataDir.startsWith('/')) throw new DatasetUnreadable(`the card names "${dataDir}", which is outside of the repo`);
  const parts = dataDir.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 ? '' : `${parts.join('/')}/`;
}

function filesBelow(files: readonly { readonly path: string }[], prefix: string): { path: string }[] {
  return files.flatMap(({ path }) => (path.startsWith(prefix) ? { path: path.slice(prefix.length) } : []));
}

/** @throws DatasetUnreadable  several */
function defaultOf(configurations: readonly CardConfiguration[]): string | undefined {
  if (configurations.length === 1) return configurations[0]?.name;
  const names = configurations.flatMap(({ name, isDefault }) => (isDefault || name === 'default' ? name : []));
  if (names.length > 1) {
    throw new DatasetUnreadable(`the card has several default subsets: ${names.map((name) => `"${name}"`).join(', ')}`);
  }
  return names[0];
}

function onlyOf(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}
