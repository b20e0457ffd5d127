import { baseName } from './data-file-formats.js';
import { DatasetUnreadable } from './errors.js';
import { compilePathPattern } from './path-pattern.js';
import { filesMatching } from './resolve-pattern.js';
import { isSplitName } from './split-name.js';

/** A split, and the patterns whose files it consists of. */
export interface SplitPatterns {
  readonly split: string;
  readonly patterns: readonly string[];
}

/** What stands for a split in names (`datasets`, data_files.py: SPLIT_KEYWORDS). */
const words = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'dev', 'val'],
  test: ['test', 'testing', 'eval', 'evaluation'],
};

/** What may stand between such a word and the rest of a name. */
const separators = '[-._ 0-9]';

/** Stages: the first that finds any file decides, and what it does not match belongs to nothing. */
const stages: readonly (readonly SplitPatterns[])[] = [
  [{ split: 'logs', patterns: ['**/*.eval'] }],
  [{ split: 'test', patterns: ['**/task.toml', '**/instruction.md'] }],
  wordStage((word) => [
    `**/${word}/**`,
    `**/${word}${separators}*/**`,
    `**/*${separators}${word}/**`,
    `**/*${separators}${word}${separators}*/**`,
  ]),
  wordStage((word) => [`**/${word}${separators}*`, `**/*${separators}${word}${separators}*`]),
  [{ split: 'train', patterns: ['**'] }],
];

function wordStage(patternsOf: (word: string) => string[]): SplitPatterns[] {
  return Object.entries(words).map(([split, synonyms]) => ({ split, patterns: synonyms.flatMap(patternsOf) }));
}

const digits = '[0-9]'.repeat(5);
const shardEnding = `-${digits}-of-${digits}*.*`;

/**
 * Finds splits by the names of folders and files, where no card says them (`datasets`, data_files.py:
 * _get_data_files_patterns). It looks at all files, also those that are no data.
 *
 * @throws DatasetUnreadable  a shard whose split's name is none, or no file at all
 */
export function splitsByConvention(files: readonly { readonly path: string }[]): SplitPatterns[] {
  const shards = splitsOfShards(files);
  if (shards.length > 0) return shards;
  const finds = (pattern: string) => filesMatching(files, compilePathPattern(pattern)).length > 0;
  for (const stage of stages) {
    const splits = stage.filter(({ patterns }) => patterns.some(finds));
    if (splits.length > 0) return splits;
  }
  throw new DatasetUnreadable('there are no data files');
}

/** `data/<split>-00000-of-00004.parquet`: any name of a split. */
function splitsOfShards(files: readonly { readonly path: string }[]): SplitPatterns[] {
  const shards = filesMatching(files, compilePathPattern(`data/*${shardEnding}`));
  const splits = new Set(shards.map(({ path }) => baseName(path).replace(/-\d{5}-of-\d{5}.*$/s, '')));
  for (const split of splits) {
    if (!isSplitName(split)) throw new DatasetUnreadable(`"${split}", in the names of shards, is no name of a split`);
  }
  const known = Object.keys(words).filter((split) => splits.delete(split));
  return [...known, ...[...splits].sort()].map((split) => ({ split, patterns: [`data/${split}${shardEnding}`] }));
}
