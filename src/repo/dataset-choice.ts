import { UsageError } from '../errors.js';
import type { RepoReference, RepoType } from './reference.js';

/** What a user wants of a dataset. */
export interface DatasetChoice {
  /** Names of subsets ("configurations"); empty: the default one where splits are asked for, else all. */
  readonly subsets: readonly string[];
  /** Names of splits, or `datasets`' expressions of them (`train[:10%]`); empty: all. */
  readonly splits: readonly string[];
  /** The parquet copy. */
  readonly parquet: boolean;
}

/** Where a bot keeps a parquet copy of a dataset. */
export const parquetRevision = 'refs/convert/parquet';

/** What a caller says that means a dataset, and what it may contradict. */
export interface DatasetWords {
  readonly subset?: readonly string[] | undefined;
  readonly split?: readonly string[] | undefined;
  readonly parquet?: boolean | undefined;
  readonly type?: RepoType | undefined;
  readonly revision?: string | undefined;
}

/**
 * The type and the revision that a caller's words mean: subsets and splits are a dataset's, and so is the parquet branch.
 *
 * @throws UsageError  they contradict each other
 */
export function namedByDataset(words: DatasetWords): { type?: RepoType; revision?: string } {
  const { type, revision, parquet = false } = words;
  const [flag] = flagsOf(words);
  if (flag !== undefined && type !== undefined && type !== 'dataset') {
    throw new UsageError(`${flag} means a dataset, but --type says ${type}`);
  }
  if (parquet && revision !== undefined && revision !== parquetRevision) {
    throw new UsageError(`--parquet means the revision ${parquetRevision}, but --revision says ${revision}`, {
      hint: 'Give one of the two.',
    });
  }
  const meantType = flag === undefined ? type : 'dataset';
  const meantRevision = parquet ? parquetRevision : revision;
  return {
    ...(meantType === undefined ? {} : { type: meantType }),
    ...(meantRevision === undefined ? {} : { revision: meantRevision }),
  };
}

/** What is wanted of a dataset, where it is not the whole repo. */
export function datasetChoice(words: DatasetWords, { revision }: RepoReference): { dataset?: DatasetChoice } {
  if (flagsOf(words).length === 0) return {};
  const { subset = [], split = [] } = words;
  return { dataset: { subsets: subset, splits: split, parquet: revision === parquetRevision } };
}

/** @throws UsageError  an empty name */
function flagsOf({ subset = [], split = [], parquet = false }: DatasetWords): string[] {
  const named = { '--subset': subset, '--split': split };
  for (const [flag, names] of Object.entries(named)) {
    if (names.includes('')) throw new UsageError(`${flag} needs a name`);
  }
  return [
    ...Object.entries(named).flatMap(([flag, names]) => (names.length > 0 ? flag : [])),
    ...(parquet ? ['--parquet'] : []),
  ];
}
