import { onDisk } from '../../cache/disk-errors.js';
import { KnownBlobs } from '../../cache/known-blobs.js';
import { makeRepoFolder, rememberRepoFolder } from '../../cache/repo-folder.js';
import { HubError } from '../../errors.js';
import type { CommitHash, ListedFile } from '../../repo/listing.js';
import { repoPath } from '../../repo/reference.js';
import { cacheBlob, claimsOn } from '../bring-missing.js';
import type { OperationContext } from '../context.js';
import { fetchBlobs } from '../fetch-blobs.js';
import type { HubConnection } from '../hub-connection.js';
import { NotCached } from '../lookup.js';
import { planSelection, requireSpace } from '../prepare.js';
import type { RepoUnderTest } from './repo-under-test.js';

interface RefetchContext {
  readonly repo: RepoUnderTest;
  readonly connection: HubConnection;
  readonly context: OperationContext;
  /** Told how many bytes came. */
  readonly fetched: (bytes: number) => void;
}

/**
 * Fetches contents over the blobs that are there. Each takes the old one's place when it is whole and checked.
 *
 * @param byCommit  each digest once, under the commit that is asked for it
 * @returns why some could not be had, by the digest's hex
 * @throws HubError  the signal's reason, or what every file would meet, such as a full disk
 */
export async function refetch(
  byCommit: ReadonlyMap<CommitHash, readonly ListedFile[]>,
  options: RefetchContext,
): Promise<Map<string, HubError>> {
  const failures = new Map<string, HubError>();
  for (const [commit, files] of byCommit) {
    const failed = await fetchFrom(commit, files, options).catch((error: unknown) => {
      if (options.context.signal.aborted || !(error instanceof HubError)) throw error;
      return new Map(files.map(({ digest }) => [digest.hex, error]));
    });
    for (const [hex, error] of failed) failures.set(hex, error);
  }
  return failures;
}

async function fetchFrom(
  commit: CommitHash,
  selected: readonly ListedFile[],
  { repo: { repo, layout, files, leases, writer }, connection, context, fetched }: RefetchContext,
): Promise<Map<string, HubError>> {
  const { settings, tell, signal } = context;
  const name = repoPath(repo.repo);
  if (settings.offline) {
    throw new NotCached(
      `${name}: not in the cache: ${selected
        .slice(0, 5)
        .map(({ path }) => path)
        .join(', ')}`,
    );
  }
  return onDisk(layout.root, async () => {
    await makeRepoFolder(layout, files);
    const assertThere = rememberRepoFolder(layout);
    const plan = await planSelection(selected, {
      layout,
      commit,
      force: true,
      known: new KnownBlobs({ layout, readCaches: [], tell }),
    });
    await requireSpace(plan, layout.cacheDir);
    const { bytes, bytesCached, bytesToFetch } = plan.totals;
    tell({ type: 'planned', repo: name, files: selected.length, bytes, bytesCached, bytesToFetch });
    const transfer = await connection.transfer();
    const inTurn = transfer.inFsyncTurn;
    const shared = { layout, files, leases, writer, inTurn, stallTimeoutMs: settings.stallTimeoutMs, assertThere };
    const { outcomes } = await fetchBlobs({
      repo: repo.repo,
      commit,
      files: selected,
      bytesHere: new Map(plan.files.flatMap((it) => (it.state === 'resume' ? [[it.file.path, it.haveBytes]] : []))),
      client: await connection.client(),
      transfer,
      claims: await claimsOn(shared, { selected: [], isWhole: () => false }),
      blobOf: (file) => cacheBlob(layout, file, { force: true }),
      tell,
      signal,
    });
    for (const { bytesFetched } of outcomes.values()) fetched(bytesFetched);
    return new Map(
      selected.flatMap(({ path, digest }) => {
        const error = outcomes.get(path)?.error;
        return error === undefined ? [] : [[digest.hex, error] as const];
      }),
    );
  });
}
