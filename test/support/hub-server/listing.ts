import { createHash } from 'node:crypto';
import { gateOf } from './access.js';
import { gitOidOf, lfsPointerOf, sha256Of } from './content.js';
import type { Repo, RepoFile } from './repos.js';
import type { Asked } from './state.js';

/** An entry of `tree` and `paths-info`, as the hub writes it. */
export interface TreeEntry {
  readonly type: 'file' | 'directory';
  readonly path: string;
  readonly oid: string;
  readonly size: number;
  readonly lfs?: { readonly oid: string; readonly size: number; readonly pointerSize: number };
  readonly xetHash?: string;
}

export type RepoFiles = ReadonlyMap<string, RepoFile>;

/** All paths of a commit in the hub's order, folders included; undefined for a folder. */
export function pathsOf(files: RepoFiles): Map<string, RepoFile | undefined> {
  const paths = new Map<string, RepoFile | undefined>(files);
  for (const path of files.keys()) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      if (!paths.has(folder)) paths.set(folder, undefined);
    }
  }
  return new Map([...paths].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whoever may not read a gated repo sees its listing, but an asterisk for each digit of the Xet hashes. */
export async function entryOf(
  [path, file]: readonly [string, RepoFile | undefined],
  { repo, viewer }: { repo: Repo; viewer: Asked['viewer'] },
): Promise<TreeEntry> {
  if (file === undefined) {
    return { type: 'directory', path, oid: createHash('sha1').update(`tree ${path}`).digest('hex'), size: 0 };
  }
  const { content, lfs } = file;
  if (!lfs) return { type: 'file', path, oid: await gitOidOf(content), size: content.size };
  const sha256 = await sha256Of(content);
  const pointer = await lfsPointerOf(content);
  const xetHash = createHash('sha256').update(`xet ${sha256}`).digest('hex');
  return {
    type: 'file',
    path,
    oid: await gitOidOf(pointer),
    size: content.size,
    lfs: { oid: sha256, size: content.size, pointerSize: pointer.size },
    xetHash: gateOf(repo, viewer) === undefined ? xetHash : '*'.repeat(64),
  };
}
