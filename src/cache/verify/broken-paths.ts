import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { basename, sep } from 'node:path';
import { asCommitHash } from '../../repo/listing.js';
import type { CachedRepo, Finding } from '../../retention/inventory.js';
import { type DanglingEntry, type Problem, digestOfBlobName } from '../../retention/verification.js';
import { isSystemError, ownerName, reasonOf } from '../disk-errors.js';
import type { RepoLayout } from '../layout.js';

/** What the inventory could not follow or did not understand, looked at once more. */
export interface BrokenPaths {
  readonly dangling: DanglingEntry[];
  readonly problems: Problem[];
}

export function examineFindings(layout: RepoLayout, { findings }: Pick<CachedRepo, 'findings'>): BrokenPaths {
  const found: BrokenPaths = { dangling: [], problems: [] };
  for (const finding of findings) {
    const entry = finding.kind === 'broken' ? danglingEntry(layout, finding.path) : undefined;
    if (entry === undefined) found.problems.push(problemOf(layout, finding));
    else found.dangling.push(entry);
  }
  const named = new Set(found.dangling.map(({ blob }) => blob));
  return {
    ...found,
    problems: found.problems.filter(({ state, digest }) => !(state === 'dangling' && named.has(digest?.hex))),
  };
}

/** A finding that no repo has, as a line of the report. */
export function foreignPath({ path, reason, kind }: Finding): Problem {
  const state = kind === 'foreign' ? 'foreign' : 'unreadable';
  return { state, path: undefined, revisions: [], location: path, digest: undefined, size: undefined, reason };
}

function problemOf(layout: RepoLayout, finding: Finding): Problem {
  const problem = foreignPath(finding);
  if (finding.kind === 'foreign') return problem;
  const { path } = finding;
  if (path.startsWith(layout.refs + sep)) return { ...problem, state: 'broken-ref' };
  const isBlob = path.startsWith(layout.blobs + sep);
  // Into Python's shared store, which has lost it. Entries that lead there have lines of their own.
  if (isBlob && isDangling(path)) return { ...problem, state: 'dangling', digest: digestOfBlobName(basename(path)) };
  return problem;
}

function danglingEntry({ snapshots }: RepoLayout, path: string): DanglingEntry | undefined {
  if (!path.startsWith(snapshots + sep)) return undefined;
  const [folder = '', ...names] = path.slice(snapshots.length + 1).split(sep);
  const commit = asCommitHash(folder);
  if (commit === undefined || names.length === 0 || !isDangling(path)) return undefined;
  const blob = basename(readlinkSync(path));
  return {
    path: names.join('/'),
    commit,
    blob: digestOfBlobName(blob) === undefined ? undefined : blob,
    location: path,
  };
}

function isDangling(path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return false;
  try {
    statSync(path);
    return false;
  } catch (error) {
    return isSystemError(error, 'ENOENT', 'ENOTDIR', 'ELOOP');
  }
}

/** Why the bytes of a file can't be had, and what can be done about it. */
export function unreadable(error: unknown, path: string): string {
  if (!isSystemError(error, 'EACCES', 'EPERM')) return reasonOf(error, path);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 'no permission';
  const mode = (stats.mode & 0o7777).toString(8);
  return `no permission: it belongs to ${ownerName(stats.uid)}, mode ${mode}; its owner can open it with chmod a+r`;
}
