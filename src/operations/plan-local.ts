import { smallBlobBytes, blobState } from '../cache/blobs.js';
import { onDisk } from '../cache/disk-errors.js';
import type { KnownBlobs } from '../cache/known-blobs.js';
import { type RepoLayout, blobPath, entryPath } from '../cache/layout.js';
import { isRegularEntry } from '../cache/snapshots.js';
import { readContent } from '../local-dir/content.js';
import { type Evidence, type Question, type Verdict, judge } from '../local-dir/judge.js';
import { type LocalLayout, localPath } from '../local-dir/layout.js';
import { type JudgedFile, LocalFolder, inTheWay } from '../local-dir/local-folder.js';
import { formatDigest } from '../repo/digest.js';
import type { CommitHash, ListedFile } from '../repo/listing.js';
import { judgeNamesInFolder } from '../repo/names.js';
import { type Plan, planFiles } from '../selection/plan.js';
import type { OperationContext } from './context.js';
import { inParallel } from './in-parallel.js';
import { partialBytes } from './partial-bytes.js';

/** What a local folder has, and what is to be done there. */
export interface LocalWork {
  readonly folder: LocalFolder;
  /** By path, of all selected files. */
  readonly judged: ReadonlyMap<string, JudgedFile>;
  /** By path, of files that are not in their places: where this machine has their bytes. */
  readonly copies: ReadonlyMap<string, CopySource>;
}

/** A file with the bytes of another one. */
export interface CopySource {
  readonly path: string;
  /** False: by its name and size alone, so that the copy's digest must be judged. */
  readonly isTrusted: boolean;
}

/** Reading more files at a time only makes a disk seek. */
const readsAtATime = 4;
/** Reading fewer bytes is over before anyone wonders. */
const toldBytes = 8 * 1024 * 1024;

/**
 * selection -> plan: compares what is wanted with what stands in a local folder and what the cache has. Reads files that
 * nothing is known of; writes nothing.
 *
 * @throws UntrustedListing, UnstorableName  see `judgeNamesInFolder`
 * @throws DiskError  something else stands where a file is to be
 */
export async function planLocal(
  selected: readonly ListedFile[],
  options: PlanLocalOptions,
): Promise<{ plan: Plan; localWork: LocalWork }> {
  const { local, cache, known, commit, listed, context } = options;
  judgeNamesInFolder({ listed, selected });
  return onDisk(local.dir, async () => {
    const folder = new LocalFolder(local, { cacheDir: cache.cacheDir, commit, listed });
    const judged = await judgeAll(selected, { folder, context });
    tellUnfinishedByAria2(judged, context);
    const isThere = ({ path }: ListedFile) => ['right', 'adopted'].includes(judged.get(path)?.verdict.is ?? '');
    const isToCopy = ({ path }: ListedFile) => !context.settings.force && judged.get(path)?.verdict.is === 'wanted';
    const copies = await findCopies(selected, { ...options, isThere, isToCopy });
    const partials = await partialBytes(local.state, selected);
    const plan = planFiles(selected, {
      isKept: ({ path }) => judged.get(path)?.verdict.is === 'kept',
      hasWhole: (file) => isThere(file) || copies.get(file.path)?.isTrusted === true,
      elsewhere: (file) => (copies.has(file.path) ? known.of(file)[0] : undefined),
      partialBytes: (file) => Math.max(partials.get(file.digest.hex) ?? 0, seedBytesOf(file, judged.get(file.path))),
    });
    return { plan, localWork: { folder, judged, copies } };
  });
}

interface PlanLocalOptions {
  readonly local: LocalLayout;
  readonly cache: RepoLayout;
  readonly known: KnownBlobs;
  readonly commit: CommitHash;
  /** All that is known of the commit's files. */
  readonly listed: readonly ListedFile[];
  readonly context: OperationContext;
}

/** How many of a file's first bytes stand in its place, perhaps. */
export function seedBytesOf({ size }: ListedFile, judged: JudgedFile | undefined): number {
  return judged?.verdict.is === 'wanted' && size > smallBlobBytes ? judged.verdict.seedBytes : 0;
}

async function judgeAll(
  selected: readonly ListedFile[],
  { folder, context: { settings, tell, signal } }: { folder: LocalFolder; context: OperationContext },
): Promise<Map<string, JudgedFile>> {
  const judged = new Map<string, JudgedFile>();
  const settle = ({ path }: ListedFile, { standing, isUnfinishedByAria2 }: Evidence, verdict: Verdict) => {
    if (verdict.is === 'blocked') throw inTheWay(localPath(folder.layout, path));
    judged.set(path, { standing, verdict, isUnfinishedByAria2 });
  };
  const unclear: { file: ListedFile; evidence: Evidence; question: Question }[] = [];
  for (const file of selected) {
    const evidence = folder.evidenceOf(file);
    const verdict = judge(file, evidence, settings);
    if (verdict.is === 'unclear') unclear.push({ file, evidence, question: verdict });
    else settle(file, evidence, verdict);
  }
  await inParallel(unclear, readsAtATime, async ({ file, evidence, question }) => {
    const place = localPath(folder.layout, file.path);
    if (file.size >= toldBytes) tell({ type: 'checking', path: file.path, bytes: file.size });
    const content = await onDisk(place, () => readContent(place, question.algorithms, signal));
    const verdict = judge(file, { ...evidence, content }, settings);
    if (verdict.is === 'unclear') throw new Error(`${file.path}: its bytes were read, and still nobody can say`);
    settle(file, evidence, verdict);
  });
  return judged;
}

/** They may have their full size: a person could take them for whole. */
function tellUnfinishedByAria2(judged: ReadonlyMap<string, JudgedFile>, { tell }: OperationContext): void {
  const paths = [...judged].flatMap(([path, { isUnfinishedByAria2, verdict }]) =>
    isUnfinishedByAria2 && verdict.is === 'wanted' ? [path] : [],
  );
  if (paths.length === 0) return;
  const more = paths.length > shownPaths ? ` and ${String(paths.length - shownPaths)} more` : '';
  const message = `aria2 has not finished ${paths.slice(0, shownPaths).join(', ')}${more}: replaced as a whole`;
  tell({ type: 'warning', code: 'unfinished-by-aria2', message });
}

const shownPaths = 5;

/** Where on this machine the bytes of files are: in this repo of the cache, beside their places, or anywhere else. */
async function findCopies(
  selected: readonly ListedFile[],
  { local, cache, known, commit, isThere, isToCopy }: FindCopiesOptions,
): Promise<Map<string, CopySource>> {
  const beside = new Map(
    selected.filter(isThere).map(({ path, digest }) => [formatDigest(digest), localPath(local, path)] as const),
  );
  const copies = new Map<string, CopySource>();
  const lacking = selected.filter(isToCopy);
  for (const file of lacking) {
    const path = inCache(cache, commit, file) ?? beside.get(formatDigest(file.digest));
    if (path !== undefined) copies.set(file.path, { path, isTrusted: true });
  }
  await known.look(lacking.filter(({ path }) => !copies.has(path)));
  for (const file of lacking) {
    const [found] = known.of(file);
    if (found !== undefined && !copies.has(file.path)) copies.set(file.path, { path: found.path, isTrusted: false });
  }
  return copies;
}

interface FindCopiesOptions extends PlanLocalOptions {
  readonly isThere: (file: ListedFile) => boolean;
  readonly isToCopy: (file: ListedFile) => boolean;
}

function inCache(cache: RepoLayout, commit: CommitHash, file: ListedFile): string | undefined {
  if (blobState(cache, file.digest, file.size) === 'whole') return blobPath(cache, file.digest);
  return isRegularEntry(cache, commit, file) ? entryPath(cache, commit, file.path) : undefined;
}
