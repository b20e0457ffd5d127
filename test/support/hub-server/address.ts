import { repoTypes, type RepoType } from '../../../src/repo/reference.js';
import { repoKey } from './repos.js';

/** What a request asks for. `repo` is the id with its type's prefix (`datasets/org/name`). */
export type Address =
  | { readonly kind: 'info' | 'refs'; readonly repo: string; readonly revision: string }
  | {
      readonly kind: 'tree' | 'resolve' | 'resolve-cache';
      readonly repo: string;
      readonly revision: string;
      readonly path: string;
    }
  | { readonly kind: 'paths-info'; readonly repo: string; readonly revision: string }
  | { readonly kind: 'list'; readonly type: RepoType }
  | { readonly kind: 'whoami' | 'cdn' | 'other' };

export type RequestKind = Address['kind'];

/** Reads the path of a request to the hub (see facts of the Hub's HTTP interface: endpoints). */
export function parseAddress(url: URL): Address {
  const parts = url.pathname.slice(1).split('/').map(decode);
  if (parts[0] !== 'api') return resolveAddress(parts);
  if (parts[1] === 'whoami-v2') return { kind: 'whoami' };
  if (parts[1] === 'resolve-cache') return resolveCacheAddress(parts.slice(2));
  const type = typeOfPlural(parts[1]);
  return type === undefined ? { kind: 'other' } : apiAddress(type, parts.slice(2));
}

function apiAddress(type: RepoType, parts: readonly string[]): Address {
  if (parts.length === 0) return { kind: 'list', type };
  const verbs = ['revision', 'tree', 'paths-info', 'refs'];
  const idParts = parts[1] === undefined || verbs.includes(parts[1]) ? 1 : 2;
  const repo = repoKey(type, parts.slice(0, idParts).join('/'));
  const [verb, revision = 'main', ...path] = parts.slice(idParts);
  switch (verb) {
    case undefined:
    case 'revision':
      return { kind: 'info', repo, revision };
    case 'refs':
      return { kind: 'refs', repo, revision };
    case 'paths-info':
      return { kind: 'paths-info', repo, revision };
    case 'tree':
      return { kind: 'tree', repo, revision, path: path.join('/') };
    default:
      return { kind: 'other' };
  }
}

function resolveAddress(parts: readonly string[]): Address {
  const type = typeOfPlural(parts[0]);
  const [first, second, third, ...rest] = type === undefined ? parts : parts.slice(1);
  if (second === 'resolve' && first !== undefined && third !== undefined) {
    return { kind: 'resolve', repo: repoKey(type ?? 'model', first), revision: third, path: rest.join('/') };
  }
  const [revision, ...path] = rest;
  if (third !== 'resolve' || revision === undefined) return { kind: 'other' };
  return { kind: 'resolve', repo: repoKey(type ?? 'model', `${first}/${second}`), revision, path: path.join('/') };
}

function resolveCacheAddress(parts: readonly string[]): Address {
  const type = typeOfPlural(parts[0]);
  const commitAt = parts.findIndex((part, index) => index > 1 && /^[0-9a-f]{40}$/.test(part));
  if (type === undefined || commitAt === -1) return { kind: 'other' };
  const repo = repoKey(type, parts.slice(1, commitAt).join('/'));
  return { kind: 'resolve-cache', repo, revision: parts[commitAt] ?? '', path: parts.slice(commitAt + 1).join('/') };
}

function typeOfPlural(plural: string | undefined): RepoType | undefined {
  return repoTypes.find((type) => `${type}s` === plural);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Python's `quote` with `/` safe: what the hub itself writes into addresses of files. */
export function encodePath(path: string): string {
  return path.replace(/[^A-Za-z0-9_.\-~/]/gu, (character) =>
    encodeURIComponent(character).replace(/[!'()*]/g, (plain) => `%${plain.charCodeAt(0).toString(16).toUpperCase()}`),
  );
}
