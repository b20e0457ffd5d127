import { lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartialFile } from '../../retention/inventory.js';
import { totalBytes } from '../../transfer/segments.js';
import { decodeJournal } from '../journal.js';
import type { RepoLayout } from '../layout.js';
import { type FoundPartial, listPartials } from '../partials.js';

/** What our own downloads have left, or are at. */
export async function takePartials(layout: RepoLayout): Promise<PartialFile[]> {
  const found = await listPartials(layout).catch(() => []);
  const partials = await Promise.all(found.map(takePartial));
  return partials.filter((partial) => partial !== undefined);
}

async function takePartial({ path, hex, writer }: FoundPartial): Promise<PartialFile | undefined> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const bytes = stats.isDirectory() ? lstatSync(join(path, 'bytes'), { throwIfNoEntry: false }) : stats;
  const { bytesHere, size } = stats.isDirectory() ? await recordedIn(path) : { bytesHere: stats.size, size: undefined };
  return {
    path,
    blob: hex,
    tool: 'hub',
    writer,
    bytesHere,
    size,
    bytesOnDisk: (bytes?.blocks ?? 0) * 512,
    modifiedMs: Math.max(stats.mtimeMs, bytes?.mtimeMs ?? 0),
  };
}

async function recordedIn(folder: string): Promise<{ bytesHere: number; size: number | undefined }> {
  const journal = await readFile(join(folder, 'journal')).then(decodeJournal, () => undefined);
  if (journal?.kind !== 'known') return { bytesHere: 0, size: undefined };
  return { bytesHere: totalBytes(journal.haves), size: journal.header.size };
}
