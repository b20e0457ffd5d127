import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { blobPath, entryPath, repoLayout } from '../../../src/cache/layout.js';
import { readListing } from '../../../src/cache/records.js';
import { readRef } from '../../../src/cache/refs.js';
import { exportBundle } from '../../../src/operations/export-bundle.js';
import { importPath } from '../../../src/operations/import/import-path.js';
import { ImportDamaged } from '../../../src/operations/import/import-result.js';
import { below, commitOf } from '../../cache/support.js';
import { contextWith, settingsWith } from '../support.js';
import { contentsOf, digestOf, everything, files, fillCache, listedFiles, newFolder, repo } from './support.js';

const commit = commitOf('c');

async function bundleOf(cacheDir: string, revision?: string): Promise<string> {
  const output = join(newFolder(), 'bundle.tar');
  const repos = [{ repo, ...(revision === undefined ? {} : { revision }) }];
  await exportBundle({ repos, output, dryRun: false }, contextWith(settingsWith(cacheDir)));
  return output;
}

function take(from: string, cacheDir: string, { dryRun = false } = {}) {
  const context = contextWith(settingsWith(cacheDir, { offline: true }));
  return { context, result: importPath({ from, dryRun }, context) };
}

function filledCache(options: Partial<Parameters<typeof fillCache>[1]> = {}): string {
  const cacheDir = newFolder();
  fillCache(cacheDir, { commit, ...options });
  return cacheDir;
}

async function tarOf(entries: Parameters<typeof packTar>[0]): Promise<string> {
  const path = join(newFolder(), 'made.tar');
  writeFileSync(path, await packTar(entries));
  return path;
}

describe('a bundle', () => {
  it('brings a repo whole into another cache', async () => {
    const target = newFolder();
    const result = await take(await bundleOf(filledCache()), target).result;
    expect(result.kind).toBe('bundle');
    expect(result.repos).toMatchObject([{ repo: 'org/name', type: 'model', refs: ['main'], commit, complete: true }]);
    expect(result.totals).toMatchObject({ files: 5, imported: 5, missing: 0, corrupt: 0 });
    expect(contentsOf(target, commit)).toEqual(everything);
    const layout = repoLayout(target, repo);
    expect(await readRef(layout, 'main')).toBe(commit);
    expect((await readListing(layout, commit))?.files).toEqual(listedFiles());
    expect(readdirSync(layout.partials)).toEqual([]);
    expect(readdirSync(layout.leases)).toEqual([]);
  });

  it('is the same, byte for byte, whoever makes it', async () => {
    const [first, second] = [await bundleOf(filledCache()), await bundleOf(filledCache(), 'main')];
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true);
  });

  it.runIf(process.platform !== 'win32')('is unpacked into a cache by tar alone', async () => {
    const target = newFolder();
    execFileSync('tar', ['xf', await bundleOf(filledCache()), '-C', target]);
    expect(contentsOf(target, commit)).toEqual(everything);
    expect(await readRef(repoLayout(target, repo), 'main')).toBe(commit);
  });

  it('may be packed by gzip, or be made of a cache by tar', async () => {
    const source = filledCache();
    const packed = join(newFolder(), 'bundle');
    writeFileSync(packed, gzipSync(readFileSync(await bundleOf(source))));
    const handmade = join(newFolder(), 'handmade.tar');
    execFileSync('tar', ['cf', handmade, '.'], { cwd: source });
    for (const from of [packed, handmade]) {
      const target = newFolder();
      await take(from, target).result;
      expect(contentsOf(target, commit)).toEqual(everything);
    }
  });

  it('is told to be here already the second time, and a dry run writes nothing', async () => {
    const [bundle, target] = [await bundleOf(filledCache()), newFolder()];
    const planned = await take(bundle, target, { dryRun: true }).result;
    expect(planned.totals).toMatchObject({ imported: 5 });
    expect(readdirSync(target)).toEqual([]);
    await take(bundle, target).result;
    expect((await take(bundle, target).result).totals).toMatchObject({ imported: 0, cached: 5, bytesImported: 0 });
  });

  it('leaves a ref as it is that names another commit here', async () => {
    const target = newFolder();
    fillCache(target, { commit: commitOf('d') });
    const { context, result } = take(await bundleOf(filledCache()), target);
    expect((await result).repos).toMatchObject([{ refs: [] }]);
    expect(await readRef(repoLayout(target, repo), 'main')).toBe(commitOf('d'));
    expect(context.events).toContainEqual(expect.objectContaining({ type: 'warning', code: 'ref-kept' }));
  });

  it('that ends too early brings no commit', async () => {
    const [bundle, target] = [await bundleOf(filledCache()), newFolder()];
    truncateSync(bundle, 2_000_000);
    await expect(take(bundle, target).result).rejects.toMatchObject({ code: 'bad-bundle', exitCode: 6 });
    const layout = repoLayout(target, repo);
    expect([readdirSync(layout.snapshots), readdirSync(layout.partials)]).toEqual([[], []]);
    expect(existsSync(layout.refs)).toBe(false);
  });

  it('of damaged bytes is refused for that file alone', async () => {
    const [bundle, target] = [await bundleOf(filledCache()), newFolder()];
    const bytes = readFileSync(bundle);
    const at = bytes.indexOf(Buffer.from(files['sub/model.bin'] ?? '').subarray(1_000_000, 1_000_100));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(bundle, bytes);
    const failure = await take(bundle, target).result.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ImportDamaged);
    const { result } = failure as ImportDamaged;
    expect(result.totals).toMatchObject({ imported: 4, corrupt: 1 });
    expect(existsSync(blobPath(repoLayout(target, repo), digestOf(files['sub/model.bin'] ?? Buffer.of())))).toBe(false);
    expect(Object.keys(contentsOf(target, commit, ['config.json', 'empty']))).toHaveLength(2);
  });

  it('that contradicts the listing which the cache has is refused for that file', async () => {
    const target = newFolder();
    fillCache(target, { commit });
    const other = { ...files, 'config.json': Buffer.from('{"evil":true}') };
    const bundle = await bundleOf(filledCache({ contents: other, listing: false }));
    await expect(take(bundle, target).result).rejects.toMatchObject({ code: 'import-damaged' });
    expect(contentsOf(target, commit)).toEqual(everything);
  });

  it.each([
    ['no tar', Buffer.from('not a tar at all '.repeat(100))],
    ['nothing', Buffer.alloc(0)],
    ['gzip of nothing', Buffer.from([0x1f, 0x8b, 8, 0])],
  ])('that is %s is an error of its own', async (_what, bytes) => {
    const path = join(newFolder(), 'bundle.tar');
    writeFileSync(path, bytes);
    await expect(take(path, newFolder()).result).rejects.toMatchObject({ code: 'bad-bundle' });
  });
});

describe('a hostile bundle', () => {
  const folder = 'models--org--name';
  const body = 'evil';
  const hex = digestOf(Buffer.from(body)).hex;

  it('writes nothing but what its digests allow, wherever its names and links lead', async () => {
    const around = newFolder();
    const target = join(around, 'cache');
    mkdirSync(target);
    const outside = join(around, 'outside');
    const link = { size: 0, type: 'symlink' as const };
    const bundle = await tarOf([
      { header: { name: '../outside', size: 4 }, body },
      { header: { name: outside, size: 4 }, body },
      { header: { name: `${folder}/snapshots`, linkname: around, ...link } },
      { header: { name: `${folder}/snapshots/outside`, size: 4 }, body },
      { header: { name: `${folder}/blobs`, linkname: '/', ...link } },
      { header: { name: `${folder}/blobs/${hex}`, linkname: outside, ...link } },
      { header: { name: `${folder}/blobs/${hex}`, size: 4 }, body },
      { header: { name: `${folder}/snapshots/${commit}/a`, linkname: outside, ...link } },
      { header: { name: `${folder}/snapshots/${commit}/b`, linkname: `../../blobs/${hex}`, ...link } },
      { header: { name: `${folder}/snapshots/${commit}/b`, linkname: `../../blobs/${'0'.repeat(40)}`, ...link } },
      { header: { name: `${folder}/snapshots/${commit}/c`, size: 4 }, body },
      { header: { name: `${folder}/refs/main`, size: 4 }, body },
      { header: { name: `${folder}/.hub/listings/${commit}.json`, size: 4 }, body },
    ]);
    const { context, result } = take(bundle, target);
    expect((await result).repos.flatMap((one) => one.files)).toMatchObject([{ path: 'b', state: 'imported' }]);
    expect(readdirSync(around)).toEqual(['cache']);
    const layout = repoLayout(target, repo);
    expect(lstatSync(layout.snapshots).isDirectory()).toBe(true);
    expect(below(layout.snapshots)).toEqual([commit, `${commit}/b`]);
    expect(readFileSync(entryPath(layout, commit, 'b'), 'utf8')).toBe(body);
    expect(existsSync(layout.refs)).toBe(false);
    expect(context.events).toContainEqual(expect.objectContaining({ code: 'bundle-entries-left-out' }));
  });

  it('with a file that is a folder too is refused as a whole', async () => {
    const link = { size: 0, type: 'symlink' as const };
    const bundle = await tarOf([
      { header: { name: `${folder}/blobs/${hex}`, size: 4 }, body },
      { header: { name: `${folder}/snapshots/${commit}/a`, linkname: `../../blobs/${hex}`, ...link } },
      { header: { name: `${folder}/snapshots/${commit}/a/b`, linkname: `../../../blobs/${hex}`, ...link } },
    ]);
    await expect(take(bundle, newFolder()).result).rejects.toMatchObject({ code: 'untrusted-listing' });
  });

  it('that claims more bytes than the disk has room for is refused before the first', async () => {
    const path = await tarOf([{ header: { name: `${folder}/blobs/${'a'.repeat(64)}`, size: 4 }, body }]);
    const bytes = readFileSync(path);
    // The size in base 256, and the header's sum of bytes anew (POSIX ustar).
    bytes.writeBigUInt64BE(0x8000000000000000n, 124);
    bytes.writeUIntBE(2 ** 47, 130, 6);
    bytes.write('        ', 148);
    const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    writeFileSync(path, bytes);
    await expect(take(path, newFolder()).result).rejects.toMatchObject({ code: 'no-space' });
  });
});

describe('export', () => {
  it('ends at a damaged blob, and leaves no file', async () => {
    const cacheDir = filledCache();
    const blob = blobPath(repoLayout(cacheDir, repo), digestOf(files['sub/model.bin'] ?? Buffer.of()));
    const bytes = readFileSync(blob);
    bytes[2_000_000] = (bytes[2_000_000] ?? 0) ^ 1;
    writeFileSync(blob, bytes);
    const folder = newFolder();
    const request = { repos: [{ repo }], output: join(folder, 'bundle.tar'), dryRun: false };
    const exporting = exportBundle(request, contextWith(settingsWith(cacheDir)));
    await expect(exporting).rejects.toMatchObject({ code: 'corrupt-blob', exitCode: 6 });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('packs the files themselves of a cache without links, as blobs', async () => {
    const cacheDir = newFolder();
    const settings = settingsWith(cacheDir, { symlinks: false, offline: true });
    await importPath({ from: await bundleOf(filledCache()), dryRun: false }, contextWith(settings));
    const target = newFolder();
    await take(await bundleOf(cacheDir), target).result;
    expect(contentsOf(target, commit)).toEqual(everything);
  });

  it('knows no revision that the cache lacks', async () => {
    const request = { repos: [{ repo, revision: 'v2' }], output: join(newFolder(), 'x.tar'), dryRun: false };
    const exporting = exportBundle(request, contextWith(settingsWith(filledCache())));
    await expect(exporting).rejects.toMatchObject({ exitCode: 3 });
  });
});
