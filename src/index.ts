import { join } from 'node:path';
import { abortReason } from './errors.js';
import type { HubEvent } from './events.js';
import { type DownloadRequest, download as downloadRepo } from './operations/download.js';
import { planDownload } from './operations/plan-download.js';
import type { OperationContext } from './operations/context.js';
import type { DownloadPlanResult, DownloadResult } from './operations/download-result.js';
import type { CacheListing } from './operations/list-cache.js';
import type { FileListing } from './operations/list-files.js';
import { datasetChoice, namedByDataset } from './repo/dataset-choice.js';
import type { LockResult } from './operations/lock/lock-result.js';
import type { SyncResult } from './operations/sync/result.js';
import type { MirrorResult } from './operations/mirror/result.js';
import { namedRepos } from './operations/named-repos.js';
import type { RepoDescription } from './operations/repo-info.js';
import type { SearchResult } from './operations/search-repos.js';
import type { VerifyResult } from './operations/verify/result.js';
import { takeQuantSuffix } from './repo/quant-suffix.js';
import { type RepoType, parseRepoReference } from './repo/reference.js';
import type { SearchedType } from './repo/search.js';
import { readWeightsChoice } from './repo/weights-choice.js';
import { homeFolder } from './settings/home-folder.js';
import { namedFolder } from './settings/paths.js';
import { type SettingsWithOrigins, readSettings } from './settings/read-settings.js';

export { ExitCode, HubError } from './errors.js';
export type { ActiveFile, FileState, HubEvent, MirrorProgress, Progress } from './events.js';
export type {
  DownloadPlanResult,
  DownloadResult,
  DownloadTotals,
  DownloadedFile,
  PlannedFileResult,
} from './operations/download-result.js';
export type { CacheListing, ListedRepo, ListedRevision } from './operations/list-cache.js';
export type { FileListing, FileOnHub } from './operations/list-files.js';
export type { CardSummary, DescribedRefs, RepoDescription } from './operations/repo-info.js';
export type { LockResult, LockedRepo } from './operations/lock/lock-result.js';
export type { SyncResult, SyncedRepo } from './operations/sync/result.js';
export type { MirrorResult, MirrorTotals, MirroredRepo } from './operations/mirror/result.js';
export type { RepoOnHub, SearchResult } from './operations/search-repos.js';
export type { VerifiedFile, VerifiedRepo, VerifyResult, VerifyTotals } from './operations/verify/result.js';
export type { RepoType } from './repo/reference.js';

/** The settings that a caller may give, named as the flags. They win over the environment and the config file. */
export interface LibrarySettings {
  cacheDir?: string;
  /** Caches that are read before the network and never written. */
  readCache?: string | readonly string[];
  /** One hub, or several: tried in order, the next takes over when one fails. */
  endpoint?: string | readonly string[];
  proxy?: string;
  token?: string;
  tokenFile?: string;
  /** Fetch again what is cached. */
  force?: boolean;
  /** No request at all. */
  offline?: boolean;
  /** Connections in all, instead of as many as help. */
  concurrency?: number;
  /** Of models only these weights: `auto`, `safetensors`, `pytorch`, `tensorflow`, `flax`, `onnx`, `gguf`, or `all`. */
  framework?: string;
  /** Bytes a second of all connections together, or a text such as `20MB`. */
  limitRate?: number | string;
  /** Further tries after the first. */
  retries?: number;
  /** Seconds, or a text such as `30m`: how long to wait for a hub that does not answer. */
  retryFor?: number | string;
  /** Seconds, or a text such as `30s`: a connection that brings nothing for so long is given up. */
  stallTimeout?: number | string;
}

/** What every call takes beside the settings. */
export interface CallOptions extends LibrarySettings {
  /** Ends the work; what has arrived is kept. */
  signal?: AbortSignal;
  onEvent?: (event: HubEvent) => void;
  /** The same settings once more, for callers that keep them together; those above win. */
  settings?: LibrarySettings;
}

export interface DownloadOptions extends CallOptions {
  type?: RepoType;
  /** Branch, tag, commit (full or short), `refs/pr/N`. */
  revision?: string;
  /** Files or folders of the repo. */
  paths?: readonly string[];
  /** Only what these globs match; `allow` is the same. */
  include?: readonly string[];
  allow?: readonly string[];
  /** Not what these globs match; `ignore` is the same. */
  exclude?: readonly string[];
  ignore?: readonly string[];
  /** Of weights in several variants this one: `fp16`. */
  variant?: string;
  /** Of several quantisations this one: `Q4_K_M`. */
  quant?: string;
  /** Only these subsets ("configurations") of a dataset; the result's `load` tells how Python loads them. */
  subset?: string | readonly string[];
  /** Only these splits of a dataset. */
  split?: string | readonly string[];
  /** A dataset's parquet copy: the branch `refs/convert/parquet`. */
  parquet?: boolean;
  /** Real files in this folder, instead of the cache. What was changed there by others is kept, and ends it with code 9. */
  localDir?: string;
}

/** As `DownloadOptions`: what is listed is what would be downloaded. */
export type ListFilesOptions = Omit<DownloadOptions, 'localDir'>;

export interface RepoInfoOptions extends CallOptions {
  type?: RepoType;
  revision?: string;
  /** Also these refs, of which there may be thousands. */
  pullRequests?: boolean;
}

export interface SearchReposOptions extends CallOptions {
  /** `model` where absent. */
  type?: SearchedType;
  /** Only of this user or organisation. */
  author?: string;
  /** At most so many; 20 where absent. */
  limit?: number;
}

export interface VerifyOptions extends CallOptions {
  /** Fetch again what is bad, and nothing else. */
  repair?: boolean;
  /** Don't read what was found right before and looks untouched since. */
  quick?: boolean;
}

export interface ListCacheOptions extends CallOptions {
  /** Only these: `facebook/opt-13b`, `datasets/org/name`. */
  repos?: readonly string[];
}

export interface LockOptions extends CallOptions {
  /** The folder of hub.toml, or one below it; the working folder where absent. */
  project?: string;
  /** Ask for all revisions anew. */
  update?: boolean;
  /** Tell what would change, and write nothing. */
  dryRun?: boolean;
}

export interface SyncOptions extends CallOptions {
  /** The folder of hub.toml and hub.lock, or one below it; the working folder where absent. */
  project?: string;
  /** A lock that is not what hub.toml asks for is an error. The default where the environment has `CI`. */
  locked?: boolean;
  /** Follow the lock as it is: no ref and no listing is asked for. */
  frozen?: boolean;
  /** Move refs of the cache that stand elsewhere. */
  refs?: boolean;
  /** Take out of target folders what hub put there and the lock does not name. */
  prune?: boolean;
}

/** What holds for each repo is as in `DownloadOptions`. */
export interface MirrorOptions extends Omit<DownloadOptions, 'paths'> {
  /** All repos of these users and organisations too. */
  authors?: readonly string[];
  /** Of which type; `model` where absent. */
  authorType?: SearchedType;
  /** Real files in `<localDir>/models/<org>/<name>` and so on, instead of the cache. */
  localDir?: string;
  /** Leave out repos of which more than this is wanted: bytes, or a text such as `50GB`. */
  maxRepoSize?: number | string;
  /** Fetch no more than this in one run. */
  maxTotal?: number | string;
  /** Leave so much free on the disk. */
  reserve?: number | string;
  /** Of a branch that moves keep so many commits, the newest one included. */
  keepRevisions?: number;
}

/**
 * Brings a repo, or some of its files, into the cache that Python's `huggingface_hub` reads. Reads the environment at
 * each call; never prints, exits, asks or takes signals.
 *
 * @param repo  `facebook/opt-13b`, `gpt2`, `datasets/org/name`, `org/name@revision`, `hf://…`, or a page address
 * @throws HubError  with `code`, `exitCode` and `retryable`
 */
export async function download(repo: string, options: DownloadOptions = {}): Promise<DownloadResult> {
  const { request, context } = await prepareCall(repo, options);
  return downloadRepo(request, context);
}

/** Tells what `download` would do, and writes nothing. @throws HubError */
export async function plan(repo: string, options: DownloadOptions = {}): Promise<DownloadPlanResult> {
  const { request, context } = await prepareCall(repo, options);
  return planDownload(request, context);
}

/** Tells which files a repo has on the hub, with sizes and digests. No cache answers. @throws HubError */
export async function listFiles(repo: string, options: ListFilesOptions = {}): Promise<FileListing> {
  const { request, context } = await prepareCall(repo, options);
  const { listFiles: list } = await import('./operations/list-files.js');
  return list(request, context);
}

/** Tells what the hub says of a repo: card, access, sizes, refs. No cache answers. @throws HubError */
export async function repoInfo(
  repo: string,
  { pullRequests = false, ...options }: RepoInfoOptions = {},
): Promise<RepoDescription> {
  const { request, context } = await prepareCall(repo, options);
  const { repoInfo: ask } = await import('./operations/repo-info.js');
  return ask({ ...request, pullRequests }, context);
}

/** Looks for repos by name, those that are used most first. @throws HubError */
export async function searchRepos(
  words: string,
  { type = 'model', author, limit = 20, ...options }: SearchReposOptions = {},
): Promise<SearchResult> {
  const context = await contextOf(options);
  const { searchRepos: search } = await import('./operations/search-repos.js');
  return search({ type, words, limit, ...(author === undefined ? {} : { author }) }, context);
}

/**
 * Reads every file of some repos in the cache, or of all, and compares its digest; tells what is missing, and leads to
 * nothing or elsewhere. Asks no hub, but to repair. What is bad is in the result, whose `ok` is false then.
 *
 * @param repos  `facebook/opt-13b`, `datasets/org/name` …; all where there are none
 * @throws HubError  a repo that the cache does not have, the signal's reason
 */
export async function verify(
  repos: string | readonly string[] = [],
  { repair = false, quick = false, ...options }: VerifyOptions = {},
): Promise<VerifyResult> {
  const context = await contextOf(options);
  const { verifyCache } = await import('./operations/verify/verify-cache.js');
  const { result } = await verifyCache({ repos: namedRepos([repos].flat(), context.settings), repair, quick }, context);
  if (context.signal.aborted) throw abortReason(context.signal);
  return result;
}

/** Tells what the cache has: repos, revisions, sizes, when they were last used. Asks no hub. @throws HubError */
export async function listCache({ repos = [], ...options }: ListCacheOptions = {}): Promise<CacheListing> {
  const context = await contextOf(options);
  const { listCache: list } = await import('./operations/list-cache.js');
  return list(namedRepos(repos, context.settings), context);
}

/**
 * Makes hub.lock of the hub.toml that a folder belongs to: what is locked stays, what is new is asked of the hub.
 *
 * @throws HubError  no project, a mistake in it, or entries that could not be locked
 */
export async function lock({
  project,
  update = false,
  dryRun = false,
  ...options
}: LockOptions = {}): Promise<LockResult> {
  const context = await contextOf(options);
  const { openProject } = await import('./operations/open-project.js');
  const { lockProject } = await import('./operations/lock/lock.js');
  const { settings, ...opened } = await openProject(projectFolder(project), context);
  return lockProject({ ...opened, update: update ? 'all' : 'none', dryRun }, { ...context, settings });
}

/**
 * Brings the cache, or the target folders of hub.toml, to hub.lock.
 *
 * @throws HubError  no project, a lock that does not fit (`locked`), or repos that are not whole: the others are
 */
export async function sync({
  project,
  refs = false,
  prune = false,
  ...options
}: SyncOptions = {}): Promise<SyncResult> {
  const context = await contextOf(options);
  const { sync: syncProject } = await import('./operations/sync/sync.js');
  return syncProject({ workingDir: projectFolder(project), ref: refs ? 'move' : 'make', prune }, context);
}

/**
 * Brings many repos to what they are on the hub. What became of each is in the result, failures too; one run at a time
 * works on the same repos.
 *
 * @param repos  as `download` takes one; the options hold for each of them
 * @throws HubError  a name that is none, another run at work, the signal's reason
 */
export async function mirror(
  repos: string | readonly string[],
  { authors = [], authorType = 'model', localDir, ...options }: MirrorOptions = {},
): Promise<MirrorResult> {
  const context = await contextOf(options);
  const operations = await import('./operations/mirror/mirror.js');
  const { nameOfAll, requestKey } = await import('./operations/mirror/requests.js');
  const settings =
    context.origins.retryForMs.kind === 'default'
      ? { ...context.settings, retryForMs: operations.mirrorRetryForMs }
      : context.settings;
  const root = localDir === undefined ? undefined : namedFolder(localDir);
  const requestFor = (text: string, ofType: Pick<DownloadOptions, 'type'> = {}): DownloadRequest => {
    const request = requestOf(text, { ...options, ...ofType }, settings);
    const { type, name } = request.repo;
    return root === undefined ? request : { ...request, localDir: join(root, `${type}s`, ...name.split('/')) };
  };
  const requests = [repos].flat().map((text) => requestFor(text));
  const { maxRepoSize, maxTotal, reserve, keepRevisions } = settings;
  const { result } = await operations.mirror(
    {
      requests,
      authors: { names: authors, type: authorType, requestFor: ({ type, name }) => requestFor(name, { type }) },
      limits: { maxRepoSize, maxTotal, reserve },
      keepRevisions,
      stateFolder: operations.mirrorStateFolder(
        root,
        nameOfAll([settings.cacheDir, requests.map(requestKey).sort(), authors, authorType]),
      ),
    },
    { ...context, settings },
  );
  if (context.signal.aborted) throw abortReason(context.signal);
  return result;
}

function projectFolder(folder: string | undefined): string {
  return folder === undefined ? process.cwd() : namedFolder(folder);
}

type CallContext = OperationContext & Pick<SettingsWithOrigins, 'origins'>;

async function contextOf({ settings: kept, signal, onEvent, ...settingsHere }: CallOptions): Promise<CallContext> {
  const { settings, origins } = await readSettings({
    flags: { ...kept, ...settingsHere },
    environment: process.env,
    homeDir: homeFolder(),
    platform: process.platform,
  });
  return { settings, origins, tell: onEvent ?? (() => undefined), signal: signal ?? new AbortController().signal };
}

async function prepareCall(
  text: string,
  options: DownloadOptions,
): Promise<{ request: DownloadRequest; context: OperationContext }> {
  const context = await contextOf(options);
  return { request: requestOf(text, options, context.settings), context };
}

function requestOf(text: string, options: DownloadOptions, settings: OperationContext['settings']): DownloadRequest {
  const { type, revision, subset = [], split = [], parquet, paths = [], localDir } = options;
  const { include = [], allow = [], exclude = [], ignore = [], variant, quant } = options;
  const named = takeQuantSuffix(text);
  const dataset = { type, revision, subset: [subset].flat(), split: [split].flat(), parquet };
  const reference = parseRepoReference(named.text, {
    endpoints: settings.endpoints.map(({ url }) => url),
    ...namedByDataset(dataset),
  });
  const { framework } = settings;
  const weights = readWeightsChoice({ framework, variant, quant, quantOfName: named.quant }, reference.repo.type);
  return {
    repo: reference.repo,
    ...(reference.revision === undefined ? {} : { revision: reference.revision }),
    paths: reference.path === undefined ? paths : [reference.path, ...paths],
    include: [...include, ...allow],
    exclude: [...exclude, ...ignore],
    ...(weights === undefined ? {} : { weights }),
    ...datasetChoice(dataset, reference),
    ...(localDir === undefined ? {} : { localDir: namedFolder(localDir) }),
  };
}
