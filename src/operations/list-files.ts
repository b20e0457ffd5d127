import { formatDigest } from '../repo/digest.js';
import { type RepoId, type RepoType, repoPath } from '../repo/reference.js';
import type { WeightsChoice } from '../repo/weights-choice.js';
import { type Filters, select } from '../selection/selection.js';
import type { OperationContext } from './context.js';
import { wantWeights } from './wanted-weights.js';
import { HubConnection } from './hub-connection.js';
import { lookUpAtHub } from './lookup.js';

export interface ListFilesRequest extends Filters {
  readonly repo: RepoId;
  /** Branch, tag, commit (full or short), `refs/pr/N`; `main` where absent. */
  readonly revision?: string;
  /** Of a model: all where absent. */
  readonly weights?: WeightsChoice;
}

/** The files of a repo on the hub: the document of `hub ls --json`, but for its `schema`. Sizes in bytes. */
export interface FileListing {
  repo: string;
  type: RepoType;
  revision: string;
  commit: string;
  /** Those that are asked for. */
  files: FileOnHub[];
  /** `filesInRepo`: with those that are left out. */
  totals: { files: number; bytes: number; filesInRepo: number };
}

export interface FileOnHub {
  path: string;
  size: number;
  /** `sha256:<hex>` or `git-sha1:<hex>`. */
  digest: string;
}

/**
 * Lists what a repo has on the hub. No cache answers in its place.
 *
 * @throws HubError  not found, no access, no network; nothing is selected
 */
export async function listFiles(request: ListFilesRequest, context: OperationContext): Promise<FileListing> {
  const { repo, revision = 'main' } = request;
  const connection = new HubConnection(context);
  try {
    const client = () => connection.client();
    const listing = await lookUpAtHub({ repo, revision, client }, context);
    const selection = select(listing.files, request, repoPath(repo));
    const { files } = wantWeights(request, { ...selection, listing: listing.files });
    for (const warning of selection.warnings) context.tell({ type: 'warning', ...warning });
    return {
      repo: repo.name,
      type: repo.type,
      revision,
      commit: listing.commit,
      files: files.map(({ path, size, digest }) => ({ path, size, digest: formatDigest(digest) })),
      totals: {
        files: files.length,
        bytes: files.reduce((sum, { size }) => sum + size, 0),
        filesInRepo: listing.files.length,
      },
    };
  } finally {
    await connection.close();
  }
}
