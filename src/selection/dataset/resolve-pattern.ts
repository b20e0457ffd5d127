import { baseName, hasAllowedEnding } from './data-file-formats.js';
import { DatasetUnreadable } from './errors.js';
import { type PathPattern, compilePathPattern } from './path-pattern.js';

/** Never data, unless a pattern ends in that very name. */
const ignoredNames = [
  'README.md',
  'config.json',
  'dataset_info.json',
  'dataset_infos.json',
  'dummy_data.zip',
  'dataset_dict.json',
];

/**
 * The files that a pattern means, sorted: no hidden ones and no special folders (`__pycache__`), but those that it asks
 * for (`datasets`, data_files.py: resolve_pattern).
 */
export function filesMatching<File extends { readonly path: string }>(
  files: readonly File[],
  pattern: PathPattern,
): File[] {
  const ignored = new Set(ignoredNames.filter((name) => name !== pattern.parts.at(-1)));
  const hidden = countHidden(pattern.parts);
  const special = countSpecial(pattern.parts);
  return files
    .filter(({ path }) => {
      if (!pattern.matches(path) || ignored.has(baseName(path))) return false;
      const parts = path.split('/');
      return countHidden(parts) === hidden && countSpecial(parts) === special;
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function countHidden(parts: readonly string[]): number {
  return parts.filter((part) => part.startsWith('.')).length;
}

function countSpecial(parts: readonly string[]): number {
  return parts.slice(0, -1).filter((part) => part.startsWith('__')).length;
}

/**
 * The data files that some patterns mean, in the patterns' order, each once.
 *
 * @throws DatasetUnreadable  a path without wildcards that finds nothing
 */
export function resolvePatterns<File extends { readonly path: string }>(
  files: readonly File[],
  patterns: readonly string[],
): File[] {
  const found = new Set<File>();
  for (const text of patterns) {
    const pattern = compilePathPattern(text);
    const matching = filesMatching(files, pattern).filter(({ path }) => hasAllowedEnding(path));
    if (matching.length === 0 && !pattern.hasWildcard) {
      throw new DatasetUnreadable(`the card names "${text}", which is no data file of the repo`);
    }
    for (const file of matching) found.add(file);
  }
  return [...found];
}
