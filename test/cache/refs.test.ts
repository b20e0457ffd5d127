import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CacheFiles } from '../../src/cache/files.js';
import { refPath, snapshotPath } from '../../src/cache/layout.js';
import { cachedCommitFor, readRef, writeRef } from '../../src/cache/refs.js';
import { makeRepoFolder } from '../../src/cache/repo-folder.js';
import { below, commitOf, workplace } from './support.js';

const place = workplace();
const commit = commitOf('c');
beforeEach(() => makeRepoFolder(place.layout, place.files));

function leaveRef(revision: string, text: string): void {
  mkdirSync(dirname(refPath(place.layout, revision)), { recursive: true });
  writeFileSync(refPath(place.layout, revision), text);
}

describe('writeRef', () => {
  it('writes the 40 bytes of the commit and nothing else', async () => {
    await writeRef(place.layout, place.files, { revision: 'main', commit });
    expect(readFileSync(refPath(place.layout, 'main'), 'utf8')).toBe('c'.repeat(40));
    expect(below(place.layout.refs)).toEqual(['main']);
    expect(below(place.layout.partials)).toEqual([]);
  });

  it('nests refs as folders', async () => {
    await writeRef(place.layout, place.files, { revision: 'refs/pr/1', commit });
    expect(below(place.layout.refs)).toEqual(['refs', 'refs/pr', 'refs/pr/1']);
    expect(await readRef(place.layout, 'refs/pr/1')).toBe(commit);
  });

  it('moves a ref, mends one with a newline, and leaves one that is right as it is', async () => {
    leaveRef('main', 'a'.repeat(40));
    await writeRef(place.layout, place.files, { revision: 'main', commit });
    expect(await readRef(place.layout, 'main')).toBe(commit);
    leaveRef('main', `${commit}\n`);
    await writeRef(place.layout, place.files, { revision: 'main', commit });
    expect(readFileSync(refPath(place.layout, 'main'), 'utf8')).toBe(commit);
    utimesSync(refPath(place.layout, 'main'), 1000, 1000);
    await writeRef(place.layout, place.files, { revision: 'main', commit });
    expect(statSync(refPath(place.layout, 'main')).mtimeMs).toBe(1_000_000);
  });

  it('leaves nothing behind where a branch stands in the way of a folder', async () => {
    leaveRef('feature', commit);
    await expect(writeRef(place.layout, place.files, { revision: 'feature/x', commit })).rejects.toThrow();
    expect(below(place.layout.refs)).toEqual(['feature']);
    expect(below(place.layout.partials)).toEqual([]);
  });
});

describe('readRef', () => {
  it('tolerates blanks and newlines behind the hash', async () => {
    for (const tail of ['', '\n', '\r\n', '  \n']) {
      leaveRef('main', `${commit}${tail}`);
      expect(await readRef(place.layout, 'main')).toBe(commit);
    }
  });

  it('knows nothing of what is absent, no hash, a folder, or below a file', async () => {
    leaveRef('main', 'not a hash');
    leaveRef('refs/pr/1', commit);
    for (const revision of ['v1', 'main', 'refs/pr', 'main/sub']) {
      expect(await readRef(place.layout, revision), revision).toBeUndefined();
    }
  });

  it('knows nothing of a name that no file can have', async () => {
    expect(await readRef(place.layout, 'x'.repeat(300))).toBeUndefined();
  });
});

describe('cachedCommitFor', () => {
  it('finds the one commit that a short hash means', async () => {
    for (const digit of ['a', 'c']) mkdirSync(snapshotPath(place.layout, commitOf(digit)), { recursive: true });
    expect(await cachedCommitFor(place.layout, 'ccccccc')).toBe(commit);
    expect(await cachedCommitFor(place.layout, 'cccccc')).toBeUndefined();
    expect(await cachedCommitFor(place.layout, 'ddddddd')).toBeUndefined();
    expect(await cachedCommitFor(place.layout, 'main')).toBeUndefined();
  });

  it('finds none where it means two', async () => {
    mkdirSync(snapshotPath(place.layout, commitOf('c')), { recursive: true });
    mkdirSync(`${place.layout.snapshots}/${'c'.repeat(39)}d`);
    expect(await cachedCommitFor(place.layout, 'ccccccc')).toBeUndefined();
  });
});

describe('makeRepoFolder', () => {
  it('makes an empty snapshots folder and the tag, and never overwrites the tag', async () => {
    expect(below(place.layout.snapshots)).toEqual([]);
    const tag = `${place.folder}/CACHEDIR.TAG`;
    expect(readFileSync(tag, 'utf8').split('\n')[0]).toBe('Signature: 8a477f597d28d172789f06886806bc55');
    writeFileSync(tag, 'mine');
    await makeRepoFolder(place.layout, place.files);
    expect(readFileSync(tag, 'utf8')).toBe('mine');
  });

  it('opens the tag like everything else', async () => {
    rmSync(`${place.folder}/CACHEDIR.TAG`);
    chmodSync(place.folder, 0o775);
    const mask = process.umask(0o077);
    try {
      await makeRepoFolder(place.layout, new CacheFiles(place.folder));
    } finally {
      process.umask(mask);
    }
    expect(statSync(`${place.folder}/CACHEDIR.TAG`).mode & 0o777).toBe(0o664);
  });
});
