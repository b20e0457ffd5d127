import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobPath, partialPath, repoLayout } from '../../src/cache/layout.js';
import { writeListing } from '../../src/cache/records.js';
import { makeRepoFolder } from '../../src/cache/repo-folder.js';
import { CacheFiles } from '../../src/cache/files.js';
import { download } from '../../src/operations/download.js';
import { planDownload } from '../../src/operations/plan-download.js';
import type { DownloadResult } from '../../src/operations/download-result.js';
import type { RepoId } from '../../src/repo/reference.js';
import type { Settings } from '../../src/settings/settings.js';
import { asNobody, below, commitOf, workplace, writerB } from '../cache/support.js';
import { closing } from '../net/server.js';
import { repoWith } from '../support/hub-server/repos.js';
import { type Hub, startHub } from '../support/hub-server/server.js';
import { bytesOf } from '../transfer/fakes.js';
import { type RecordedContext, contextWith, listed, settingsWith } from './support.js';

const place = workplace();
const MiB = 1024 * 1024;
const weights = bytesOf(9 * MiB);
const small = bytesOf(1000, 2);
const weightsFile = listed('model.safetensors', weights);
const smallFile = listed('small.bin', small);

const A: RepoId = { type: 'model', name: 'org/base' };
const B: RepoId = { type: 'model', name: 'me/fork' };
const layoutOf = (repo: RepoId, cacheDir = place.folder) => repoLayout(cacheDir, repo);
const blobOf = (repo: RepoId, cacheDir = place.folder) => blobPath(layoutOf(repo, cacheDir), weightsFile.digest);
const inode = (path: string): number => statSync(path).ino;

const sharedFiles = {
  'model.safetensors': { content: weights, lfs: true },
  'small.bin': { content: small, lfs: true },
};

const hubOf = async (): Promise<Hub> => {
  return closing(
    await startHub({
      repos: [
        repoWith({ id: A.name, files: { ...sharedFiles, 'config.json': '{"a":1}' } }),
        repoWith({
          id: B.name,
          files: { ...sharedFiles, 'config.json': '{"b":2}', 'again.bin': { content: weights, lfs: true } },
        }),
      ],
    }),
  );
};

interface Run {
  result: DownloadResult;
  context: RecordedContext;
}

const requestOf = (repo: RepoId) => ({ repo, paths: [], include: [], exclude: [] });

function contextFor(hub: Hub, settings: Partial<Settings> = {}): RecordedContext {
  const { cacheDir = place.folder, ...others } = settings;
  return contextWith(settingsWith(cacheDir, { endpoints: [{ url: hub.endpoint, sendsToken: true }], ...others }));
}

async function run(hub: Hub, repo: RepoId, settings: Partial<Settings> = {}): Promise<Run> {
  const context = contextFor(hub, settings);
  const result = await download(requestOf(repo), context);
  expect(readFileSync(join(result.path, 'model.safetensors')).equals(weights)).toBe(true);
  expect(below(layoutOf(repo, settings.cacheDir).partials)).toEqual([]);
  return { result, context };
}

const fileOf = ({ files }: { files: DownloadResult['files'] }, path: string) =>
  files.find((file) => file.path === path);
const warnings = ({ events }: RecordedContext) => events.filter(({ type }) => type === 'warning');

describe('a file that another repo of the cache has', () => {
  it('is linked and not fetched, counts once on the disk, and stays when the other repo goes', async () => {
    const hub = await hubOf();
    await run(hub, A);
    const { files, totals } = await planDownload(requestOf(B), contextFor(hub));
    expect(files.find(({ path }) => path === 'again.bin')).toMatchObject({ state: 'link', from: blobOf(A) });
    expect(files.find(({ path }) => path === weightsFile.path)).toMatchObject({ state: 'link', from: 'again.bin' });
    expect(totals).toMatchObject({ bytesToFetch: small.length + 7, bytesLinked: 2 * weights.length });
    const { result, context } = await run(hub, B);
    expect(fileOf(result, weightsFile.path)).toMatchObject({ state: 'linked', bytesFetched: 0 });
    expect(fileOf(result, 'again.bin')).toMatchObject({ state: 'linked', bytesFetched: 0 });
    expect(result.totals.bytesFetched).toBe(small.length + 7);
    expect(inode(blobOf(B))).toBe(inode(blobOf(A)));
    expect(lstatSync(join(result.path, weightsFile.path)).isSymbolicLink()).toBe(true);
    expect(context.events).toContainEqual({ type: 'checking', path: 'again.bin', bytes: weights.length });
    const progress = context.events.flatMap((event) => (event.type === 'progress' ? event.progress : []));
    expect(progress.find(({ bytesTotal }) => bytesTotal === weights.length)).toBeDefined();
    rmSync(layoutOf(A).root, { recursive: true });
    expect((await run(hub, B)).result.totals.bytesCached).toBe(2 * weights.length + small.length + 7);
  });

  it('is not used where its bytes are damaged: the file is fetched, and a warning names the blob', async () => {
    const hub = await hubOf();
    await run(hub, A);
    const damaged = Buffer.from(weights);
    damaged[5_000_000] = (damaged[5_000_000] ?? 0) ^ 1;
    writeFileSync(blobOf(A), damaged);
    const { result, context } = await run(hub, B);
    expect(result.files.filter(({ bytesFetched }) => bytesFetched === weights.length)).toHaveLength(1);
    expect(inode(blobOf(B))).not.toBe(inode(blobOf(A)));
    expect(warnings(context)).toMatchObject([
      {
        code: 'damaged-blob',
        message: expect.stringContaining(blobOf(A)) as string,
        hint: expect.stringMatching(/hub cache verify \S+ --repair/) as string,
      },
    ]);
  });

  it('is fetched where force is asked for', async () => {
    const hub = await hubOf();
    await run(hub, A);
    expect(fileOf((await run(hub, B, { force: true })).result, 'again.bin')).toMatchObject({ state: 'fetched' });
    expect(inode(blobOf(B))).not.toBe(inode(blobOf(A)));
  });

  it('is linked offline too, and refused where it is damaged', async () => {
    const hub = await hubOf();
    await run(hub, A);
    await run(hub, B);
    rmSync(blobOf(B));
    const { result } = await run(hub, B, { offline: true });
    expect(fileOf(result, 'again.bin')).toMatchObject({ state: 'linked' });
    rmSync(blobOf(B));
    writeFileSync(blobOf(A), Buffer.alloc(weights.length));
    await expect(run(hub, B, { offline: true })).rejects.toMatchObject({ code: 'not-cached' });
  });

  it('goes before what an unfinished download left, which is cleared away', async () => {
    const hub = await hubOf();
    await run(hub, A);
    await makeRepoFolder(layoutOf(B), new CacheFiles(place.folder));
    writeFileSync(`${partialPath(layoutOf(B), weightsFile.digest, writerB)}.whole`, 'killed while it was checked');
    expect(fileOf((await run(hub, B)).result, 'again.bin')).toMatchObject({ state: 'linked' });
  });

  it('ends with the signal, and leaves nothing behind', async () => {
    const hub = await hubOf();
    await run(hub, A);
    const context = contextFor(hub);
    const aborting: RecordedContext = {
      ...context,
      tell: (event) => {
        if (event.type === 'checking') context.controller.abort();
      },
    };
    await expect(download(requestOf(B), aborting)).rejects.toMatchObject({ code: 'interrupted' });
    expect(existsSync(blobOf(B))).toBe(false);
    expect(below(layoutOf(B).partials)).toEqual([]);
    expect(inode(blobOf(A))).toBeGreaterThan(0);
  });

  it.skipIf(process.getuid?.() !== 0)('is left alone where another user keeps it to himself', async () => {
    const hub = await hubOf();
    await run(hub, A);
    chmodSync(blobOf(A), 0o600);
    chmodSync(place.folder, 0o777);
    const { result, context } = await asNobody(() => run(hub, B));
    expect(result.files.filter(({ state }) => state === 'fetched').map(({ path }) => path)).toContain('again.bin');
    expect(warnings(context)).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'is copied by root, who could link any file, where another user may change it',
    async () => {
      const hub = await hubOf();
      await run(hub, A);
      chownSync(blobOf(A), 65_534, 65_534);
      expect(fileOf((await run(hub, B)).result, 'again.bin')).toMatchObject({ state: 'linked', bytesFetched: 0 });
      expect(inode(blobOf(B))).not.toBe(inode(blobOf(A)));
    },
  );

  it.skipIf(process.getuid?.() !== 0)('is copied where another user’s file may not be linked', async () => {
    if (readFileSync('/proc/sys/fs/protected_hardlinks', 'utf8').trim() !== '1') return;
    const hub = await hubOf();
    await run(hub, A);
    chmodSync(place.folder, 0o777);
    const { result } = await asNobody(() => run(hub, B));
    expect(fileOf(result, 'again.bin')).toMatchObject({ state: 'linked', bytesFetched: 0 });
    expect(inode(blobOf(B))).not.toBe(inode(blobOf(A)));
    expect(statSync(blobOf(B)).uid).toBe(65_534);
  });
});

describe('a cache without links, whose blobs were moved into the snapshot', () => {
  async function runMoved(hub: Hub): Promise<DownloadResult> {
    const { result } = await run(hub, A, { symlinks: false });
    const listed = result.files.map(({ path, digest }) => ({ path, hex: digest?.split(':')[1] ?? '' }));
    for (const { path, hex } of listed) renameSync(join(layoutOf(A).blobs, hex), join(result.path, path));
    // As POSIX has it, renaming one of two names of a file onto the other leaves both.
    for (const { hex } of listed) rmSync(join(layoutOf(A).blobs, hex));
    expect(below(layoutOf(A).blobs)).toEqual([]);
    return result;
  }

  it('has all that the same commit needs', async () => {
    const hub = await hubOf();
    await runMoved(hub);
    const { result } = await run(hub, A, { symlinks: false });
    expect(result.files.map(({ state }) => state)).toEqual(['cached', 'cached', 'cached']);
    expect(below(layoutOf(A).blobs)).toEqual([]);
  });

  it('gives another revision what did not change, of any size, without fetching or doubling it', async () => {
    const hub = await hubOf();
    const before = await runMoved(hub);
    hub.commit(A.name, { 'config.json': '{"a":22}' });
    const { result } = await run(hub, A, { symlinks: false });
    expect(result.commit).not.toBe(before.commit);
    expect(result.totals.bytesFetched).toBe(8);
    expect(fileOf(result, smallFile.path)).toMatchObject({ state: 'linked' });
    expect(inode(join(result.path, weightsFile.path))).toBe(inode(join(before.path, weightsFile.path)));
    expect(lstatSync(join(result.path, weightsFile.path)).isFile()).toBe(true);
  });
});

describe('Python’s shared store', () => {
  const xetHash = 'ab'.repeat(32);
  const payload = () => join(place.folder, 'blobs', 'ab', xetHash);

  async function leaveInStore(bytes: Uint8Array, marker = '1\n'): Promise<void> {
    mkdirSync(dirname(payload()), { recursive: true });
    writeFileSync(join(place.folder, 'blobs', '.huggingface-shared-blobs'), marker);
    writeFileSync(payload(), bytes, { mode: 0o444 });
    await writeListing(layoutOf(B), new CacheFiles(place.folder), {
      commit: commitOf('c'),
      files: [{ ...weightsFile, xetHash }],
    });
  }

  const runPinned = async (hub: Hub) => {
    const context = contextFor(hub, { offline: true });
    return { result: await download({ ...requestOf(B), revision: commitOf('c') }, context), context };
  };

  it('gives what the listing’s xet hash names, once its digest is right, as a hard link', async () => {
    await leaveInStore(weights);
    const { result } = await runPinned(await hubOf());
    expect(fileOf(result, weightsFile.path)).toMatchObject({ state: 'linked', bytesFetched: 0 });
    expect(lstatSync(blobOf(B)).isFile()).toBe(true);
    expect(inode(blobOf(B))).toBe(inode(payload()));
    expect(below(join(place.folder, 'blobs'))).toEqual(['.huggingface-shared-blobs', 'ab', `ab/${xetHash}`]);
  });

  it('is not believed without its marker, nor with other bytes', async () => {
    const hub = await hubOf();
    await leaveInStore(weights, '2\n');
    await expect(runPinned(hub)).rejects.toMatchObject({ code: 'not-cached' });
    await leaveInStoreAgain(Buffer.alloc(weights.length));
    await expect(runPinned(hub)).rejects.toMatchObject({ code: 'not-cached' });
    expect(existsSync(blobOf(B))).toBe(false);
  });

  async function leaveInStoreAgain(bytes: Uint8Array): Promise<void> {
    rmSync(payload());
    await leaveInStore(bytes);
  }

  it('is looked through where a repo’s blob is a link into it, and the file itself becomes the blob', async () => {
    const hub = await hubOf();
    await run(hub, A);
    mkdirSync(dirname(payload()), { recursive: true });
    renameSync(blobOf(A), payload());
    symlinkSync(`../../blobs/ab/${xetHash}`, blobOf(A));
    await run(hub, B);
    expect(lstatSync(blobOf(B)).isFile()).toBe(true);
    expect(inode(blobOf(B))).toBe(inode(payload()));
  });
});

describe('read caches', () => {
  const other = () => join(place.folder, 'other');
  const own = () => join(place.folder, 'own');

  it('give files of any size and digest before the network does, as copies, and are not written', async () => {
    const hub = await hubOf();
    await run(hub, A, { cacheDir: other() });
    chmodSync(blobOf(A, other()), 0o440);
    const before = below(other());
    const settings = { cacheDir: own(), readCaches: [join(place.folder, 'none'), other()] };
    const plan = await planDownload(requestOf(A), contextFor(hub, settings));
    expect(plan).toMatchObject({ totals: { bytesToFetch: 0 }, disk: { needed: weights.length + small.length + 7 } });
    const sent = hub.bytesSent();
    const { result, context } = await run(hub, A, settings);
    expect(hub.bytesSent()).toBe(sent);
    expect(result.files.map(({ state }) => state)).toEqual(['linked', 'linked', 'linked']);
    expect(inode(blobOf(A, own()))).not.toBe(inode(blobOf(A, other())));
    expect(statSync(blobOf(A, own())).mode & 0o777).toBe(statSync(join(layoutOf(A, own()).refs, 'main')).mode & 0o777);
    expect(below(other())).toEqual(before);
    expect(warnings(context)).toMatchObject([{ code: 'read-cache-unreadable' }]);
  });

  it('are not believed', async () => {
    const hub = await hubOf();
    await run(hub, A, { cacheDir: other() });
    const config = fileOf((await run(hub, A, { cacheDir: other() })).result, 'config.json');
    writeFileSync(join(layoutOf(A, other()).blobs, config?.digest?.split(':')[1] ?? ''), '{"a":2}');
    const { result, context } = await run(hub, A, { cacheDir: own(), readCaches: [other()] });
    expect(fileOf(result, 'config.json')).toMatchObject({ state: 'fetched' });
    expect(fileOf(result, smallFile.path)).toMatchObject({ state: 'linked' });
    expect(readFileSync(join(result.path, 'config.json'), 'utf8')).toBe('{"a":1}');
    expect(warnings(context)).toMatchObject([{ code: 'damaged-blob' }]);
  });
});
