import { describe, expect, it } from 'vitest';
import { type BlobFile, bytesToSave, findDuplicates } from '../../src/retention/duplicates.js';

function blob(name: string, inode: number, more: Partial<BlobFile> = {}): BlobFile {
  const repo = { type: 'model', name } as const;
  const access = '0:0:292';
  return { repo, path: `/${name}`, hex: 'a', size: 10, device: 1, inode, links: 1, access, accessedMs: -inode, ...more };
}

const found = (...blobs: BlobFile[]) =>
  findDuplicates(blobs).map(({ kept, replaced }) => [kept.path, ...replaced.map(({ path }) => path)]);

describe('findDuplicates', () => {
  it('keeps the file with the most names, of these the one that was used last', () => {
    expect(found(blob('b', 2), blob('a', 1), blob('c', 3))).toEqual([['/a', '/b', '/c']]);
    expect(found(blob('b', 2, { links: 2 }), blob('a', 1), blob('c', 2, { links: 2 }))).toEqual([['/b', '/a']]);
  });

  it('leaves alone what is one file already, or differs in name, size, disk or who may read it', () => {
    expect(found(blob('a', 1, { links: 2 }), blob('b', 1, { links: 2 }))).toEqual([]);
    for (const other of [{ hex: 'b' }, { size: 11 }, { device: 2 }, { access: '1:0:256' }]) {
      expect(found(blob('a', 1), blob('b', 2, other))).toEqual([]);
    }
  });

  it('never replaces a file that has names elsewhere, since it would stay', () => {
    expect(found(blob('a', 1, { links: 3 }), blob('b', 2, { links: 2 }))).toEqual([]);
  });

  it('counts what is freed once for all names of a file', () => {
    const kept = blob('a', 1, { links: 3 });
    const [set] = findDuplicates([kept, blob('b', 2, { links: 2 }), blob('c', 2, { links: 2 }), blob('d', 4)]);
    expect(set && bytesToSave(set)).toBe(20);
  });
});
