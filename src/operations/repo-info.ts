import { repoLayout } from '../cache/layout.js';
import { HubError, Interrupted } from '../errors.js';
import { pageUrl } from '../hub/addresses.js';
import type { RepoInfo, RepoRefs } from '../hub/client.js';
import type { ListedFile, Listing } from '../repo/listing.js';
import { judgeListing } from '../repo/names.js';
import { type RepoId, type RepoType, repoPath } from '../repo/reference.js';
import { type SubsetSummary, summarizeSubsets } from '../selection/dataset/choose.js';
import { type SizeGroup, type WeightsGroup, sizesByExtension, weightsByFormat } from '../selection/sizes.js';
import type { OperationContext } from './context.js';
import { HubConnection } from './hub-connection.js';
import { NeedsHub, askForListing, tellRenamed } from './lookup.js';
import { suggestingSimilar } from './suggesting-similar.js';

export interface RepoInfoRequest {
  readonly repo: RepoId;
  readonly revision?: string;
  /** Those too, of which there may be thousands. */
  readonly pullRequests: boolean;
}

/**
 * What a hub says of a repo at a revision: the document of `hub info --json`, but for its `schema`. Sizes in bytes, times in
 * ISO 8601; what is null, the hub does not say.
 */
export interface RepoDescription {
  repo: string;
  type: RepoType;
  revision: string;
  commit: string;
  /** Where a person reads about it. */
  page: string;
  private: boolean | null;
  gated: false | 'auto' | 'manual' | null;
  disabled: boolean | null;
  createdAt: string | null;
  lastModified: string | null;
  downloads: number | null;
  likes: number | null;
  tags: string[];
  card: CardSummary;
  /** Of all files. */
  sizes: { files: number; bytes: number; byExtension: SizeGroup[] };
  /** Of a model: its weights by what they are stored as, the heaviest first. */
  weights?: WeightsGroup[];
  /** Of a dataset: its subsets ("configurations") with their splits. */
  subsets?: SubsetSummary[];
  /** Why nobody knows the subsets, where that is so. */
  subsetsProblem?: string;
  refs: DescribedRefs;
}

/** What the front matter of its README says, or the hub found out. */
export interface CardSummary {
  title: string | null;
  task: string | null;
  library: string | null;
  languages: string[];
  licenses: string[];
  /** Of a licence that is none of the usual ones. */
  licenseName: string | null;
  licenseLink: string | null;
}

export interface DescribedRefs {
  branches: DescribedRef[];
  tags: DescribedRef[];
  /** What the hub made of a dataset: `refs/convert/parquet`. */
  converts: DescribedRef[];
  /** Only where they were asked for. */
  pullRequests?: DescribedRef[];
}

interface DescribedRef {
  name: string;
  ref: string;
  commit: string;
}

/**
 * Asks the hub about a repo. No cache answers in its place.
 *
 * @throws HubError  not found, no access, no network
 */
export async function repoInfo(
  { repo, revision = 'main', pullRequests }: RepoInfoRequest,
  context: OperationContext,
): Promise<RepoDescription> {
  const { settings, signal, tell } = context;
  if (settings.offline) throw new NeedsHub(`what is said of ${repoPath(repo)}`);
  const connection = new HubConnection(context);
  try {
    const client = await connection.client();
    const info = await suggestingSimilar(repo, context, () => client.repoInfo(repo, revision, { signal }));
    tellRenamed({ repo, name: info.id ?? repo.name }, tell);
    const [{ files }, refs] = await Promise.all([
      askForListing({ repo, client: () => connection.client() }, { commit: info.sha, context }),
      client.listRefs(repo, { signal, pullRequests }),
    ]);
    judgeListing(files);
    const [endpoint] = settings.endpoints;
    return {
      repo: repo.name,
      type: repo.type,
      revision,
      commit: info.sha,
      page: endpoint === undefined ? '' : pageUrl(new URL(endpoint.url), repo),
      ...standingOf(info),
      tags: info.tags,
      card: cardOf(info),
      sizes: sizesOf(files),
      ...(repo.type === 'model' ? { weights: weightsByFormat(files) } : {}),
      ...(repo.type === 'dataset'
        ? await subsetsOf({ repo, listing: { commit: info.sha, files }, connection, context })
        : {}),
      refs: refsOf(refs, { pullRequests }),
    };
  } finally {
    await connection.close();
  }
}

function standingOf(info: RepoInfo) {
  return {
    private: info.private ?? null,
    gated: info.gated ?? null,
    disabled: info.disabled ?? null,
    createdAt: info.createdAt ?? null,
    lastModified: info.lastModified ?? null,
    downloads: info.downloads ?? null,
    likes: info.likes ?? null,
  };
}

function cardOf({ cardData: card, tags, pipeline_tag: task, library_name: library }: RepoInfo): CardSummary {
  const licenses = card?.license ?? [];
  // The hub makes tags of some fields, also where it does not give the card.
  const tagged = tags.flatMap((tag) => (tag.startsWith('license:') ? tag.slice('license:'.length) : []));
  return {
    title: card?.pretty_name ?? card?.title ?? null,
    task: task ?? card?.pipeline_tag ?? null,
    library: library ?? card?.library_name ?? null,
    languages: card?.language ?? [],
    licenses: licenses.length > 0 ? licenses : tagged,
    licenseName: card?.license_name ?? null,
    licenseLink: card?.license_link ?? null,
  };
}

function sizesOf(files: readonly ListedFile[]): RepoDescription['sizes'] {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return { files: files.length, bytes, byExtension: sizesByExtension(files) };
}

/** What Python's `datasets` would make of it. The card is read for it. */
async function subsetsOf({
  repo,
  listing,
  connection,
  context,
}: {
  repo: RepoId;
  listing: Listing;
  connection: HubConnection;
  context: OperationContext;
}): Promise<Pick<RepoDescription, 'subsets' | 'subsetsProblem'>> {
  const layout = repoLayout(context.settings.cacheDir, repo);
  const { commit } = listing;
  try {
    const { readDatasetLayout } = await import('./choose-dataset.js');
    const dataset = await readDatasetLayout(listing, { repo, commit, layout, connection, context });
    return { subsets: summarizeSubsets(dataset) };
  } catch (error) {
    if (!(error instanceof HubError) || error instanceof Interrupted) throw error;
    return { subsetsProblem: error.message };
  }
}

function refsOf(refs: RepoRefs, { pullRequests }: { pullRequests: boolean }): DescribedRefs {
  const described = (some: RepoRefs['tags']): DescribedRef[] =>
    some.map(({ name, ref, targetCommit }) => ({ name, ref, commit: targetCommit }));
  return {
    branches: described(refs.branches),
    tags: described(refs.tags),
    converts: described(refs.converts),
    ...(pullRequests && { pullRequests: described(refs.pullRequests) }),
  };
}
