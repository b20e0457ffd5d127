import { resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import {
  mirror,
  mirrorRetryForMs,
  mirrorStateFolder,
  planMirror,
  type MirrorRequest,
} from '../../operations/mirror/mirror.js';
import { nameOfAll } from '../../operations/mirror/requests.js';
import { readList } from '../../operations/read-list.js';
import type { SearchedType } from '../../repo/search.js';
import { namedFolder } from '../../settings/paths.js';
import type { Answer, Session } from '../cli.js';
import { openLog } from '../report/log-file.js';
import { mirrorReport, reportIndent } from '../report/mirror-report.js';
import type { DownloadFlags } from './download-work.js';
import { type ListDefaults, type ListedLine, linesOf, requestForRepo, requestsOf } from './mirror-list.js';
import { flagWarnings } from './setting-options.js';

export interface MirrorFlags extends DownloadFlags {
  readonly file?: readonly string[];
  readonly author?: readonly string[];
}

interface MirrorWords {
  readonly repos: readonly string[];
  readonly flags: MirrorFlags;
}

/** Mirrors, or with `--dry-run` plans. The report is the result, also of a run that was interrupted. */
export async function answerMirror(words: MirrorWords, session: Session): Promise<Answer> {
  for (const warning of flagWarnings(words.flags)) session.tell(warning);
  const settings =
    session.origins.retryForMs.kind === 'default'
      ? { ...session.settings, retryForMs: mirrorRetryForMs }
      : session.settings;
  const request = await requestFor(words, { ...session, settings });
  const log = openLog(settings.log, session.tell);
  try {
    const context = { settings, signal: session.signal, tell: log.tell };
    const run = words.flags.dryRun === true ? planMirror : mirror;
    const { result, failure } = await run(request, context);
    const text = mirrorReport(result);
    log.report(text, failure);
    return { document: result, text, foldIndent: reportIndent, ...(failure === undefined ? {} : { failure }) };
  } finally {
    log.close();
  }
}

async function requestFor(words: MirrorWords, session: Session): Promise<MirrorRequest> {
  const { repos, flags } = words;
  const { settings, stdin, signal } = session;
  const { author: names = [], file: files = [], localDir } = flags;
  const root = localDir === undefined ? undefined : namedFolder(localDir);
  const defaults: ListDefaults = { flags, root, settings };
  const lists: { path: string; text: string }[] = [];
  for (const path of files) lists.push({ path, text: await readList(path, { stdin, signal }) });
  const lines: ListedLine[] = [
    ...repos.map((text) => ({ place: undefined, text })),
    ...lists.flatMap(({ path, text }) => linesOf(text, path === '-' ? 'stdin' : path)),
  ];
  const { maxRepoSize, maxTotal, reserve, keepRevisions } = settings;
  return {
    requests: requestsOf(lines, defaults),
    authors: { names, type: searchedType(flags), requestFor: (repo) => requestForRepo(repo, defaults) },
    limits: { maxRepoSize, maxTotal, reserve },
    keepRevisions,
    stateFolder: mirrorStateFolder(root, nameOf(words, { lists, target: root ?? settings.cacheDir })),
  };
}

/** @throws UsageError */
function searchedType({ type = 'model', author = [] }: MirrorFlags): SearchedType {
  if (type !== 'kernel') return type;
  if (author.length === 0) return 'model';
  throw new UsageError('the hub has no list of kernels', { hint: 'Name them one by one.' });
}

/**
 * Names a list by where it comes from, what is wanted of it and where it goes. A file is the same list when somebody has
 * edited it; what comes on stdin is known by its text alone.
 */
function nameOf(
  { repos, flags }: MirrorWords,
  { lists, target }: { lists: readonly { path: string; text: string }[]; target: string },
): string {
  const { author = [], type, revision, include, exclude, framework, variant, quant, subset, split, parquet } = flags;
  const wanted = { type, revision, include, exclude, framework, variant, quant, subset, split, parquet };
  const files = lists.map(({ path, text }) => (path === '-' ? ['stdin', text] : ['file', resolve(path)]));
  return nameOfAll([target, [...repos].sort(), files.sort(), [...author].sort(), wanted]);
}
