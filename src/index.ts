import { homedir } from 'node:os';
import { type HubEvent, type Tell } from './events.js';
import { type DownloadRequest, download as downloadRepo, planDownload } from './operations/download.js';
import type { OperationContext } from './operations/context.js';
import type { DownloadPlanResult, DownloadResult } from './operations/download-result.js';
import { type RepoType, parseRepoReference } from './repo/reference.js';
import { namedFolder } from './settings/paths.js';
import { readSettings } from './settings/read-settings.js';

export { ExitCode, HubError } from './errors.js';
export type { ActiveFile, FileState, HubEvent, Progress } from './events.js';
export type {
  DownloadPlanResult,
  DownloadResult,
  DownloadTotals,
  DownloadedFile,
  PlannedFileResult,
} from './operations/download-result.js';
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
  /** Bytes a second of all connections together, or a text such as `20MB`. */
  limitRate?: number | string;
  /** Further tries after the first. */
  retries?: number;
  /** Seconds, or a text such as `30m`: how long to wait for a hub that does not answer. */
  retryFor?: number | string;
  /** Seconds, or a text such as `30s`: a connection that brings nothing for so long is given up. */
  stallTimeout?: number | string;
}

export interface DownloadOptions extends LibrarySettings {
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
  /** Real files in this folder, instead of the cache. What was changed there by others is kept, and ends it with code 9. */
  localDir?: string;
  /** Ends the download; what has arrived is kept. */
  signal?: AbortSignal;
  onEvent?: (event: HubEvent) => void;
  /** The same settings once more, for callers that keep them together; those above win. */
  settings?: LibrarySettings;
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

async function prepareCall(
  text: string,
  options: DownloadOptions,
): Promise<{ request: DownloadRequest; context: OperationContext }> {
  const { settings: kept, type, revision, paths = [], localDir, signal, onEvent, ...rest } = options;
  const { include = [], allow = [], exclude = [], ignore = [], ...settingsHere } = rest;
  const { settings } = await readSettings({
    flags: { ...kept, ...settingsHere },
    environment: process.env,
    homeDir: homedir(),
    platform: process.platform,
  });
  const reference = parseRepoReference(text, {
    endpoints: settings.endpoints.map(({ url }) => url),
    ...(type === undefined ? {} : { type }),
    ...(revision === undefined ? {} : { revision }),
  });
  const tell: Tell = onEvent ?? (() => undefined);
  return {
    request: {
      repo: reference.repo,
      ...(reference.revision === undefined ? {} : { revision: reference.revision }),
      paths: reference.path === undefined ? paths : [reference.path, ...paths],
      include: [...include, ...allow],
      exclude: [...exclude, ...ignore],
      ...(localDir === undefined ? {} : { localDir: namedFolder(localDir) }),
    },
    context: { settings, tell, signal: signal ?? new AbortController().signal },
  };
}
