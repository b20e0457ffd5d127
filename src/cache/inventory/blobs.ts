import { type Dirent, lstatSync, readlinkSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { Blob, Finding, PartialFile } from '../../retention/inventory.js';
import type { RepoLayout } from '../layout.js';
import { asContent, contentOf, filesIn } from './content.js';

interface FoundBlobs {
  readonly blobs: Map<string, Blob>;
  /** What Python's tools leave of downloads that did not end well. */
  readonly incomplete: PartialFile[];
}

/** What `blobs/` holds. */
export function takeBlobs(layout: RepoLayout, findings: Finding[]): FoundBlobs {
  const found: FoundBlobs = { blobs: new Map(), incomplete: [] };
  for (const item of filesIn(layout.blobs, findings, 'may be missing')) {
    const path = `${layout.blobs}${sep}${item.name}`;
    const leftover = parsePythonLeftover(item.name);
    if (leftover !== undefined) found.incomplete.push(...asPartial(path, leftover));
    else takeBlob(layout, item, { path, found, findings });
  }
  return found;
}

function takeBlob(
  layout: RepoLayout,
  item: Dirent,
  { path, found, findings }: { path: string; found: FoundBlobs; findings: Finding[] },
): void {
  const content = contentOf(path);
  if (content === undefined) {
    const reason = item.isSymbolicLink() ? 'a link to nothing' : 'no file';
    findings.push({ kind: item.isSymbolicLink() ? 'broken' : 'foreign', path, reason });
    return;
  }
  const isInStore = item.isSymbolicLink() && leadsIntoStore(layout, path);
  found.blobs.set(item.name, { ...content, name: item.name, isInStore });
  if (!isDigest(item.name)) findings.push({ kind: 'foreign', path, reason: 'its name is no digest' });
}

/** sha-256, or git's sha-1. */
function isDigest(name: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name);
}

function leadsIntoStore({ cacheDir, blobs }: RepoLayout, path: string): boolean {
  return resolve(blobs, readlinkSync(path)).startsWith(join(cacheDir, 'blobs') + sep);
}

/** Names that huggingface_hub gives to what is not whole, or is on its way to another place. */
function parsePythonLeftover(name: string): { blob: string | undefined } | undefined {
  const match =
    /^\.?([0-9a-f]{40,64})(?:\.[0-9a-f]{8})?\.(?:incomplete|shared|new|old)$/.exec(name) ?? /^tmp_[\w-]+$/.exec(name);
  return match === null ? undefined : { blob: match[1] };
}

function asPartial(path: string, { blob }: { blob: string | undefined }): PartialFile[] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  const { size, modifiedMs } = asContent(stats);
  const bytesOnDisk = stats.blocks * 512;
  return [{ path, blob, tool: 'python', writer: undefined, bytesHere: size, size: undefined, bytesOnDisk, modifiedMs }];
}
