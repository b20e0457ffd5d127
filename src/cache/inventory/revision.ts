import { type Dirent, existsSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { type CommitHash, asCommitHash } from '../../repo/listing.js';
import type { Blob, Entry, Finding, Ref, Revision } from '../../retention/inventory.js';
import type { RepoLayout } from '../layout.js';
import { contentOf, filesIn } from './content.js';
import type { CommitRecord } from './requests.js';

interface Surroundings {
  readonly blobs: ReadonlyMap<string, Blob>;
  readonly refs: readonly Ref[];
  readonly records: ReadonlyMap<CommitHash, CommitRecord>;
  readonly findings: Finding[];
}

/** What `snapshots/<commit>` holds; undefined for what is no revision. */
export function takeRevision(layout: RepoLayout, item: Dirent, around: Surroundings): Revision | undefined {
  const { findings, refs, records, blobs } = around;
  const path = join(layout.snapshots, item.name);
  const commit = asCommitHash(item.name);
  if (!item.isDirectory() || commit === undefined) {
    findings.push({ kind: 'foreign', path, reason: "no commit's folder" });
    return undefined;
  }
  const byInode = new Map(Array.from(blobs.values(), (blob) => [blob.inode, blob.name]));
  const entries = entriesBelow(path, { layout, blobs, byInode, findings, prefix: '', depth: 0 });
  const recorded = records.get(commit)?.lastUsedMs;
  const modifiedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const accessedMs = entries.reduce((latest, { content }) => Math.max(latest, content.accessedMs), 0);
  return {
    commit,
    path,
    entries,
    refs: refs.filter((ref) => ref.commit === commit).map(({ name }) => name),
    lastUsedMs: recorded ?? (accessedMs === 0 ? modifiedMs : accessedMs),
    lastUsedBy: recorded === undefined ? 'access-time' : 'record',
    modifiedMs,
  };
}

interface Walk {
  readonly layout: RepoLayout;
  readonly blobs: ReadonlyMap<string, Blob>;
  readonly byInode: ReadonlyMap<string, string>;
  readonly findings: Finding[];
  /** The path in the repo, with a `/` at its end. */
  readonly prefix: string;
  readonly depth: number;
}

function entriesBelow(folder: string, walk: Walk): Entry[] {
  const entries: Entry[] = [];
  for (const item of filesIn(folder, walk.findings)) {
    const path = `${walk.prefix}${item.name}`;
    const place = `${folder}${sep}${item.name}`;
    if (item.isDirectory()) {
      entries.push(...entriesBelow(place, { ...walk, prefix: `${path}/`, depth: walk.depth + 1 }));
      continue;
    }
    const entry = item.isSymbolicLink() ? linkedEntry(path, place, walk) : regularEntry(path, place, walk);
    if (typeof entry === 'string') walk.findings.push({ kind: 'broken', path: place, reason: entry });
    else entries.push(entry);
  }
  return entries;
}

function regularEntry(path: string, place: string, { byInode }: Walk): Entry | string {
  const content = contentOf(place);
  return content === undefined ? 'no file' : { path, blob: byInode.get(content.inode), isLink: false, content };
}

/** @returns what is wrong with the link, if something is */
function linkedEntry(path: string, place: string, { layout, blobs, byInode, depth }: Walk): Entry | string {
  let target: string;
  try {
    target = readlinkSync(place);
  } catch {
    return "a link that can't be read";
  }
  const expected = `${'../'.repeat(depth + 2)}blobs/`;
  const name = target.startsWith(expected) ? target.slice(expected.length) : blobOfOtherLink(layout, place, target);
  const blob = name === undefined ? undefined : blobs.get(name);
  if (blob !== undefined) return { path, blob: blob.name, isLink: true, content: blob };
  const content = contentOf(place);
  if (content === undefined)
    return existsSync(place) ? `a link to a folder (${target})` : `a link to nothing (${target})`;
  // Readers find it. Whatever way it takes, it needs the blob that has these bytes.
  return { path, blob: byInode.get(content.inode), isLink: true, content };
}

/** An absolute link, or one that takes another way to `blobs/`. */
function blobOfOtherLink({ blobs }: RepoLayout, place: string, target: string): string | undefined {
  try {
    const folder = realpathSync(resolve(dirname(place), dirname(target)));
    return folder === realpathSync(blobs) ? basename(target) : undefined;
  } catch {
    return undefined;
  }
}
