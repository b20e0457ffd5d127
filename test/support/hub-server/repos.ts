import { createHash } from 'node:crypto';
import type { RepoType } from '../../../src/repo/reference.js';
import { contentOfBytes, generatedContent, type Content } from './content.js';

/** A file as tests write it down: its bytes, or how many bytes to make up. */
export type FileSpec =
  | string
  | Uint8Array
  | { readonly size: number; readonly seed?: number; readonly lfs?: boolean }
  | { readonly content: string | Uint8Array | Content; readonly lfs?: boolean };

type FileSpecs = Readonly<Record<string, FileSpec>>;

export interface RepoSpec {
  /** `org/name`, or `name` alone. */
  readonly id: string;
  readonly type?: RepoType;
  /** What the branch `main` holds. */
  readonly files: FileSpecs;
  /** Further branches, each with all that it holds. */
  readonly branches?: Readonly<Record<string, FileSpecs>>;
  /** Tag to the branch whose first commit it names. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Number of a pull request to all that it holds: `refs/pr/N`. */
  readonly pullRequests?: Readonly<Record<number, FileSpecs>>;
  /** `refs/convert/<name>`, as the hub's own converter makes it for datasets. */
  readonly converts?: Readonly<Record<string, FileSpecs>>;
  readonly private?: boolean;
  readonly gated?: 'auto' | 'manual';
  readonly disabled?: boolean;
  readonly downloads?: number;
  readonly likes?: number;
  readonly lastModified?: string;
  /** The front matter of its card, as the hub has parsed it. */
  readonly card?: Readonly<Record<string, unknown>>;
  /** Ids that redirect to this repo. */
  readonly formerIds?: readonly string[];
}

export interface RepoFile {
  readonly content: Content;
  readonly lfs: boolean;
}

/** A repo with all its commits. */
export interface Repo extends Omit<RepoSpec, 'files' | 'branches' | 'tags' | 'pullRequests' | 'converts'> {
  readonly type: RepoType;
  /** Id with the prefix of its type (none for models): `datasets/org/name`. */
  readonly key: string;
  /** Full ref (`refs/heads/main`, `refs/pr/1`) to commit. */
  readonly refs: Map<string, string>;
  /** Commit to the files that it holds. Old ones stay. */
  readonly commits: Map<string, ReadonlyMap<string, RepoFile>>;
}

/** Builds a repo from data. Its commits are the same in every run. */
export function repoWith(spec: RepoSpec): Repo {
  const { files, branches = {}, tags = {}, pullRequests = {}, converts = {}, ...about } = spec;
  const type = spec.type ?? 'model';
  const repo: Repo = { ...about, type, key: repoKey(type, spec.id), refs: new Map(), commits: new Map() };
  commitTo(repo, files, 'refs/heads/main');
  for (const [name, held] of Object.entries(branches)) commitTo(repo, held, `refs/heads/${name}`);
  for (const [number, held] of Object.entries(pullRequests)) commitTo(repo, held, `refs/pr/${number}`);
  for (const [name, held] of Object.entries(converts)) commitTo(repo, held, `refs/convert/${name}`);
  for (const [tag, branch] of Object.entries(tags)) {
    const commit = repo.refs.get(`refs/heads/${branch}`);
    if (commit === undefined) throw new Error(`tag ${tag} names the branch ${branch}, which ${spec.id} lacks`);
    repo.refs.set(`refs/tags/${tag}`, commit);
  }
  return repo;
}

/** `org/name` for a model, `datasets/org/name` for a dataset, and so on: as in the addresses of files. */
export function repoKey(type: RepoType, id: string): string {
  return type === 'model' ? id : `${type}s/${id}`;
}

/** Makes a commit out of what `ref` holds and `changes` (null deletes a file), and moves `ref` to it. */
export function commitTo(repo: Repo, changes: Readonly<Record<string, FileSpec | null>>, ref: string): string {
  const parent = repo.refs.get(ref);
  const files = new Map(parent === undefined ? [] : repo.commits.get(parent));
  for (const [path, spec] of Object.entries(changes)) {
    if (spec === null) files.delete(path);
    else files.set(path, fileOf(spec));
  }
  const state = [...files].map(([path, { content, lfs }]) => [path, content.key, lfs]);
  const commit = createHash('sha1')
    .update(JSON.stringify([repo.key, ref, parent ?? null, state]))
    .digest('hex');
  repo.commits.set(commit, files);
  repo.refs.set(ref, commit);
  return commit;
}

/** The commit that a branch, a tag, a ref in full, or a full or unambiguous short commit names. */
export function resolveRevision(repo: Repo, revision: string): string | undefined {
  for (const ref of [`refs/heads/${revision}`, `refs/tags/${revision}`, revision]) {
    const commit = repo.refs.get(ref);
    if (commit !== undefined) return commit;
  }
  if (!/^[0-9a-f]{4,40}$/.test(revision)) return undefined;
  const matches = [...repo.commits.keys()].filter((commit) => commit.startsWith(revision));
  return matches.length === 1 ? matches[0] : undefined;
}

function fileOf(spec: FileSpec): RepoFile {
  if (typeof spec === 'string' || spec instanceof Uint8Array) return { content: contentOfBytes(spec), lfs: false };
  if ('size' in spec) {
    const { size, seed = 0, lfs = false } = spec;
    return { content: generatedContent({ size, seed }), lfs };
  }
  const { content, lfs = false } = spec;
  const isBytes = typeof content === 'string' || content instanceof Uint8Array;
  return { content: isBytes ? contentOfBytes(content) : content, lfs };
}
