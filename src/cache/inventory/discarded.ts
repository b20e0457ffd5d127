import { lstatSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { asCommitHash } from '../../repo/listing.js';
import type { Blob, Discarded, Entry } from '../../retention/inventory.js';
import type { RepoLayout } from '../layout.js';
import { asContent, filesIn } from './content.js';

/** What a removal that was killed has left in our trash. */
export function takeDiscarded({ trash }: RepoLayout, blobs: ReadonlyMap<string, Blob>): Discarded[] {
  const byInode = new Map(Array.from(blobs.values(), (blob) => [blob.inode, blob.name]));
  return filesIn(trash, [], 'may be missing').map(({ name }) => ({
    path: join(trash, name),
    commit: asCommitHash(name.split('.')[0] ?? ''),
    entries: entriesAt(join(trash, name), { blobs, byInode, path: name }),
  }));
}

interface Walk {
  readonly blobs: ReadonlyMap<string, Blob>;
  readonly byInode: ReadonlyMap<string, string>;
  readonly path: string;
}

/** Links have been moved and lead nowhere; the names of their blobs are what matters. */
function entriesAt(place: string, { blobs, byInode, path }: Walk): Entry[] {
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.isDirectory()) {
    return filesIn(place, []).flatMap(({ name }) =>
      entriesAt(join(place, name), { blobs, byInode, path: `${path}/${name}` }),
    );
  }
  if (stats.isSymbolicLink()) {
    const blob = blobs.get(basename(readlinkSync(place)));
    return blob === undefined ? [] : [{ path, blob: blob.name, isLink: true, content: blob }];
  }
  const content = asContent(stats);
  const blob = blobs.get(byInode.get(content.inode) ?? '');
  if (blob !== undefined) return [{ path, blob: blob.name, isLink: false, content: blob }];
  // A partial file is sparse.
  const size = Math.min(content.size, stats.blocks * 512);
  return [{ path, blob: undefined, isLink: false, content: { ...content, size } }];
}
