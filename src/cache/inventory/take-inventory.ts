import { type Dirent, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { CommitHash } from '../../repo/listing.js';
import { type RepoId, repoTypes } from '../../repo/reference.js';
import { faultOfRepoName } from '../../repo/repo-name.js';
import type { CachedRepo, Content, Finding, Inventory, Ref, Revision, SharedStore } from '../../retention/inventory.js';
import { type RepoLayout, repoLayout } from '../layout.js';
import { takeBlobs } from './blobs.js';
import { takeDiscarded } from './discarded.js';
import { contentOf, filesIn } from './content.js';
import { takePartials } from './partials.js';
import { takeRefs } from './refs.js';
import { takeRequests, type CommitRecord } from './requests.js';
import { takeRevision } from './revision.js';

/**
 * Finds out what a cache holds: reads names and numbers, and never a file's content but records of a few kB. What can't
 * be read or understood is a finding, never an error. Writes nothing, so that a read-only cache will do.
 *
 * Synchronous inside of a repo: a look costs microseconds this way, and ten times that through the thread pool.
 *
 * @param wanted  only these repos; all where absent
 * @throws HubError  the signal's reason
 */
export async function takeInventory(
  cacheDir: string,
  { wanted, signal }: { wanted?: (repo: RepoId) => boolean; signal: AbortSignal },
): Promise<Inventory> {
  const findings: Finding[] = [];
  const repos: CachedRepo[] = [];
  let store: SharedStore | undefined;
  for (const item of filesIn(cacheDir, findings, 'may be missing')) {
    if (!item.isDirectory() && !item.isSymbolicLink() && ordinaryNames.has(item.name)) continue;
    if (item.name === '.locks') continue;
    const path = join(cacheDir, item.name);
    const storeHere = item.name === 'blobs' ? takeStore(path, findings) : undefined;
    if (storeHere !== undefined) {
      store = storeHere;
      continue;
    }
    const repo = parseRepoFolder(item.name);
    if (repo === undefined || !isFolder(path)) {
      findings.push({ kind: 'foreign', path, reason: 'not the folder of a repo' });
      continue;
    }
    if (wanted?.(repo) === false) continue;
    repos.push(await takeRepo(cacheDir, repo));
    // Between two repos, so that an interrupt is heard.
    await setImmediate();
    signal.throwIfAborted();
  }
  repos.sort((a, b) => (a.folder < b.folder ? -1 : 1));
  return { cacheDir, repos, store, findings };
}

/** What lies in a cache's top folder beside repos: of the standard for cache folders, of desktops, of old transformers. */
const ordinaryNames = new Set(['CACHEDIR.TAG', '.DS_Store', 'Thumbs.db', 'desktop.ini', 'version.txt']);

/** The repo whose folder bears a name; undefined where it is no such name. */
export function parseRepoFolder(folder: string): RepoId | undefined {
  const type = repoTypes.find((it) => folder.startsWith(`${it}s--`));
  if (type === undefined) return undefined;
  const name = folder.slice(`${type}s--`.length).replaceAll('--', '/');
  return faultOfRepoName(name) === undefined ? { type, name } : undefined;
}

/** The same of one repo, whose folder may be missing. */
export async function takeRepo(cacheDir: string, repo: RepoId): Promise<CachedRepo> {
  const layout = repoLayout(cacheDir, repo);
  const findings: Finding[] = [];
  for (const item of filesIn(layout.root, findings, 'may be missing')) {
    if (ordinaryParts.has(item.name)) continue;
    findings.push({ kind: 'foreign', path: join(layout.root, item.name), reason: 'no part of a repo' });
  }
  const { blobs, incomplete } = takeBlobs(layout, findings);
  const refs = takeRefs(layout, findings);
  const partials = [...(await takePartials(layout)), ...incomplete];
  const { requests, records } = await takeRequests(layout, { blobs, partials });
  return {
    repo,
    folder: layout.root.slice(cacheDir.length + 1),
    path: layout.root,
    blobs,
    refs,
    revisions: takeRevisions(layout, { blobs, refs, records, findings }),
    partials,
    requests,
    discarded: takeDiscarded(layout, blobs),
    findings,
  };
}

const ordinaryParts = new Set(['blobs', 'refs', 'snapshots', 'trees', '.no_exist', '.hub', '.DS_Store']);

function takeRevisions(
  layout: RepoLayout,
  found: {
    blobs: CachedRepo['blobs'];
    refs: readonly Ref[];
    records: ReadonlyMap<CommitHash, CommitRecord>;
    findings: Finding[];
  },
): Revision[] {
  const { refs, findings } = found;
  const revisions: Revision[] = [];
  for (const item of filesIn(layout.snapshots, findings, 'may be missing')) {
    const revision = takeRevision(layout, item, found);
    if (revision !== undefined) revisions.push(revision);
  }
  const commits = new Set(revisions.map(({ commit }) => commit));
  for (const { name, commit } of refs) {
    if (commits.has(commit)) continue;
    const reason = `names ${commit.slice(0, 10)}, of which nothing is here`;
    findings.push({ kind: 'broken', path: join(layout.refs, name), reason });
  }
  return revisions;
}

/** facts of huggingface_hub 1.32 and later: `<cache>/blobs` is its store where the marker says so. */
function takeStore(path: string, findings: Finding[]): SharedStore | undefined {
  try {
    readFileSync(join(path, '.huggingface-shared-blobs'));
  } catch {
    return undefined;
  }
  const payloads: Content[] = [];
  const isPayload = ({ name }: Dirent) => /^[0-9a-f]{64}$/.test(name);
  for (const shard of filesIn(path, findings)) {
    if (!shard.isDirectory()) continue;
    const folder = join(path, shard.name);
    for (const item of filesIn(folder, findings)) {
      const content = isPayload(item) ? contentOf(join(folder, item.name)) : undefined;
      if (content !== undefined) payloads.push(content);
    }
  }
  return { path, payloads };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
