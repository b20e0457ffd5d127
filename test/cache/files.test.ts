import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CacheFiles } from '../../src/cache/files.js';
import { below, workplace } from './support.js';

const place = workplace();

let mask: number;
beforeEach(() => {
  mask = process.umask(0o022);
});
afterEach(() => process.umask(mask));

function modeOf(path: string): string {
  return (statSync(join(place.folder, path)).mode & 0o7777).toString(8);
}

/** Makes a folder in a folder, a file and a replaced file, and tells their modes. */
async function modesMade({ umask, root }: { umask: number; root: number }): Promise<Record<string, string>> {
  chmodSync(place.folder, root);
  process.umask(umask);
  const files = new CacheFiles(place.folder);
  await files.makeFolder(join(place.folder, 'a', 'b'));
  await (await files.create(join(place.folder, 'a', 'created'))).close();
  await files.replace(join(place.folder, 'a', 'replaced'), 'text');
  return { outer: modeOf('a'), inner: modeOf('a/b'), created: modeOf('a/created'), replaced: modeOf('a/replaced') };
}

describe.skipIf(process.platform === 'win32')('CacheFiles: modes', () => {
  it('are the umask’s in a root of one’s own', async () => {
    expect(await modesMade({ umask: 0o022, root: 0o700 })).toEqual({
      outer: '755',
      inner: '755',
      created: '644',
      replaced: '644',
    });
    expect(modeOf('.')).toBe('700');
  });

  it('have the root’s bits for its group too, and its setgid bit, whatever the umask', async () => {
    expect(await modesMade({ umask: 0o077, root: 0o2775 })).toEqual({
      outer: '2775',
      inner: '2775',
      created: '664',
      replaced: '664',
    });
  });

  it('have the root’s bits for all', async () => {
    expect(await modesMade({ umask: 0o077, root: 0o777 })).toEqual({
      outer: '777',
      inner: '777',
      created: '666',
      replaced: '666',
    });
  });

  it('are left alone where the folder was there', async () => {
    mkdirSync(join(place.folder, 'a'), { mode: 0o700 });
    expect(await modesMade({ umask: 0o022, root: 0o775 })).toMatchObject({ outer: '700', inner: '775' });
  });

  it('are the umask’s where the root itself is made', async () => {
    process.umask(0o027);
    const root = join(place.folder, 'new', 'top');
    await new CacheFiles(root).makeFolder(join(root, 'a'));
    expect([modeOf('new'), modeOf('new/top'), modeOf('new/top/a')]).toEqual(['750', '750', '750']);
  });
});

describe('CacheFiles', () => {
  it('creates only what is not there', async () => {
    writeFileSync(join(place.folder, 'there'), 'mine');
    await expect(place.files.create(join(place.folder, 'there'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(join(place.folder, 'there'), 'utf8')).toBe('mine');
  });

  it('replaces a file as a whole, by a rename', async () => {
    const path = join(place.folder, 'sub', 'file');
    await place.files.replace(path, 'first');
    const before = statSync(path).ino;
    linkSync(path, join(place.folder, 'old'));
    await place.files.replace(path, 'second');
    expect(readFileSync(path, 'utf8')).toBe('second');
    expect(readFileSync(join(place.folder, 'old'), 'utf8')).toBe('first');
    expect(statSync(path).ino).not.toBe(before);
    expect(below(join(place.folder, 'sub'))).toEqual(['file']);
  });

  it('leaves nothing behind when it can’t replace', async () => {
    mkdirSync(join(place.folder, 'taken', 'full'), { recursive: true });
    await expect(place.files.replace(join(place.folder, 'taken'), 'text')).rejects.toThrow();
    expect(below(place.folder)).toEqual(['taken', 'taken/full']);
  });
});
