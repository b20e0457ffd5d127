import { TextDecoder } from 'node:util';
import { type RepoLayout, snapshotPath } from '../cache/layout.js';
import { type LocalLayout, localPath } from '../local-dir/layout.js';
import type { ListedFile, Listing } from '../repo/listing.js';
import { type RepoId, repoPath } from '../repo/reference.js';
import type { DatasetChoice } from '../repo/dataset-choice.js';
import { type ChosenSubset, chooseFiles } from '../selection/dataset/choose.js';
import { DatasetUnreadable } from '../selection/dataset/errors.js';
import { type DatasetLayout, readLayout } from '../selection/dataset/layout.js';
import { loadLine } from '../selection/dataset/load-line.js';
import { cardNames, narrow } from '../selection/dataset/narrow.js';
import { readParquetLayout } from '../selection/dataset/parquet-branch.js';
import type { OperationContext } from './context.js';
import type { HubConnection } from './hub-connection.js';
import type { Lookup } from './lookup.js';
import { type ReadSmallFileOptions, readSmallFile } from './read-small-file.js';

/** A dataset's chosen part. */
export interface ChosenDataset {
  /** The chosen files among those that other filters have left, and the cards. @throws NothingSelected */
  narrow(selected: readonly ListedFile[]): ListedFile[];
  /** The Python line that loads what of `selected` is data. */
  loadLine(selected: readonly ListedFile[]): string;
}

/** Of what parts are chosen. */
export interface DatasetCommit extends Lookup {
  readonly repo: RepoId;
  readonly listing: Listing;
  /** Globs that win over everything. */
  readonly exclude: readonly string[];
  readonly layout: RepoLayout;
  readonly local: LocalLayout | undefined;
}

/**
 * listing and card -> subsets and splits. The card is read before anything else is fetched.
 *
 * @throws HubError  the card can't be had or read; no such subset or split
 */
export async function chooseDataset(
  choice: DatasetChoice,
  { repo: id, listing, exclude, layout, local, commit, hubFailure }: DatasetCommit,
  { connection, context }: { connection: HubConnection; context: OperationContext },
): Promise<ChosenDataset> {
  const repo = repoPath(id);
  const { files } = listing;
  const readOptions = { repo: id, commit, layout, hubFailure, connection, context };
  const dataset = choice.parquet
    ? readParquetLayout(files)
    : await readDatasetLayout(listing, {
        ...readOptions,
        elsewhere: (path) => (local === undefined ? [] : [localPath(local, path)]),
      });
  const chosen: readonly ChosenSubset<ListedFile>[] = chooseFiles(dataset, choice, repo);
  return {
    narrow: (selected) => narrow(files, { selected, chosen, exclude, repo }),
    loadLine: (selected) =>
      loadLine({
        folder: local?.dir ?? snapshotPath(layout, commit),
        holdsCommitOnly: local === undefined,
        layout: dataset,
        chosen,
        fetched: new Set(selected),
        choice,
      }),
  };
}

/** What a dataset's commit consists of: its cards are read, from this disk or the hub. @throws HubError */
export async function readDatasetLayout(
  { files }: Listing,
  options: Omit<ReadSmallFileOptions, 'elsewhere'> & { readonly elsewhere?: (path: string) => string[] },
): Promise<DatasetLayout<ListedFile>> {
  const [readme, huggingfaceYaml] = await Promise.all(
    cardNames.map(async (name) => {
      const file = files.find(({ path }) => path === name);
      if (file === undefined) return undefined;
      if (file.size > maxCardBytes) throw new DatasetUnreadable(`its ${name} has more than 8 MiB`);
      const elsewhere = options.elsewhere?.(name) ?? [];
      return new TextDecoder().decode(await readSmallFile(file, { ...options, elsewhere }));
    }),
  );
  return readLayout(files, { repoName: options.repo.name.split('/').at(-1) ?? '', readme, huggingfaceYaml });
}

/** Many times what the largest known ones have. */
const maxCardBytes = 8 * 1024 * 1024;
