import type { CommitHash } from '../repo/listing.js';
import type { RepoId, RepoType } from '../repo/reference.js';

/** Python's `quote(safe='/')`, as the hub's own client writes paths: unlike encodeURIComponent it escapes `! ' ( ) *` too. */
export function quotePath(path: string): string {
  return [...Buffer.from(path, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9_.\-~/]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** The same with nothing safe: `refs/pr/1` is one part of an address. */
export function quotePart(text: string): string {
  return quotePath(text).replaceAll('/', '%2F');
}

/** @param endpoint  base address of a hub, which may have a path of its own */
export function revisionUrl(endpoint: URL, { type, name }: RepoId, revision: string): URL {
  return under(endpoint, `/api/${type}s/${quotePath(name)}/revision/${quotePart(revision)}`);
}

export function treeUrl(endpoint: URL, { type, name }: RepoId, commit: CommitHash): URL {
  return under(endpoint, `/api/${type}s/${quotePath(name)}/tree/${commit}?recursive=true&expand=false`);
}

export function resolveUrl(endpoint: URL, { type, name }: RepoId, commit: CommitHash, path: string): URL {
  const prefix = type === 'model' ? '' : `${type}s/`;
  return under(endpoint, `/${prefix}${quotePath(name)}/resolve/${commit}/${quotePath(path)}`);
}

/** @param pullRequests  those too, of which there may be thousands */
export function refsUrl(endpoint: URL, { type, name }: RepoId, { pullRequests }: { pullRequests: boolean }): URL {
  return under(endpoint, `/api/${type}s/${quotePath(name)}/refs${pullRequests ? '?include_prs=1' : ''}`);
}

/** The repos of a type, as a list in pages. */
export function reposUrl(endpoint: URL, type: RepoType, query: URLSearchParams): URL {
  return under(endpoint, `/api/${type}s?${query.toString()}`);
}

/** Who a token belongs to. */
export function whoAmIUrl(endpoint: URL): URL {
  return under(endpoint, '/api/whoami-v2');
}

/** Where a person reads about a repo and asks for access. */
export function pageUrl(endpoint: URL, { type, name }: RepoId): string {
  return under(endpoint, `/${type === 'model' ? '' : `${type}s/`}${quotePath(name)}`).href;
}

function under(endpoint: URL, pathAndQuery: string): URL {
  return new URL(`${endpoint.origin}${endpoint.pathname.replace(/\/+$/, '')}${pathAndQuery}`);
}
