import { UsageError } from '../errors.js';
import { faultOfName } from './names.js';
import { parsePageAddress } from './page-address.js';
import { faultOfRepoName } from './repo-name.js';
import { checkRevision } from './revision.js';

export const repoTypes = ['model', 'dataset', 'space', 'kernel'] as const;
export type RepoType = (typeof repoTypes)[number];

/** A repo, whatever its revision. */
export interface RepoId {
  readonly type: RepoType;
  /** `org/name`, or `name` alone for the oldest repos (`gpt2`). */
  readonly name: string;
}

/** What a user named: a repo, and perhaps a revision and a path inside of it. */
export interface RepoReference {
  readonly repo: RepoId;
  readonly revision?: string;
  /** A file, or with a trailing `/` a folder. */
  readonly path?: string;
}

export interface ReferenceOptions {
  /** What `--type` says. */
  readonly type?: RepoType;
  /** What `--revision` says. */
  readonly revision?: string;
  /** Base addresses of the hubs in use, whose pages are taken too. */
  readonly endpoints: readonly string[];
}

/**
 * Reads every way to name a repo: `facebook/opt-13b`, `gpt2@v1`, `datasets/org/name`, `hf://…`, a page's address.
 *
 * @throws UsageError  for what is malformed, and where the text contradicts `type` or `revision`
 */
export function parseRepoReference(text: string, options: ReferenceOptions): RepoReference {
  const named = readText(text.trim(), options.endpoints);
  const { type: namedType, name } = splitType(named.id);
  const fault = typeOf(named.id) === undefined ? faultOfRepoName(name) : 'it is a type, the repo is missing';
  if (fault !== undefined) {
    throw new UsageError(`"${text}" does not name a repo: ${fault}`, { hint: hintFor(named.id, name) });
  }

  const type = agree({ text, what: 'type', flag: '--type', flagValue: options.type, named: namedType }) ?? 'model';
  const revision = agree({
    text,
    what: 'revision',
    flag: '--revision',
    flagValue: options.revision,
    named: named.revision,
  });
  if (revision !== undefined) checkRevision(revision);
  return {
    repo: { type, name },
    ...(revision !== undefined && { revision }),
    ...(named.path !== undefined && { path: checkPath(text, named.path) }),
  };
}

/** `facebook/opt-13b`, `datasets/org/name`: as in a page's address, and as `parseRepoReference` reads it. */
export function repoPath({ type, name }: RepoId): string {
  return type === 'model' ? name : `${type}s/${name}`;
}

/** The type that `--type` names, in the singular or the plural. @throws UsageError */
export function parseRepoType(text: string): RepoType {
  const type = typeOf(text.toLowerCase());
  if (type === undefined) throw new UsageError(`"${text}" is not a repo type: ${repoTypes.join(', ')}`);
  return type;
}

interface Named {
  /** The repo with the type before it, if it has one. */
  readonly id: string;
  readonly revision?: string;
  readonly path?: string;
}

const typeWords = repoTypes.flatMap((type) => [type, `${type}s`]);

function typeOf(word: string): RepoType | undefined {
  return repoTypes.find((type) => word === type || word === `${type}s`);
}

function readText(text: string, endpoints: readonly string[]): Named {
  if (/^hf:\/\//i.test(text)) return readHfAddress(text.slice('hf://'.length));
  const page = parsePageAddress(text, { endpoints, typeWords });
  const named = page ?? { id: text };
  const at = named.id.indexOf('@');
  if (at === -1 || named.revision !== undefined) return named;
  return { ...named, id: named.id.slice(0, at), revision: named.id.slice(at + 1) };
}

/** `[datasets/]org/name[@rev][/path]`. A revision with slashes is `refs/pr/N`, `refs/convert/…`, or has them encoded. */
function readHfAddress(rest: string): Named {
  const match = /^([^@]*)@(refs\/[^/]+\/[^/]+|[^/]*)(?:\/(.*))?$/s.exec(rest);
  if (match !== null) {
    const [, id = '', revision = '', path = ''] = match;
    // An `@` behind the repo belongs to a file's name.
    if (id.split('/').length <= (typeOf(id.split('/', 1)[0] ?? '') === undefined ? 2 : 3)) {
      return { id, revision: revision.replaceAll(/%2f/gi, '/'), ...(path !== '' && { path }) };
    }
  }
  const parts = rest.split('/');
  const idLength = typeOf(parts[0] ?? '') === undefined ? 2 : 3;
  const path = parts.slice(idLength).join('/');
  const id = parts.slice(0, idLength).join('/').replace(/\/$/, '');
  return { id, ...(path !== '' && { path }) };
}

function splitType(id: string): { type?: RepoType; name: string } {
  const slash = id.indexOf('/');
  const type = slash === -1 ? undefined : typeOf(id.slice(0, slash));
  return type === undefined ? { name: id } : { type, name: id.slice(slash + 1) };
}

/** The one value of a flag and of the text, each of which may be absent. @throws UsageError where they differ */
function agree<Value extends string>(both: {
  text: string;
  what: string;
  flag: string;
  flagValue: Value | undefined;
  named: Value | undefined;
}): Value | undefined {
  const { text, what, flag, flagValue, named } = both;
  if (flagValue !== undefined && named !== undefined && flagValue !== named) {
    throw new UsageError(`"${text}" names the ${what} ${named}, but ${flag} says ${flagValue}`, {
      hint: 'Give one of the two.',
    });
  }
  return flagValue ?? named;
}

/** Offline, without a listing, a path is looked up on disk as it is. */
function checkPath(text: string, path: string): string {
  const fault = faultOfName(path.replace(/\/$/, ''));
  if (fault !== undefined) throw new UsageError(`"${text}": the path "${path}" ${fault}`);
  return path;
}

function hintFor(id: string, name: string): string {
  const prefix = id.slice(0, id.length - name.length);
  const parts = name.split('/');
  const repo = parts.slice(0, 2).join('/');
  const withoutGit = name.replace(/\.git$/, '');
  if (withoutGit !== name && faultOfRepoName(withoutGit) === undefined) return `Try ${prefix}${withoutGit}.`;
  if (parts.length > 2 && !parts.includes('') && faultOfRepoName(repo) === undefined) {
    return `A file or folder of a repo is a word of its own: ${prefix}${repo} ${parts.slice(2).join('/')}`;
  }
  return 'A repo is facebook/opt-13b, gpt2, datasets/org/name, hf://org/name or the address of its page.';
}
