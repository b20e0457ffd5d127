import { describe, expect, it } from 'vitest';
import { understand } from '../../../src/cache/bundle/bundle-entry.js';

const commit = 'c'.repeat(40);
const sha256 = 'a'.repeat(64);
const sha1 = 'b'.repeat(40);
const repo = { type: 'model', name: 'org/name' };
const folder = 'models--org--name';

const file = (name: string) => understand({ name, type: 'file', target: '' });
const symlink = (name: string, target: string) => understand({ name, type: 'symlink', target });
const hardLink = (name: string, target: string) => understand({ name, type: 'link', target });

describe('understand: what a cache has', () => {
  it.each([
    ['a blob', `${folder}/blobs/${sha256}`, { is: 'blob', repo, digest: { algorithm: 'sha256', hex: sha256 } }],
    ['a small one', `${folder}/blobs/${sha1}`, { is: 'blob', repo, digest: { algorithm: 'git-sha1', hex: sha1 } }],
    ['one packed from above', `./hub/${folder}/blobs/${sha1}`, { is: 'blob', repo }],
    ['a nested ref', `${folder}/refs/refs/pr/1`, { is: 'ref', repo, revision: 'refs/pr/1' }],
    ['our listing', `${folder}/.hub/listings/${commit}.json`, { is: 'listing', repo, commit, format: 'hub' }],
    ["Python's listing", `${folder}/trees/${commit}.json`, { is: 'listing', repo, commit, format: 'python' }],
    ['a file itself', `${folder}/snapshots/${commit}/a/b.json`, { is: 'file', repo, commit, path: 'a/b.json' }],
    ['a dataset', `datasets--glue/blobs/${sha1}`, { is: 'blob', repo: { type: 'dataset', name: 'glue' } }],
  ])('%s', (_what, name, entry) => {
    expect(file(name)).toMatchObject(entry);
  });

  it('a link to its blob', () => {
    const entry = { is: 'link', repo, commit, path: 'sub/a', digest: { algorithm: 'sha256', hex: sha256 } };
    const name = `${folder}/snapshots/${commit}/sub/a`;
    expect(symlink(name, `../../../blobs/${sha256}`)).toEqual(entry);
    expect(hardLink(name, `${folder}/blobs/${sha256}`)).toEqual(entry);
  });

  it.each([
    'CACHEDIR.TAG',
    'hub/.locks/models--org--name/x.lock',
    `blobs/aa/${sha256}`,
    `${folder}/.hub/partial/${sha256}.${'1'.repeat(16)}/bytes`,
    `${folder}/.hub/leases/x.shared`,
    `${folder}/.hub/snapshots/${commit}.json`,
    `${folder}/.no_exist/${commit}/x`,
    `${folder}/blobs/${sha256}.incomplete`,
    `${folder}/blobs/${sha256}.01234567.incomplete`,
  ])('leaves out %s', (name) => {
    expect(file(name)).toEqual({ is: 'left-out' });
  });
});

describe('understand: what is refused', () => {
  it.each([
    ['climbs out', `../${folder}/blobs/${sha256}`],
    ['climbs out in the middle', `${folder}/snapshots/${commit}/../../../../x`],
    ['is absolute', `/tmp/${folder}/blobs/${sha256}`],
    ['climbs by backslashes', `${folder}/snapshots/${commit}/..\\..\\x`],
    ['names a drive', `C:/${folder}/blobs/${sha256}`],
    ['has a NUL', `${folder}/snapshots/${commit}/a\0b`],
    ['has an empty part', `${folder}/snapshots/${commit}//x`],
    ['is no part of a cache', 'etc/passwd'],
    ['is a repo with a name that none has', `models--a--b--c/blobs/${sha256}`],
    ['is a blob without a digest', `${folder}/blobs/config.json`],
    ['is a blob in a folder', `${folder}/blobs/x/${sha256}`],
    ['is of no commit', `${folder}/snapshots/main/config.json`],
    ['is a commit without a file', `${folder}/snapshots/${commit}`],
    ['is a ref that climbs out', `${folder}/refs/a/..b/c`],
    ['is a ref that looks like a flag', `${folder}/refs/-x`],
  ])('a file that %s', (_what, name) => {
    expect(file(name)).toMatchObject({ is: 'refused' });
  });

  it.each([
    ['out of the cache', '../../../../etc/passwd'],
    ['to an absolute path', '/etc/passwd'],
    ["to another repo's blob", `../../../models--org--other/blobs/${sha256}`],
    ['one folder too far', `../../../blobs/${sha256}`],
    ['to no blob', '../../refs/main'],
    ["to a name that is no digest's", '../../blobs/x'],
  ])('a link %s', (_what, target) => {
    expect(symlink(`${folder}/snapshots/${commit}/config.json`, target)).toMatchObject({ is: 'refused' });
  });

  it('a link where a blob, a ref or a listing belongs', () => {
    const target = `../../blobs/${sha256}`;
    expect(symlink(`${folder}/blobs/${sha256}`, target)).toMatchObject({ is: 'refused' });
    expect(hardLink(`${folder}/blobs/${sha256}`, '/etc/passwd')).toMatchObject({ is: 'refused' });
    expect(symlink(`${folder}/refs/main`, target)).toMatchObject({ is: 'refused' });
    expect(symlink(`${folder}/.hub/listings/${commit}.json`, target)).toMatchObject({ is: 'refused' });
    expect(symlink(`${folder}/snapshots`, '/tmp')).toMatchObject({ is: 'refused' });
  });

  it("a hard link to another repo's blob, or to anything else", () => {
    const name = `${folder}/snapshots/${commit}/config.json`;
    expect(hardLink(name, `models--org--other/blobs/${sha256}`)).toMatchObject({ is: 'refused' });
    expect(hardLink(name, '/etc/passwd')).toMatchObject({ is: 'refused' });
  });

  it.each(['character-device', 'block-device', 'fifo'])('a %s', (type) => {
    expect(understand({ name: `${folder}/blobs/${sha256}`, type, target: '' })).toMatchObject({ is: 'refused' });
  });
});
