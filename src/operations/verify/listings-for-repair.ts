import { onDisk } from '../../cache/disk-errors.js';
import { writeListing } from '../../cache/records.js';
import { repoPath } from '../../repo/reference.js';
import type { CommitHash, ListedFile } from '../../repo/listing.js';
import { judgeListing } from '../../repo/names.js';
import type { OperationContext } from '../context.js';
import type { HubConnection } from '../hub-connection.js';
import { NotCached } from '../lookup.js';
import type { RepoUnderTest } from './repo-under-test.js';

/** What each commit should hold: as the cache knows it, else as the hub says. */
export class ListingsForRepair {
  readonly #listings = new Map<CommitHash, Promise<readonly ListedFile[]>>();

  constructor(
    private readonly tested: RepoUnderTest,
    private readonly connection: HubConnection,
    private readonly context: OperationContext,
  ) {}

  /**
   * A file of a commit; undefined where the commit does not have it.
   *
   * @throws HubError  the commit can't be listed
   */
  async find(commit: CommitHash, path: string): Promise<ListedFile | undefined> {
    const known = this.#listings.get(commit) ?? this.#list(commit);
    this.#listings.set(commit, known);
    return (await known).find((file) => file.path === path);
  }

  async #list(commit: CommitHash): Promise<readonly ListedFile[]> {
    const { repo, layout, files, known } = this.tested;
    const kept = known.find((revision) => revision.commit === commit)?.listing;
    if (kept !== undefined) return kept;
    const { settings, signal, tell } = this.context;
    if (settings.offline) throw new NotCached(`${repoPath(repo.repo)}@${commit.slice(0, 10)}: no listing in the cache`);
    const client = await this.connection.client();
    const onPage = (count: number) => tell({ type: 'listing', repo: repoPath(repo.repo), commit, files: count });
    const listing = await client.listTree(repo.repo, commit, { signal, onPage });
    judgeListing(listing.files);
    await onDisk(layout.listings, () => writeListing(layout, files, listing));
    return listing.files;
  }
}
