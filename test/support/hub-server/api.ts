import { text } from 'node:stream/consumers';
import { mayRead, type Viewer } from './access.js';
import { entryOf, pathsOf, type RepoFiles } from './listing.js';
import { errorReply, jsonReply, type Reply } from './replies.js';
import { resolveRevision, type Repo } from './repos.js';
import type { RepoType } from '../../../src/repo/reference.js';
import type { Asked, HubState } from './state.js';

/** `/api/{type}s/{id}[/revision/{rev}]`: which commit a revision is, and what is said of the repo. */
export async function answerInfo(repo: Repo, revision: string, { url, viewer }: Asked): Promise<Reply> {
  const opened = openRevision(repo, revision);
  if ('status' in opened) return opened;
  const { commit, files } = opened;
  const withBlobs = url.searchParams.get('blobs') === 'true';
  const siblings = [...files].map(async ([path, file]) => {
    if (!withBlobs) return { rfilename: path };
    const { oid, size, lfs } = await entryOf([path, file], { repo, viewer });
    const lfsInfo = lfs && { lfs: { sha256: lfs.oid, size, pointerSize: lfs.pointerSize } };
    return { rfilename: path, size, blobId: oid, ...lfsInfo };
  });
  const about = {
    ...summaryOf(repo),
    sha: commit,
    disabled: false,
    createdAt: '2022-03-02T23:29:05.000Z',
    ...(repo.card !== undefined && { cardData: repo.card }),
    siblings: await Promise.all(siblings),
  };
  return jsonReply(about, { 'X-Repo-Commit': commit });
}

/** `/tree/{rev}[/{path}]`: the entries below a folder, in pages. */
export async function answerTree(
  state: HubState,
  { repo, revision, path }: { repo: Repo; revision: string; path: string },
  asked: Asked,
): Promise<Reply> {
  const opened = openRevision(repo, revision);
  if ('status' in opened) return opened;
  const { commit, files } = opened;
  const recursive = asked.url.searchParams.get('recursive') === 'true';
  const prefix = path === '' ? '' : `${path}/`;
  const below = [...pathsOf(files)].filter(
    ([entry]) => entry.startsWith(prefix) && (recursive || !entry.slice(prefix.length).includes('/')),
  );
  if (below.length === 0 && path !== '') {
    return errorReply({
      status: 404,
      code: 'EntryNotFound',
      message: `${path} does not exist on "${revision}"`,
      commit,
    });
  }
  const expandedPageSize = 50;
  const pageSize = asked.url.searchParams.get('expand') === 'true' ? expandedPageSize : state.pageSize;
  const { page, headers } = pageOf(below, { pageSize, state, url: asked.url });
  const entries = await Promise.all(page.map((entry) => entryOf(entry, { repo, viewer: asked.viewer })));
  return jsonReply(entries, { ...headers, 'X-Repo-Commit': commit });
}

/** `/paths-info/{rev}`: chosen entries; what does not exist is left out. */
export async function answerPathsInfo(repo: Repo, revision: string, { incoming, viewer }: Asked): Promise<Reply> {
  const opened = openRevision(repo, revision);
  if ('status' in opened) return opened;
  const asked = await text(incoming);
  const isJson = /\bjson\b/.test(incoming.headers['content-type'] ?? '');
  const wanted = isJson ? (JSON.parse(asked) as { paths: string[] }).paths : new URLSearchParams(asked).getAll('paths');
  const entries = [...pathsOf(opened.files)].filter(([path]) => wanted.includes(path));
  return jsonReply(await Promise.all(entries.map((entry) => entryOf(entry, { repo, viewer }))));
}

/** `/refs`: everything that a revision can be called by. */
export function answerRefs(repo: Repo, { url }: Asked): Reply {
  const below = (prefix: string) =>
    [...repo.refs]
      .filter(([ref]) => ref.startsWith(prefix))
      .map(([ref, targetCommit]) => ({ name: ref.slice(prefix.length), ref, targetCommit }));
  return jsonReply({
    branches: below('refs/heads/'),
    tags: below('refs/tags/'),
    converts: below('refs/convert/'),
    ...(url.searchParams.get('include_prs') === '1' && { pullRequests: below('refs/pr/') }),
  });
}

/**
 * `/api/{type}s?author=&search=&sort=&limit=&expand=`: the repos that the viewer may know of. With `expand` an entry has
 * those fields alone, and a field or an order that the type does not have is refused.
 */
export function answerList(state: HubState, type: RepoType, { url, viewer }: Asked): Reply {
  const author = url.searchParams.get('author');
  const search = url.searchParams.get('search')?.toLowerCase() ?? '';
  const sort = url.searchParams.get('sort');
  const fields = url.searchParams.getAll('expand');
  const unknown = [...fields, ...(sort === null ? [] : [sort])].find((field) => !listFields[type]?.includes(field));
  if (type === 'kernel') return errorReply({ status: 404, message: 'Not found' });
  if (unknown !== undefined) return errorReply({ status: 400, message: `Invalid option: ${unknown}` });
  const found = [...state.repos.values()].filter(
    (repo) =>
      repo.type === type &&
      (repo.private !== true || mayRead(viewer, repo)) &&
      (author === null || repo.id.startsWith(`${author}/`)) &&
      repo.id.toLowerCase().includes(search),
  );
  if (sort === 'downloads' || sort === 'likes') found.sort((a, b) => (b[sort] ?? 0) - (a[sort] ?? 0));
  const pageSize = Math.min(state.pageSize, Number(url.searchParams.get('limit') ?? state.pageSize));
  const { page, headers } = pageOf(found, { pageSize, state, url });
  const entryOfList = (repo: Repo) =>
    Object.fromEntries(
      Object.entries(summaryOf(repo)).filter(([field]) => fields.length === 0 || [...fields, 'id'].includes(field)),
    );
  return jsonReply(page.map(entryOfList), headers);
}

const fieldsOfAll = ['author', 'cardData', 'createdAt', 'disabled', 'lastModified', 'likes', 'private', 'sha', 'tags'];
const listFields: Partial<Record<RepoType, readonly string[]>> = {
  model: [...fieldsOfAll, 'downloads', 'gated', 'library_name', 'pipeline_tag'],
  dataset: [...fieldsOfAll, 'downloads', 'gated', 'description'],
  space: [...fieldsOfAll, 'sdk', 'runtime'],
};

export function answerWhoami(viewer: Viewer): Reply {
  if (viewer === 'anonymous') return errorReply({ status: 401, message: 'Invalid username or password.' });
  const orgs = (viewer.orgs ?? []).map((name) => ({ type: 'org', name }));
  return jsonReply({ type: 'user', name: viewer.name, fullname: viewer.name, orgs, auth: { type: 'access_token' } });
}

function summaryOf(repo: Repo) {
  const { id, type, private: isPrivate = false, gated = false, downloads = 0, likes = 0, card = {} } = repo;
  const { lastModified = '2026-01-01T00:00:00.000Z' } = repo;
  const { pipeline_tag: task, library_name: library, tags = [], license } = card;
  return {
    id,
    private: isPrivate,
    ...(type !== 'space' && { gated, downloads }),
    likes,
    lastModified,
    tags: [...(tags as string[]), ...(typeof license === 'string' ? [`license:${license}`] : [])],
    ...(task !== undefined && { pipeline_tag: task }),
    ...(library !== undefined && { library_name: library }),
  };
}

function openRevision(repo: Repo, revision: string): { commit: string; files: RepoFiles } | Reply {
  const commit = resolveRevision(repo, revision);
  const files = commit === undefined ? undefined : repo.commits.get(commit);
  return commit === undefined || files === undefined
    ? errorReply({ status: 404, code: 'RevisionNotFound', message: `Invalid rev id: ${revision}` })
    : { commit, files };
}

/** One page, and the `Link` (RFC 8288) to the next where there is one. */
function pageOf<T>(
  all: readonly T[],
  { pageSize, state, url }: { pageSize: number; state: HubState; url: URL },
): { page: T[]; headers: Record<string, string> } {
  const start = Number(Buffer.from(url.searchParams.get('cursor') ?? '', 'base64url').toString() || 0);
  const end = start + pageSize;
  const page = all.slice(start, end);
  if (end >= all.length) return { page, headers: {} };
  const next = new URL(url);
  next.searchParams.set('limit', String(pageSize));
  next.searchParams.set('cursor', Buffer.from(String(end)).toString('base64url'));
  return { page, headers: { Link: `<${state.linkOrigin}${next.pathname}${next.search}>; rel="next"` } };
}
