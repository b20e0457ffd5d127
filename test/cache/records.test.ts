import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listingPath, requestsPath, treePath } from '../../src/cache/layout.js';
import { noteRequest, readListing, writeListing } from '../../src/cache/records.js';
import type { ListedFile } from '../../src/repo/listing.js';
import { asNobody, below, commitOf, workplace } from './support.js';

const place = workplace();
const commit = commitOf('c');

const config: ListedFile = {
  path: 'config.json',
  size: 10,
  digest: { algorithm: 'git-sha1', hex: '1'.repeat(40) },
  gitOid: '1'.repeat(40),
};
const model: ListedFile = {
  path: 'sub/model\u0007.safetensors',
  size: 2 ** 40,
  digest: { algorithm: 'sha256', hex: '2'.repeat(64) },
  gitOid: '3'.repeat(40),
  xetHash: '4'.repeat(64),
};

function leave(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function leaveTree(tree: unknown): void {
  leave(treePath(place.layout, commit), JSON.stringify(tree, null, 1));
}

const read = () => readListing(place.layout, commit);

describe('a kept listing', () => {
  it('comes back as it was', async () => {
    await writeListing(place.layout, place.files, { commit, files: [config, model] });
    expect(await read()).toEqual({ commit, files: [config, model] });
    expect(below(place.layout.listings)).toEqual([`${commit}.json`]);
  });

  it('may be empty', async () => {
    await writeListing(place.layout, place.files, { commit, files: [] });
    expect(await read()).toEqual({ commit, files: [] });
  });

  it('of another version is left alone and counts as absent', async () => {
    const text = '{"format":2,"chunks":[]}';
    leave(listingPath(place.layout, commit), text);
    expect(await read()).toBeUndefined();
    await writeListing(place.layout, place.files, { commit, files: [config] });
    expect(readFileSync(listingPath(place.layout, commit), 'utf8')).toBe(text);
  });

  it('that is broken counts as absent and is written anew', async () => {
    for (const text of [
      '',
      '{',
      '[]',
      '{"format":1}',
      '{"format":1,"files":[{"path":"a","size":1,"digest":"md5:1","gitOid":""}]}',
    ]) {
      leave(listingPath(place.layout, commit), text);
      expect(await read(), text).toBeUndefined();
    }
    await writeListing(place.layout, place.files, { commit, files: [config] });
    expect(await read()).toEqual({ commit, files: [config] });
  });

  const sound = { path: 'a', size: 1, digest: `sha256:${'1'.repeat(64)}`, gitOid: '2'.repeat(40) };
  it.each([
    ['nothing', null],
    ['no path', { ...sound, path: undefined }],
    ['a size below 0', { ...sound, size: -1 }],
    ['a size that is not whole', { ...sound, size: 1.5 }],
    ['a size in letters', { ...sound, size: '1' }],
    ['no digest', { ...sound, digest: undefined }],
    ['a git id that is a number', { ...sound, gitOid: 2 }],
    ['an xet hash that is a number', { ...sound, xetHash: 3 }],
  ])('that gives %s for one of its files counts as absent', async (_, file) => {
    leave(listingPath(place.layout, commit), JSON.stringify({ format: 1, files: [sound] }));
    expect((await read())?.files).toHaveLength(1);
    leave(listingPath(place.layout, commit), JSON.stringify({ format: 1, files: [sound, file] }));
    expect(await read()).toBeUndefined();
  });

  it('that another user keeps to himself counts as absent', async () => {
    leave(listingPath(place.layout, commit), '{}');
    chmodSync(place.folder, 0o755);
    chmodSync(listingPath(place.layout, commit), 0);
    expect(await asNobody(read)).toBeUndefined();
  });
});

describe('a listing of Python’s tools', () => {
  const files = {
    'config.json': { size: 10, blob_id: '1'.repeat(40) },
    'sub/model\u0007.safetensors': {
      size: 135,
      blob_id: '3'.repeat(40),
      lfs_sha256: '2'.repeat(64),
      lfs_size: 2 ** 40,
      xet_hash: '4'.repeat(64),
    },
  };

  it('is read where there is none of ours, and never written', async () => {
    leaveTree({ format_version: 1, files });
    expect(await read()).toEqual({ commit, files: [config, model] });
    await writeListing(place.layout, place.files, { commit, files: [config] });
    expect(await read()).toEqual({ commit, files: [config] });
    expect(JSON.parse(readFileSync(treePath(place.layout, commit), 'utf8'))).toEqual({ format_version: 1, files });
  });

  it('is used in place of a broken one of ours', async () => {
    leaveTree({ format_version: 1, files });
    leave(listingPath(place.layout, commit), '{');
    expect((await read())?.files).toHaveLength(2);
  });

  it.each([
    ['of another version', { format_version: 2, files }],
    ['with an xet hash that is none', { format_version: 1, files: { a: { ...files['config.json'], xet_hash: 'x' } } }],
    ['with an upper-case hash', { format_version: 1, files: { a: { size: 1, blob_id: 'A'.repeat(40) } } }],
    ['with a size that is none', { format_version: 1, files: { a: { size: -1, blob_id: '1'.repeat(40) } } }],
    ['without files', { format_version: 1 }],
  ])('%s is ignored', async (_, tree) => {
    leaveTree(tree);
    expect(await read()).toBeUndefined();
  });

  it('loses no file, whatever its name', async () => {
    leave(
      treePath(place.layout, commit),
      `{"format_version":1,"files":{"__proto__":{"size":1,"blob_id":"${'1'.repeat(40)}"}}}`,
    );
    const listing = await read();
    expect(listing === undefined || listing.files.map(({ path }) => path).join() === '__proto__').toBe(true);
  });
});

describe('noteRequest', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
  const stored = () => JSON.parse(readFileSync(requestsPath(place.layout, commit), 'utf8')) as unknown;
  const note = (state: 'begun' | 'completed', seconds: number, files: 'all' | string[] = 'all') =>
    noteRequest(place.layout, place.files, { commit, request: { revision: 'main', files }, state, now: at(seconds) });

  it('says what was asked for before it is there, and when it was completed and used', async () => {
    await note('begun', 1);
    expect(stored()).toEqual({
      format: 1,
      lastUsed: at(1).toISOString(),
      requests: [{ revision: 'main', files: 'all', begun: at(1).toISOString(), completed: null }],
    });
    await note('completed', 2);
    await note('begun', 3);
    expect(stored()).toEqual({
      format: 1,
      lastUsed: at(3).toISOString(),
      requests: [{ revision: 'main', files: 'all', begun: at(1).toISOString(), completed: at(2).toISOString() }],
    });
  });

  it('keeps what others asked for', async () => {
    await note('completed', 1);
    await note('begun', 2, ['a', 'b']);
    await note('completed', 3, ['a', 'b']);
    expect(stored()).toMatchObject({
      requests: [{ files: 'all' }, { files: ['a', 'b'], completed: at(3).toISOString() }],
    });
  });

  it('leaves alone what another version wrote, and mends what is broken', async () => {
    leave(requestsPath(place.layout, commit), '{"format":7}');
    await note('begun', 1);
    expect(stored()).toEqual({ format: 7 });
    leave(requestsPath(place.layout, commit), '{"form');
    await note('begun', 2);
    expect(stored()).toMatchObject({ format: 1, requests: [{ revision: 'main' }] });
  });
});
