import type { DatasetChoice } from '../../repo/dataset-choice.js';
import { formatBytes } from '../../repo/size-text.js';
import { DatasetUnreadable, SplitNotFound, SubsetNotChosen, SubsetNotFound } from './errors.js';
import type { DatasetLayout, Split } from './layout.js';
import { splitsOfExpression } from './split-name.js';

/** A chosen subset with its chosen splits. */
export interface ChosenSubset<File> {
  readonly name: string;
  readonly splits: readonly Split<File>[];
}

interface SizedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * @param repo  its name, for messages
 * @throws SubsetNotFound, SplitNotFound  naming what there is
 * @throws SubsetNotChosen  a split of which of several subsets?
 * @throws DatasetUnreadable  see `DatasetLayout.splitsOf`
 */
export function chooseFiles<File extends SizedFile>(
  layout: DatasetLayout<File>,
  choice: DatasetChoice,
  repo: string,
): ChosenSubset<File>[] {
  const names = subsetsOf(layout, choice, repo);
  const unknown = names.find((name) => !layout.subsets.includes(name));
  if (unknown !== undefined) {
    throw new SubsetNotFound(`${repo} has no subset "${unknown}"`, { hint: knownSubsets(layout) });
  }
  return names.map((name) => ({ name, splits: splitsOf(layout.splitsOf(name), { choice, repo, subset: name }) }));
}

function subsetsOf<File extends SizedFile>(
  layout: DatasetLayout<File>,
  { subsets, splits }: DatasetChoice,
  repo: string,
): readonly string[] {
  if (subsets.length > 0) return [...new Set(subsets)];
  if (splits.length === 0) return layout.subsets;
  if (layout.defaultSubset !== undefined) return [layout.defaultSubset];
  throw new SubsetNotChosen(`${repo} has ${String(layout.subsets.length)} subsets, and none is the default one`, {
    hint: `Name one with --subset. ${knownSubsets(layout)}`,
  });
}

function splitsOf<File extends SizedFile>(
  known: readonly Split<File>[],
  { choice, repo, subset }: { choice: DatasetChoice; repo: string; subset: string },
): Split<File>[] {
  const withFiles = known.filter(({ files }) => files.length > 0);
  if (choice.splits.length === 0) return withFiles;
  const knownNames = known.map(({ name }) => name);
  const wanted = new Set(choice.splits.flatMap((text) => splitsOfExpression(text, knownNames)));
  for (const name of wanted) {
    const split = known.find((it) => it.name === name);
    if (split !== undefined && split.files.length > 0) continue;
    const fault = split === undefined ? 'has no split' : 'has no file in its split';
    throw new SplitNotFound(`the subset "${subset}" of ${repo} ${fault} "${name}"`, {
      hint: `${synonymHint(name, knownNames)}It has ${withFiles.map(sizedSplit).join(', ') || 'none'}.`,
    });
  }
  return known.filter(({ name }) => wanted.has(name));
}

/** Names of files may say `dev` where the split is called `validation`. */
function synonymHint(name: string, known: readonly string[]): string {
  const synonyms: Record<string, string> = {
    dev: 'validation',
    val: 'validation',
    valid: 'validation',
    eval: 'test',
    evaluation: 'test',
    testing: 'test',
    training: 'train',
  };
  const meant = Object.hasOwn(synonyms, name) ? synonyms[name] : undefined;
  return meant !== undefined && known.includes(meant) ? `Did you mean "${meant}"? ` : '';
}

const mostNamed = 50;

function knownSubsets<File extends SizedFile>(layout: DatasetLayout<File>): string {
  const named = layout.subsets.slice(0, mostNamed).map((name) => {
    const summary = summarizeSubset(layout, name);
    return summary.problem === undefined ? `${name} (${formatBytes(summary.bytes)})` : name;
  });
  const more = layout.subsets.length - named.length;
  return `It has ${named.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}.`;
}

function sizedSplit({ name, files }: Split<SizedFile>): string {
  return `${name} (${formatBytes(sizeOf(files))})`;
}

/** A subset with its splits. Sizes in bytes; a file of several splits counts once. */
export interface SubsetSummary {
  readonly name: string;
  readonly isDefault: boolean;
  readonly files: number;
  readonly bytes: number;
  readonly splits: readonly { readonly name: string; readonly files: number; readonly bytes: number }[];
  /** Why the card's entry can't be followed; then there are no splits. */
  readonly problem?: string;
}

/** All subsets of a dataset with their splits, files and sizes. */
export function summarizeSubsets<File extends SizedFile>(layout: DatasetLayout<File>): SubsetSummary[] {
  return layout.subsets.map((name) => summarizeSubset(layout, name));
}

function summarizeSubset<File extends SizedFile>(layout: DatasetLayout<File>, name: string): SubsetSummary {
  const head = { name, isDefault: name === layout.defaultSubset };
  let splits: readonly Split<File>[];
  try {
    splits = layout.splitsOf(name);
  } catch (error) {
    if (!(error instanceof DatasetUnreadable)) throw error;
    return { ...head, files: 0, bytes: 0, splits: [], problem: error.message };
  }
  const all = new Set(splits.flatMap(({ files }) => files));
  return {
    ...head,
    files: all.size,
    bytes: sizeOf([...all]),
    splits: splits.map(({ name, files }) => ({ name, files: files.length, bytes: sizeOf(files) })),
  };
}

function sizeOf(files: readonly SizedFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
