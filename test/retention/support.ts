import type { CommitHash } from '../../src/repo/listing.js';
import type {
  Blob,
  CachedRepo,
  Discarded,
  Inventory,
  PartialFile,
  Revision,
  UnfinishedRequest,
} from '../../src/retention/inventory.js';
import { commitOf } from '../support/cache-builder.js';

export const nowMs = Date.UTC(2026, 0, 1);

export interface RepoInMemory {
  /** Blob to its size; `links` of 2: somebody else has the same content. */
  readonly blobs?: Readonly<
    Record<string, number | { size: number; links?: number; inode?: string; inStore?: true; ageMs?: number }>
  >;
  /** The commit's digit to its files: path to blob. */
  readonly revisions?: Readonly<
    Record<
      string,
      { files: Readonly<Record<string, string>>; refs?: readonly string[]; ageMs?: number; by?: Revision['lastUsedBy'] }
    >
  >;
  readonly requests?: Readonly<
    Record<string, { blobs: readonly string[]; partials?: readonly string[]; ageMs?: number }>
  >;
  readonly partials?: Readonly<Record<string, { bytes: number; tool?: 'hub' | 'python'; ageMs?: number }>>;
  readonly discarded?: Readonly<Record<string, readonly string[]>>;
}

/** A cache as the inventory tells it, without a disk. */
export function inventoryOf(repos: Readonly<Record<string, RepoInMemory>>): Inventory {
  const built = Object.entries(repos).map(([name, repo]) => repoOf(name, repo));
  return { cacheDir: '/cache', repos: built, store: undefined, findings: [] };
}

export function repoOf(name: string, about: RepoInMemory): CachedRepo {
  const folder = `models--${name.replace('/', '--')}`;
  const path = `/cache/${folder}`;
  const blobs = new Map<string, Blob>();
  for (const [blob, given] of Object.entries(about.blobs ?? {})) {
    const {
      size,
      links = 1,
      inode = `${name}:${blob}`,
      inStore,
      ageMs = 0,
    } = typeof given === 'number' ? { size: given } : given;
    const times = { modifiedMs: nowMs - ageMs, accessedMs: nowMs - ageMs };
    blobs.set(blob, { name: blob, size, links, inode, isInStore: inStore === true, ...times });
  }
  const entry = (file: string, blob: string) => {
    const content = blobs.get(blob);
    if (content === undefined) throw new Error(`no blob ${blob}`);
    return { path: file, blob, isLink: true, content };
  };
  const revisions = Object.entries(about.revisions ?? {}).map(
    ([digit, { files, refs = [], ageMs = 0, by = 'record' }]): Revision => ({
      commit: commitOf(digit),
      path: `${path}/snapshots/${commitOf(digit)}`,
      entries: Object.entries(files).map(([file, blob]) => entry(file, blob)),
      refs,
      lastUsedMs: nowMs - ageMs,
      lastUsedBy: by,
      modifiedMs: nowMs - ageMs,
    }),
  );
  return {
    repo: { type: 'model', name },
    folder,
    path,
    blobs,
    revisions,
    refs: revisions.flatMap(({ refs, commit }) => refs.map((ref) => ({ name: ref, commit }))),
    partials: Object.entries(about.partials ?? {}).map(([file, { bytes, tool = 'hub', ageMs = 0 }]): PartialFile => ({
      path: file,
      blob: undefined,
      tool,
      writer: undefined,
      bytesHere: bytes,
      size: undefined,
      bytesOnDisk: bytes,
      modifiedMs: nowMs - ageMs,
    })),
    requests: Object.entries(about.requests ?? {}).map(
      ([digit, { blobs: names, partials = [], ageMs = 0 }]): UnfinishedRequest => ({
        commit: commitOf(digit),
        revision: 'main',
        begunMs: nowMs - ageMs,
        blobs: names,
        partials,
        touchedMs: nowMs - ageMs,
      }),
    ),
    discarded: Object.entries(about.discarded ?? {}).map(([digit, names]): Discarded => ({
      path: `${path}/.hub/trash/${digit}`,
      commit: commitOf(digit),
      entries: names.map((blob) => entry(blob, blob)),
    })),
    findings: [],
  };
}

/** What is chosen, as words: `org/a 111`, `org/a partial p`. */
export function wordsOf(targets: ReadonlyMap<CachedRepo, readonly object[]>): string[] {
  return Array.from(targets).flatMap(([repo, its]) =>
    its.map((target) => {
      const { kind, commit, path, name } = target as {
        kind: string;
        commit?: CommitHash;
        path?: string;
        name?: string;
      };
      return `${repo.repo.name} ${kind} ${commit?.slice(0, 3) ?? path ?? name ?? ''}`;
    }),
  );
}
