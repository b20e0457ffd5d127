import { lchownSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuseForeignLinks } from '../../src/cache/foreign-links.js';
import { makeRepoFolder } from '../../src/cache/repo-folder.js';
import { putEntries } from '../../src/cache/snapshots.js';
import { writeRef } from '../../src/cache/refs.js';
import { below, commitOf, workplace } from './support.js';

const place = workplace();
const me = process.getuid?.();
const stranger = 65_534;

/** A link at `path` to an empty folder beside the cache's repo, made by `owner`. */
function plant(path: string, owner: number): string {
  const outside = join(place.folder, 'outside');
  mkdirSync(outside, { recursive: true });
  mkdirSync(join(path, '..'), { recursive: true });
  symlinkSync(outside, path);
  lchownSync(path, owner, owner);
  return outside;
}

describe.skipIf(me !== 0)('a link in the cache that somebody else made', () => {
  it.each(['.', 'blobs', 'snapshots', '.hub', '.hub/partial'])('is not followed for the folder %s', async (name) => {
    const outside = plant(join(place.layout.root, name), stranger);
    await expect(makeRepoFolder(place.layout, place.files)).rejects.toMatchObject({
      code: 'foreign-link',
      exitCode: 7,
    });
    expect(below(outside)).toEqual([]);
  });

  it('is not followed on the way to an entry, or to a ref', async () => {
    await makeRepoFolder(place.layout, place.files);
    const commit = commitOf('a');
    const digest = { algorithm: 'sha256', hex: 'b'.repeat(64) } as const;
    const outside = plant(join(place.layout.snapshots, commit, 'sub'), stranger);
    const entries = [{ path: 'sub/deep/file', size: 1, digest, gitOid: 'c'.repeat(40) }];
    const put = putEntries(place.layout, place.files, { commit, entries, symlinks: true });
    await expect(put).rejects.toMatchObject({ code: 'foreign-link' });
    plant(join(place.layout.root, 'refs'), stranger);
    const write = writeRef(place.layout, place.files, { revision: 'main', commit });
    await expect(write).rejects.toMatchObject({ code: 'foreign-link' });
    expect(below(outside)).toEqual([]);
  });

  it('names its owner', () => {
    const path = join(place.folder, 'repo');
    plant(path, 4_242);
    expect(() => refuseForeignLinks(place.folder, join(path, 'below'))).toThrow(/user 4242 made/);
  });
});

describe.skipIf(me === undefined)('a link of one’s own', () => {
  it('is followed: the repo stands on another disk', async () => {
    const outside = plant(place.layout.root, me ?? 0);
    await makeRepoFolder(place.layout, place.files);
    expect(below(outside)).toContain('blobs');
  });
});
