import { compileGlob } from '../glob.js';
import { NothingSelected } from '../selection.js';
import type { ChosenSubset } from './choose.js';

/** Files at a repo's root that say what a dataset consists of: without them a copy would lose its subsets. */
export const cardNames = ['README.md', '.huggingface.yaml'] as const;

/**
 * What is left of chosen subsets where paths, includes and excludes are given too: files that both want, and the cards,
 * unless they are excluded.
 *
 * @param selected  what paths, includes and excludes have left of `files`
 * @throws NothingSelected  no data file is left
 */
export function narrow<File extends { readonly path: string }>(
  files: readonly File[],
  {
    selected,
    chosen,
    exclude,
    repo,
  }: {
    readonly selected: readonly File[];
    readonly chosen: readonly ChosenSubset<File>[];
    readonly exclude: readonly string[];
    readonly repo: string;
  },
): File[] {
  const data = new Set(chosen.flatMap(({ splits }) => splits.flatMap((split) => split.files)));
  const left = new Set(selected.filter((file) => data.has(file)));
  if (left.size === 0) {
    const named = chosen.map(({ name }) => `"${name}"`).join(', ');
    throw new NothingSelected(
      `${repo}: nothing is selected: the subset ${named} has ${String(data.size)} files, of which paths, includes and ` +
        'excludes leave none',
    );
  }
  const cards: readonly string[] = cardNames;
  const excludes = exclude.map(compileGlob);
  const isCard = ({ path }: File) => cards.includes(path) && !excludes.some((isExcluded) => isExcluded(path));
  return files.filter((file) => left.has(file) || isCard(file));
}
