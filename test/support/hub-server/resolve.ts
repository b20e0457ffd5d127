import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { gateOf } from './access.js';
import { encodePath } from './address.js';
import { bytesOf, contentOfBytes, gitOidOf, sha256Of } from './content.js';
import { errorReply, rangedReply, redirectReply, wholeReply, type Reply } from './replies.js';
import { resolveRevision, type Repo, type RepoFile } from './repos.js';
import { etag, type Asked, type HubState } from './state.js';

interface FileAddress {
  readonly repo: Repo;
  readonly revision: string;
  readonly path: string;
}

/** `/{id}/resolve/{rev}/{path}`: tells where the file is, and what it is. */
export async function answerResolve(state: HubState, address: FileAddress, asked: Asked): Promise<Reply> {
  const found = findFile(address, asked);
  if ('status' in found) return found;
  const { repo, path } = address;
  const { commit, file } = found;
  const digest = await (file.lfs ? sha256Of(file.content) : gitOidOf(file.content));
  const headers = {
    'X-Repo-Commit': commit,
    'X-Linked-Size': String(file.content.size),
    'X-Linked-ETag': etag(state, digest),
    'Accept-Ranges': 'bytes',
    'Access-Control-Expose-Headers': 'X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,ETag,Link,Accept-Ranges',
  };
  if (file.lfs) {
    const location = state.cdnOrigin + state.urls.issue({ repo: repo.key, path, file }, digest);
    return redirectReply(302, location, headers);
  }
  const query = `${encodeURIComponent(asked.url.pathname)}=&etag=${encodeURIComponent(`"${digest}"`)}`;
  const location = `/api/resolve-cache/${repo.type}s/${repo.id}/${commit}/${encodePath(path)}?${query}`;
  return redirectReply(307, location, headers);
}

/** `/api/resolve-cache/…`: the bytes of a small file. Compressed for whoever takes gzip, and then without ranges. */
export async function answerResolveCache(state: HubState, address: FileAddress, asked: Asked): Promise<Reply> {
  const found = findFile(address, asked);
  if ('status' in found) return found;
  const { content } = found.file;
  const oid = await gitOidOf(content);
  const headers = {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Disposition': `inline; filename*=UTF-8''${encodeURIComponent(address.path)}`,
    'X-Repo-Commit': found.commit,
  };
  if (content.size > 1024 && /\bgzip\b/.test(String(asked.incoming.headers['accept-encoding']))) {
    const packed = contentOfBytes(gzipSync(await bytesOf(content)));
    return wholeReply(200, { ...headers, ETag: `W/"${oid}"`, 'Content-Encoding': 'gzip' }, packed);
  }
  return rangedReply(content, { headers: { ...headers, ETag: etag(state, oid) }, asked: asked.incoming.headers });
}

/** The CDN: whoever has an address that has not expired gets the bytes. Its etag is its own. */
export async function answerCdn(state: HubState, { incoming, url }: Omit<Asked, 'viewer'>): Promise<Reply> {
  const grant = state.urls.find(url);
  if (grant === undefined || !state.urls.use(url)) return expiredReply();
  const sha256 = await sha256Of(grant.file.content);
  const headers = {
    'Content-Type': 'application/octet-stream',
    ETag: `"${createHash('md5').update(sha256).digest('hex')}"`,
    'Cache-Control': 'public, max-age=31536000',
  };
  return rangedReply(grant.file.content, { headers, asked: incoming.headers });
}

/** What a CDN of that kind says to an old address. */
export function expiredReply(): Reply {
  const text =
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>';
  return wholeReply(403, { 'Content-Type': 'application/xml' }, contentOfBytes(text));
}

function findFile(
  { repo, revision, path }: FileAddress,
  { viewer }: Asked,
): { commit: string; file: RepoFile } | Reply {
  const commit = resolveRevision(repo, revision);
  if (commit === undefined) {
    return errorReply({ status: 404, code: 'RevisionNotFound', message: `Invalid rev id: ${revision}` });
  }
  const gate = gateOf(repo, viewer);
  if (gate !== undefined) return gate;
  const file = repo.commits.get(commit)?.get(path);
  return file === undefined
    ? errorReply({ status: 404, code: 'EntryNotFound', message: 'Entry not found', commit })
    : { commit, file };
}
