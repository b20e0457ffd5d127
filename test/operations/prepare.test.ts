import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DiskError } from '../../src/cache/disk-errors.js';
import { encodeHave, encodeHeader } from '../../src/cache/journal.js';
import { KnownBlobs } from '../../src/cache/known-blobs.js';
import { blobPath, entryPath, partialPath } from '../../src/cache/layout.js';
import { writeListing } from '../../src/cache/records.js';
import { writeRef } from '../../src/cache/refs.js';
import { makeRepoFolder } from '../../src/cache/repo-folder.js';
import { putEntries } from '../../src/cache/snapshots.js';
import { download } from '../../src/operations/download.js';
import { planDownload } from '../../src/operations/plan-download.js';
import { planSelection, requireSpace } from '../../src/operations/prepare.js';
import { formatDigest } from '../../src/repo/digest.js';
import type { ListedFile } from '../../src/repo/listing.js';
import { asNobody, below, commitOf, workplace, writerA, writerB } from '../cache/support.js';
import { bytesOf } from '../transfer/fakes.js';
import { contextWith, listed, settingsWith } from './support.js';

const place = workplace();
const commit = commitOf('c');
const a = bytesOf(1000, 1);
const b = bytesOf(1000, 2);
const fileA = listed('a.bin', a);
const fileB = listed('sub/b.bin', b);

function leaveBlob({ digest }: ListedFile, bytes: Uint8Array): void {
  mkdirSync(place.layout.blobs, { recursive: true });
  writeFileSync(blobPath(place.layout, digest), bytes);
}

function leavePartial({ digest, size }: ListedFile, writer: string, bytes: number): void {
  const folder = partialPath(place.layout, digest, writer);
  mkdirSync(folder, { recursive: true });
  const header = encodeHeader({ size, digests: [formatDigest(digest)] });
  writeFileSync(
    join(folder, 'journal'),
    Buffer.concat([header, encodeHave({ start: 0, end: bytes, crc32: 0, origin: 0n })]),
  );
}

function leaveEntry({ path }: ListedFile, make: (at: string) => void): void {
  const at = entryPath(place.layout, commit, path);
  mkdirSync(dirname(at), { recursive: true });
  make(at);
}

function plan(files: readonly ListedFile[], { force = false } = {}) {
  const { layout } = place;
  const known = new KnownBlobs({ layout, readCaches: [], tell: () => undefined });
  return planSelection(files, { layout, commit, force, known });
}

const states = async (files: readonly ListedFile[], options = {}) =>
  (await plan(files, options)).files.map(({ state }) => state);

describe('planSelection', () => {
  it('finds blobs by size, and the fullest partial', async () => {
    leaveBlob(fileA, a);
    leavePartial(fileB, writerA, 10);
    leavePartial(fileB, writerB, 700);
    const { files, totals } = await plan([fileA, fileB]);
    expect(files).toMatchObject([{ state: 'cached' }, { state: 'resume', haveBytes: 700 }]);
    expect(totals).toMatchObject({ bytesToFetch: 300, bytesCached: 1000, bytesResumed: 700 });
    expect(await states([fileA, fileB], { force: true })).toEqual(['fetch', 'resume']);
  });

  it('fetches what has the wrong size, or is linked to another content', async () => {
    leaveBlob(fileA, a.subarray(0, 10));
    leaveBlob(fileB, b);
    leaveEntry(fileA, (at) => symlinkSync(`../../blobs/${fileB.digest.hex}`, at));
    expect(await states([fileA])).toEqual(['fetch']);
  });

  it('takes a regular file of another tool', async () => {
    leaveEntry(fileA, (at) => writeFileSync(at, a));
    expect(await states([fileA, fileB])).toEqual(['cached', 'fetch']);
  });

  it('writes nothing', async () => {
    await plan([fileA, fileB]);
    expect(below(place.folder)).toEqual([]);
  });
});

describe('requireSpace', () => {
  it('counts what is to come, not what is here', async () => {
    leavePartial(fileA, writerA, 400);
    const { free, needed } = await requireSpace(await plan([fileA]), place.folder);
    expect(needed).toBe(600);
    expect(free).toBeGreaterThan(600);
  });

  it('names what is missing before the first byte', async () => {
    const huge = { ...fileA, size: 2 ** 52 };
    const failed = plan([huge]).then((planned) => requireSpace(planned, place.folder));
    await expect(failed).rejects.toBeInstanceOf(DiskError);
    await expect(failed).rejects.toThrow(/are to come, and .* are free: .* [GP]B too few/);
  });
});

describe('offline', () => {
  const repo = { type: 'model', name: 'org/name' } as const;
  const request = { repo, revision: commit, paths: [], include: [], exclude: [] };
  const context = () => contextWith(settingsWith(place.folder, { offline: true }));

  beforeEach(async () => {
    await makeRepoFolder(place.layout, place.files);
    await writeListing(place.layout, place.files, { commit, files: [fileA, fileB] });
    leaveBlob(fileA, a);
  });
  afterEach(() => vi.restoreAllMocks());

  it('answers what is whole, and mends its links and ref', async () => {
    leaveBlob(fileB, b);
    await writeRef(place.layout, place.files, { revision: 'main', commit });
    await putEntries(place.layout, place.files, { commit, entries: [fileA], symlinks: true });
    const result = await download({ ...request, revision: 'main' }, context());
    expect(result).toMatchObject({ complete: true, commit, totals: { bytesFetched: 0, bytesCached: 2000 } });
    expect(result.files.map(({ state }) => state)).toEqual(['cached', 'cached']);
    expect(below(place.layout.snapshots)).toEqual([commit, `${commit}/a.bin`, `${commit}/sub`, `${commit}/sub/b.bin`]);
    expect((await planDownload({ ...request, revision: 'main' }, context())).totals.bytesToFetch).toBe(0);
  });

  it('answers from a cache that may only be read', async () => {
    leaveBlob(fileB, b);
    for (const file of [fileA, fileB]) {
      await putEntries(place.layout, place.files, { commit, entries: [file], symlinks: true });
    }
    const before = below(place.folder);
    chmodSync(place.folder, 0o755);
    const result = await asNobody(() => download(request, context()));
    expect(result).toMatchObject({ complete: true, commit });
    if (process.getuid?.() === 0) expect(below(place.folder)).toEqual(before);
  });

  it('refuses what is not whole, and links nothing to a blob that is not there', async () => {
    leaveEntry(fileB, (at) => symlinkSync(`../../../blobs/${fileA.digest.hex}`, at));
    await expect(download(request, context())).rejects.toMatchObject({
      code: 'not-cached',
      result: { complete: false, files: [{ state: 'cached' }, { state: 'failed', error: { exitCode: 8 } }] },
    });
    await expect(planDownload(request, context())).rejects.toThrow(/not in the cache: sub\/b\.bin/);
  });
});

describe.skipIf(process.getuid?.() !== 0)('what another user keeps to himself', () => {
  const repo = { type: 'model', name: 'org/name' } as const;
  const request = { repo, paths: [], include: [], exclude: [] };
  const offline = () => contextWith(settingsWith(place.folder, { offline: true }));

  beforeEach(async () => {
    await makeRepoFolder(place.layout, place.files);
    await writeListing(place.layout, place.files, { commit, files: [fileA] });
    await writeRef(place.layout, place.files, { revision: 'main', commit });
    leaveBlob(fileA, a);
    chmodSync(place.folder, 0o755);
  });

  it.each([
    ['a blob', () => blobPath(place.layout, fileA.digest), /chmod g\+r/],
    ['a ref', () => join(place.layout.refs, 'main'), /chmod g\+r/],
  ])('is told of %s with path, owner, mode and cure', async (_, path, cure) => {
    chmodSync(path(), 0o600);
    const failed = asNobody(() => download(request, offline()));
    await expect(failed).rejects.toMatchObject({
      code: 'no-permission',
      message: expect.stringMatching(`^${path()}: .* belongs to root, mode 0600`) as string,
      hint: expect.stringMatching(cure) as string,
    });
  });

  it('is told of a listing, without which nobody knows what there should be', async () => {
    chmodSync(join(place.layout.listings, `${commit}.json`), 0o600);
    await putEntries(place.layout, place.files, { commit, entries: [fileA], symlinks: true });
    const context = offline();
    expect(await asNobody(() => download(request, context))).toMatchObject({ complete: null });
    expect(context.events).toContainEqual(expect.objectContaining({ type: 'warning', code: 'unreadable-listing' }));
  });

  it('is no hindrance where the file may be read', async () => {
    chmodSync(blobPath(place.layout, fileA.digest), 0o440);
    chownSync(blobPath(place.layout, fileA.digest), 0, 65_534);
    expect((await plan([fileA])).files).toMatchObject([{ state: 'cached' }]);
  });
});
