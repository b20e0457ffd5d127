import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobState } from '../../src/cache/blobs.js';
import { hasSymlinks } from '../../src/cache/file-system.js';
import { blobPath, entryPath } from '../../src/cache/layout.js';
import { makeRepoFolder } from '../../src/cache/repo-folder.js';
import { isEntryRight, isRegularEntry, putEntries } from '../../src/cache/snapshots.js';
import type { ListedFile } from '../../src/repo/listing.js';
import { gitSha1Of } from '../transfer/fakes.js';
import { asNobody, below, commitOf, workplace } from './support.js';

const place = workplace();
const commit = commitOf('c');

function fileOf(path: string, text = path): ListedFile {
  const digest = gitSha1Of(Buffer.from(text));
  return { path, size: Buffer.byteLength(text), digest, gitOid: digest.hex };
}

function putBlob({ path, digest }: ListedFile, text = path): void {
  mkdirSync(place.layout.blobs, { recursive: true });
  writeFileSync(blobPath(place.layout, digest), text);
}

function entry({ path }: ListedFile): string {
  const at = entryPath(place.layout, commit, path);
  mkdirSync(dirname(at), { recursive: true });
  return at;
}

async function put(file: ListedFile, symlinks = true): Promise<void> {
  await makeRepoFolder(place.layout, place.files);
  return putEntries(place.layout, place.files, { commit, entries: [file], symlinks });
}

function canRefuseHardLinks(): boolean {
  const path = '/proc/sys/fs/protected_hardlinks';
  const can = process.getuid?.() === 0 && existsSync(path) && readFileSync(path, 'utf8').trim() === '1';
  if (!can) console.warn('SKIPPED: only root, on Linux with fs.protected_hardlinks, can refuse hard links here');
  return can;
}

function foldersBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const folders = entries.filter((it) => it.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
  return [folder, ...folders];
}

describe('putEntries with links', () => {
  it.each([
    ['config.json', '../../blobs/'],
    ['onnx/model.onnx', '../../../blobs/'],
    ['a/b/c/d.bin', '../../../../../blobs/'],
  ])('puts %s there as a relative link', async (path, up) => {
    const file = fileOf(path);
    putBlob(file);
    await put(file);
    const at = entryPath(place.layout, commit, path);
    expect(readlinkSync(at)).toBe(`${up}${file.digest.hex}`);
    expect(readFileSync(at, 'utf8')).toBe(path);
    expect(below(place.layout.partials)).toEqual([]);
  });

  it('leaves a right link as it is', async () => {
    const file = fileOf('config.json');
    putBlob(file);
    await put(file);
    lutimesSync(entry(file), 1000, 1000);
    await put(file);
    expect(lstatSync(entry(file)).mtimeMs).toBe(1_000_000);
  });

  it('replaces a link that leads elsewhere, nowhere, or the long way', async () => {
    const file = fileOf('config.json');
    const other = fileOf('config.json', 'other.json!');
    putBlob(file);
    putBlob(other, 'other.json!');
    for (const target of [`../../blobs/${other.digest.hex}`, '../../blobs/gone', blobPath(place.layout, file.digest)]) {
      symlinkSync(target, `${entry(file)}.new`);
      renameSync(`${entry(file)}.new`, entry(file));
      await put(file);
      expect(readlinkSync(entry(file))).toBe(`../../blobs/${file.digest.hex}`);
    }
  });

  it('leaves a regular file of another tool as it is while there is no blob, and links it once there is', async () => {
    const file = fileOf('config.json');
    writeFileSync(entry(file), 'config.json');
    expect(isEntryRight(place.layout, file, { commit, symlinks: true })).toBe(true);
    await put(file);
    expect(lstatSync(entry(file)).isFile()).toBe(true);
    putBlob(file);
    await put(file);
    expect(lstatSync(entry(file)).isSymbolicLink()).toBe(true);
  });

  it('replaces a regular file of another size', async () => {
    const file = fileOf('config.json');
    putBlob(file);
    writeFileSync(entry(file), 'short');
    await put(file);
    expect(readFileSync(entry(file), 'utf8')).toBe('config.json');
  });
});

describe('putEntries without links', () => {
  it('makes a hard link, once', async () => {
    const file = fileOf('deep/er/config.json');
    putBlob(file);
    await put(file, false);
    await put(file, false);
    expect(statSync(entry(file)).ino).toBe(statSync(blobPath(place.layout, file.digest)).ino);
    expect(statSync(entry(file)).nlink).toBe(2);
    expect(below(place.layout.partials)).toEqual([]);
  });

  it('replaces a link by the file itself', async () => {
    const file = fileOf('config.json');
    putBlob(file);
    await put(file);
    await put(file, false);
    expect(lstatSync(entry(file)).isFile()).toBe(true);
  });

  it('leaves nothing beside an entry that is that hard link already but of a strange size', async () => {
    const file = { ...fileOf('config.json'), size: 3 };
    putBlob(file);
    linkSync(blobPath(place.layout, file.digest), entry(file));
    await put(file, false);
    expect(below(place.layout.partials)).toEqual([]);
  });
});

describe.skipIf(!canRefuseHardLinks())('putEntries where there are no hard links either', () => {
  // The system refuses a hard link to another user's file (fs.protected_hardlinks), and moves it all the same.
  const putAsNobody = async (files: readonly ListedFile[]) => {
    await makeRepoFolder(place.layout, place.files);
    for (const folder of [place.folder, ...foldersBelow(place.layout.root)]) chmodSync(folder, 0o777);
    await asNobody(() => putEntries(place.layout, place.files, { commit, entries: files, symlinks: false }));
  };

  it('moves the blob, as Python does', async () => {
    const file = fileOf('config.json');
    putBlob(file);
    await putAsNobody([file]);
    expect(readFileSync(entry(file), 'utf8')).toBe('config.json');
    expect(below(place.layout.blobs)).toEqual([]);
    expect(isEntryRight(place.layout, file, { commit, symlinks: false })).toBe(true);
    await putAsNobody([file]);
    expect(below(place.layout.partials)).toEqual([]);
  });

  it('copies for all but one of several files with the same bytes', async () => {
    const twins = [fileOf('a', 'same'), fileOf('b', 'same'), fileOf('sub/c', 'same')];
    putBlob(fileOf('a', 'same'), 'same');
    writeFileSync(entry(fileOf('b', 'same')), 'what was there');
    await putAsNobody(twins);
    for (const file of twins) expect(readFileSync(entry(file), 'utf8')).toBe('same');
    expect(new Set(twins.map((file) => statSync(entry(file)).ino)).size).toBe(3);
    expect([...below(place.layout.blobs), ...below(place.layout.partials)]).toEqual([]);
  });

  it('copies what a link of another revision leads to', async () => {
    const file = fileOf('config.json');
    putBlob(file);
    await makeRepoFolder(place.layout, place.files);
    await putEntries(place.layout, place.files, { commit: commitOf('d'), entries: [file], symlinks: true });
    await putAsNobody([file]);
    expect(readFileSync(entryPath(place.layout, commitOf('d'), file.path), 'utf8')).toBe('config.json');
    expect(readFileSync(entry(file), 'utf8')).toBe('config.json');
    expect(below(place.layout.blobs)).toHaveLength(1);
  });
});

describe('hasSymlinks', () => {
  it('tries one, and leaves nothing', async () => {
    expect(await hasSymlinks(place.folder)).toBe(true);
    const refused = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
    expect(await hasSymlinks(place.folder, refused('EPERM'))).toBe(false);
    await expect(hasSymlinks(place.folder, refused('ENOSPC'))).rejects.toThrow('ENOSPC');
    expect(below(place.folder)).toEqual([]);
  });
});

describe('isRegularEntry', () => {
  it('takes a regular file of the right size, as tools without links leave it', () => {
    const file = fileOf('config.json');
    expect(isRegularEntry(place.layout, commit, file)).toBe(false);
    writeFileSync(entry(file), 'config.json');
    expect(isRegularEntry(place.layout, commit, file)).toBe(true);
    expect(isRegularEntry(place.layout, commit, { ...file, size: 5 })).toBe(false);
  });

  it('takes no link to another content of the same size', () => {
    const file = fileOf('config.json');
    const other = fileOf('config.json', 'other.json!');
    putBlob(other, 'other.json!');
    symlinkSync(`../../blobs/${other.digest.hex}`, entry(file));
    expect(isRegularEntry(place.layout, commit, file)).toBe(false);
  });
});

describe('blobState', () => {
  const file = fileOf('config.json');
  const state = () => blobState(place.layout, file.digest, file.size);

  it('judges by existence and size', () => {
    expect(state()).toBe('absent');
    putBlob(file);
    expect(state()).toBe('whole');
    chmodSync(blobPath(place.layout, file.digest), 0o444);
    expect(state()).toBe('whole');
    chmodSync(blobPath(place.layout, file.digest), 0o644);
    putBlob(file, 'short');
    expect(state()).toBe('wrong-size');
  });

  it('follows a link into a shared store; a dangling one, and a folder, are no blob', () => {
    mkdirSync(place.layout.blobs, { recursive: true });
    symlinkSync('../../blobs/aa/store', blobPath(place.layout, file.digest));
    expect(state()).toBe('absent');
    mkdirSync(join(place.folder, 'blobs', 'aa'), { recursive: true });
    writeFileSync(join(place.folder, 'blobs', 'aa', 'store'), 'config.json');
    expect(state()).toBe('whole');
    const folder = fileOf('folder');
    mkdirSync(blobPath(place.layout, folder.digest));
    expect(blobState(place.layout, folder.digest, 4096)).toBe('absent');
  });
});
