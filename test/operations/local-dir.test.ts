import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { DownloadFailed, type DownloadRequest, download } from '../../src/operations/download.js';
import { planDownload } from '../../src/operations/plan-download.js';
import type { DownloadResult } from '../../src/operations/download-result.js';
import { UnstorableName, UntrustedListing } from '../../src/repo/names.js';
import type { Settings } from '../../src/settings/settings.js';
import { below, workplace } from '../cache/support.js';
import { closing } from '../net/server.js';
import { type FileSpec, repoWith } from '../support/hub-server/repos.js';
import { type Hub, startHub } from '../support/hub-server/server.js';
import { bytesOf, gitSha1Of, sha256Of } from '../transfer/fakes.js';
import { contextWith, settingsWith } from './support.js';

const place = workplace();
const MB = 1_000_000;
const weights = bytesOf(5 * MB);
const small = bytesOf(2000, 2);
const id = 'org/name';
const readme = 'a model\n';
const repoFiles: Record<string, FileSpec> = {
  'model.bin': { content: weights, lfs: true },
  'onnx/small.bin': { content: small, lfs: true },
  'README.md': readme,
};

let dir: string;
let hub: Hub;
beforeEach(async () => {
  dir = join(place.folder, 'dir');
  hub = closing(await startHub({ repos: [repoWith({ id, files: repoFiles })] }));
});

/** As the system gives it. */
function modeOfNewFile(): number {
  const path = join(place.folder, 'new-file');
  writeFileSync(path, '');
  return statSync(path).mode & 0o777;
}

const cacheDir = () => join(place.folder, 'cache');
const at = (path: string) => join(dir, path);
const bytesSent = () => hub.bytesSent({});

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
}

function call(overrides: Partial<DownloadRequest> = {}, settings: Partial<Settings> = {}) {
  const context = contextWith(
    settingsWith(cacheDir(), { endpoints: [{ url: hub.endpoint, sendsToken: true }], retries: 1, ...settings }),
  );
  const repo = { type: 'model', name: id } as const;
  return { request: { repo, paths: [], include: [], exclude: [], localDir: dir, ...overrides }, context };
}

function run(overrides: Partial<DownloadRequest> = {}, settings: Partial<Settings> = {}): Promise<DownloadResult> {
  const { request, context } = call(overrides, settings);
  hub.clearRequests();
  return download(request, context);
}

/** A download that keeps something of the user's. */
async function runKeeping(overrides: Partial<DownloadRequest> = {}): Promise<DownloadFailed> {
  const failure = await run(overrides).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof DownloadFailed)) throw new Error(`it did not keep anything: ${String(failure)}`);
  return failure;
}

const statesOf = ({ files }: DownloadResult) => Object.fromEntries(files.map(({ path, state }) => [path, state]));

/** What a user sees, and git. */
const visible = () => below(dir).filter((path) => !path.startsWith('.cache'));

function expectWhole(): void {
  expect(readFileSync(at('model.bin')).equals(weights)).toBe(true);
  expect(readFileSync(at('onnx/small.bin')).equals(small)).toBe(true);
  expect(readFileSync(at('README.md'), 'utf8')).toBe(readme);
  for (const path of visible()) expect(lstatSync(at(path)).isSymbolicLink(), path).toBe(false);
  expect(readdirSync(at('.cache/huggingface/model-hub/models--org--name/partial'))).toEqual([]);
}

describe('a fresh local folder', () => {
  it('gets real files, what Python notes of them, and nothing in the cache', async () => {
    const result = await run();
    expect(result).toMatchObject({ path: dir, complete: true });
    expect(statesOf(result)).toEqual({ 'README.md': 'fetched', 'model.bin': 'fetched', 'onnx/small.bin': 'fetched' });
    expect(visible()).toEqual(['README.md', 'model.bin', 'onnx', 'onnx/small.bin']);
    expectWhole();
    expect(existsSync(cacheDir())).toBe(false);
    const note = (path: string) => readFileSync(at(`.cache/huggingface/download/${path}.metadata`), 'utf8').split('\n');
    expect(note('model.bin').slice(0, 2)).toEqual([hub.head(id), sha256Of(weights).hex]);
    expect(note('README.md')[1]).toBe(gitSha1Of(Buffer.from(readme)).hex);
  });

  it('costs a second run one request and no file, and a pinned or offline one none', async () => {
    await run();
    const before = below(dir);
    expect(statesOf(await run())).toMatchObject({ 'model.bin': 'cached', 'README.md': 'cached' });
    expect(hub.requests).toHaveLength(1);
    await run({ revision: hub.head(id) });
    await run({}, { offline: true });
    expect(hub.requests).toHaveLength(0);
    expect(below(dir)).toEqual(before);
  });

  it('has the modes of the umask, whatever its own or the cache’s files have', async () => {
    mkdirSync(dir, { mode: 0o777 });
    chmodSync(dir, 0o777);
    const before = process.umask(0o027);
    try {
      await run();
    } finally {
      process.umask(before);
    }
    for (const path of ['model.bin', 'README.md', '.cache/huggingface/.gitignore']) {
      expect((statSync(at(path)).mode & 0o777).toString(8), path).toBe('640');
    }
  });

  it('takes one file, and names the folder', async () => {
    const result = await run({ paths: ['onnx/small.bin'] });
    expect(result.path).toBe(dir);
    expect(visible()).toEqual(['onnx', 'onnx/small.bin']);
  });

  it('gets a content that is in the repo twice once, and both of its files', async () => {
    hub.commit(id, { 'copy.bin': { content: weights, lfs: true } });
    const result = await run();
    expect(statesOf(result)).toMatchObject({ 'copy.bin': 'fetched', 'model.bin': 'linked' });
    expect(result.totals.bytesFetched).toBe(weights.length + small.length + readme.length);
    expect(readFileSync(at('copy.bin')).equals(weights)).toBe(true);
    expectWhole();
  });
});

describe('a branch that has moved', () => {
  it('leaves no listings behind but those that something here names', async () => {
    const listings = () =>
      readdirSync(at('.cache/huggingface/model-hub'), { recursive: true, encoding: 'utf8' })
        .filter((name) => /[0-9a-f]{40}\.json$/.test(name))
        .map((name) => name.slice(-45, -5));
    const agePast = () => {
      for (const name of readdirSync(at('.cache/huggingface/model-hub'), { recursive: true, encoding: 'utf8' })) {
        const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
        if (name.endsWith('.json')) utimesSync(at(join('.cache/huggingface/model-hub', name)), twoDaysAgo, twoDaysAgo);
      }
    };
    await run();
    const first = hub.head(id);
    hub.commit(id, { 'new.json': '{}' });
    await run({ paths: ['new.json'] });
    agePast();
    hub.commit(id, { 'new.json': '[]' });
    await run({ paths: ['new.json'] });
    // Of the first commit are the files that were not asked for again.
    expect(listings().sort()).toEqual([first, hub.head(id)].sort());
  });

  it('brings only what has another digest, in the place of what is untouched, and leaves what is gone', async () => {
    await run();
    const newer = bytesOf(3 * MB, 9);
    hub.commit(id, { 'model.bin': { content: newer, lfs: true }, 'README.md': null, 'new.json': '{}' });
    const result = await run();
    expect(statesOf(result)).toEqual({ 'model.bin': 'fetched', 'new.json': 'fetched', 'onnx/small.bin': 'cached' });
    expect(readFileSync(at('model.bin')).equals(newer)).toBe(true);
    expect(readFileSync(at('README.md'), 'utf8')).toBe(readme);
    const note = readFileSync(at('.cache/huggingface/download/onnx/small.bin.metadata'), 'utf8');
    expect(note.split('\n')[0]).toBe(hub.head(id));
    expect((await run()).totals.bytesFetched).toBe(0);
    expect(hub.requests).toHaveLength(1);
  });

  it('does not take an old file away before the new one is whole', async () => {
    await run();
    hub.commit(id, { 'model.bin': { content: bytesOf(3 * MB, 9), lfs: true } });
    hub.fault({ match: { kind: 'cdn' }, times: Infinity, status: 500 });
    await expect(run({}, { retries: 0 })).rejects.toThrow(DownloadFailed);
    expectWholeBut('model.bin');
  });

  function expectWholeBut(path: string): void {
    expect(readFileSync(at(path)).equals(weights)).toBe(true);
  }

  it('replaces a file that was only copied or touched since', async () => {
    await run();
    utimesSync(at('model.bin'), 1, 1);
    utimesSync(at('onnx/small.bin'), new Date(), new Date(Date.now() + 60_000));
    const newer = bytesOf(3 * MB, 9);
    hub.commit(id, { 'model.bin': { content: newer, lfs: true } });
    expect(statesOf(await run())).toMatchObject({ 'model.bin': 'fetched', 'onnx/small.bin': 'cached' });
    expect(readFileSync(at('model.bin')).equals(newer)).toBe(true);
  });
});

describe('files of the user’s', () => {
  it('are kept, named, and end it with 9, and --force replaces them', async () => {
    await run();
    appendFileSync(at('README.md'), 'my notes');
    put('mine.txt', 'mine');
    hub.commit(id, { 'new.json': '{}' });
    const failure = await runKeeping();
    expect(failure).toMatchObject({ exitCode: 9, code: 'local-files-kept', retryable: false });
    expect(failure.message).toContain('README.md');
    expect(failure.hint).toContain('--force');
    expect(failure.result).toMatchObject({ complete: false, path: dir });
    expect(statesOf(failure.result)).toMatchObject({
      'README.md': 'kept',
      'model.bin': 'cached',
      'new.json': 'fetched',
    });
    expect(readFileSync(at('README.md'), 'utf8')).toBe(`${readme}my notes`);

    await run({ paths: ['README.md'] }, { force: true });
    expect(readFileSync(at('README.md'), 'utf8')).toBe(readme);
    expect(readFileSync(at('mine.txt'), 'utf8')).toBe('mine');
    expect((await run()).complete).toBe(true);
  });

  it('are kept when they are edited within the second in which they were brought', async () => {
    await run();
    const { mtime } = statSync(at('README.md'));
    writeFileSync(at('README.md'), 'b model\n');
    utimesSync(at('README.md'), mtime, new Date(mtime.getTime() + 2));
    expect(statesOf((await runKeeping()).result)).toMatchObject({ 'README.md': 'kept' });
  });

  it('are told by --dry-run, which ends well and writes nothing', async () => {
    put('model.bin', bytesOf(weights.length, 5));
    put('onnx/small.bin', small);
    const before = below(dir);
    const { request, context } = call();
    const plan = await planDownload(request, context);
    expect(Object.fromEntries(plan.files.map(({ path, state }) => [path, state]))).toEqual({
      'README.md': 'fetch',
      'model.bin': 'keep',
      'onnx/small.bin': 'cached',
    });
    expect(plan).toMatchObject({ path: dir, complete: false, totals: { bytesToFetch: readme.length } });
    expect(below(dir)).toEqual(before);
  });

  it('are kept also when they are changed while the new bytes come', async () => {
    put('model.bin', weights.subarray(0, 1000));
    hub.bytesPerSecond = 4 * MB;
    const { request, context } = call();
    const running = download(request, context).catch((error: unknown) => error);
    await hub.waitFor(() => hub.bytesSent() > MB);
    put('model.bin', 'mine now');
    hub.bytesPerSecond = undefined;
    const failure = await running;
    expect(failure).toMatchObject({ exitCode: 9 });
    expect(readFileSync(at('model.bin'), 'utf8')).toBe('mine now');
    // The bytes are not lost: they are there when the user wants them.
    hub.clearRequests();
    await run({}, { force: true, offline: false });
    expectWhole();
  });

  it('behind links stay where they are: a folder on another disk is followed, a link of the user’s is no file of ours', async () => {
    const disk = join(place.folder, 'disk');
    mkdirSync(disk);
    mkdirSync(dir);
    symlinkSync(disk, at('onnx'));
    writeFileSync(join(place.folder, 'elsewhere'), 'other');
    symlinkSync(join(place.folder, 'elsewhere'), at('README.md'));
    const { result } = await runKeeping();
    expect(statesOf(result)).toMatchObject({ 'README.md': 'kept', 'onnx/small.bin': 'fetched' });
    expect(readFileSync(join(disk, 'small.bin')).equals(small)).toBe(true);
    expect(lstatSync(at('onnx')).isSymbolicLink()).toBe(true);
  });
});

describe('what other tools left', () => {
  it('is adopted when its digest is right', async () => {
    put('model.bin', weights);
    put('README.md', readme);
    const result = await run();
    expect(statesOf(result)).toEqual({ 'README.md': 'cached', 'model.bin': 'cached', 'onnx/small.bin': 'fetched' });
    expect(result.totals.bytesFetched).toBe(small.length);
    expectWhole();
    await run();
    expect(hub.requests).toHaveLength(1);
  });

  it('is healed where a clone has only LFS pointers', async () => {
    const pointer = (bytes: Uint8Array) =>
      `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256Of(bytes).hex}\nsize ${String(bytes.length)}\n`;
    put('model.bin', pointer(weights));
    put('onnx/small.bin', pointer(small));
    put('README.md', readme);
    put('.git/HEAD', 'ref: refs/heads/main\n');
    const result = await run();
    expect(result.totals.bytesFetched).toBe(weights.length + small.length);
    expectWhole();
  });

  it('is the start of a file that a broken download cut off', async () => {
    put('model.bin', weights.subarray(0, 3 * MB));
    const result = await run();
    expect(statesOf(result)).toMatchObject({ 'model.bin': 'resumed' });
    expect(hub.bytesSent()).toBe(weights.length - 3 * MB + small.length + readme.length);
    expectWhole();
  });

  it('is replaced when it is shorter and no start of the file', async () => {
    put('model.bin', bytesOf(3 * MB, 77));
    const result = await run();
    expect(result.complete).toBe(true);
    expectWhole();
  });

  it('is brought anew where aria2 has not finished it, and its control file goes', async () => {
    put('model.bin', Buffer.concat([weights.subarray(0, MB), Buffer.alloc(4 * MB)]));
    put('model.bin.aria2', Buffer.from([0, 1, 0, 0, 0, 0]));
    put('README.md.aria2', 'my own file of that name');
    put('README.md', readme);
    await run();
    expectWhole();
    expect(visible()).toContain('README.md.aria2');
    expect(visible()).not.toContain('model.bin.aria2');
  });

  it('is a real file again where Python once made a link into the cache', async () => {
    const blob = join(cacheDir(), 'models--org--name', 'blobs', sha256Of(weights).hex);
    mkdirSync(dirname(blob), { recursive: true });
    writeFileSync(blob, weights);
    mkdirSync(dir);
    symlinkSync(blob, at('model.bin'));
    const result = await run();
    expect(statesOf(result)).toMatchObject({ 'model.bin': 'cached' });
    expectWhole();
    expect(readFileSync(blob).equals(weights)).toBe(true);
  });

  it('is trusted by Python’s notes as Python trusts it, without a look at the bytes', async () => {
    put('model.bin', bytesOf(weights.length, 55));
    put(
      '.cache/huggingface/download/model.bin.metadata',
      `${hub.head(id)}\n${sha256Of(weights).hex}\n${String(Date.now() / 1000)}\n`,
    );
    expect(statesOf(await run())).toMatchObject({ 'model.bin': 'cached' });
  });

  it('is told when it stands in the way', async () => {
    mkdirSync(at('model.bin'), { recursive: true });
    await expect(run()).rejects.toMatchObject({ exitCode: 7, code: 'in-the-way' });
    rmSync(at('model.bin'), { recursive: true });
    put('onnx', 'a file where a folder is to be');
    await expect(run()).rejects.toMatchObject({ exitCode: 7, code: 'in-the-way' });
    expect(visible()).toEqual(['onnx']);
  });
});

describe('a local folder and the cache', () => {
  const toCache = () => download({ ...call().request, localDir: undefined } as never, call().context);

  it('takes from the cache what that has, also offline, as files of their own', async () => {
    await toCache();
    const blob = join(cacheDir(), 'models--org--name', 'blobs', sha256Of(weights).hex);
    chmodSync(blob, 0o444);
    const before = below(cacheDir());
    hub.clearRequests();
    const result = await run({}, { offline: true });
    expect(statesOf(result)).toEqual({ 'README.md': 'cached', 'model.bin': 'cached', 'onnx/small.bin': 'cached' });
    expect(hub.requests).toEqual([]);
    expectWhole();
    expect(statSync(at('model.bin')).mode & 0o777).toBe(modeOfNewFile());
    expect(below(cacheDir())).toEqual(before);
    expect(statSync(blob).nlink).toBe(1);
    appendFileSync(at('model.bin'), 'edited');
    expect(readFileSync(blob).equals(weights)).toBe(true);
  });

  it('fetches what the cache lacks, and what can’t be read there', async () => {
    await toCache();
    rmSync(join(cacheDir(), 'models--org--name', 'blobs', sha256Of(small).hex));
    writeFileSync(join(cacheDir(), 'models--org--name', 'blobs', sha256Of(weights).hex), 'cut');
    const result = await run();
    expect(statesOf(result)).toEqual({ 'README.md': 'cached', 'model.bin': 'fetched', 'onnx/small.bin': 'fetched' });
    expectWhole();
  });

  it('is offline an error that names what is missing', async () => {
    await toCache();
    rmSync(join(cacheDir(), 'models--org--name', 'blobs', sha256Of(small).hex));
    rmSync(join(cacheDir(), 'models--org--name', 'snapshots'), { recursive: true });
    await expect(run({}, { offline: true })).rejects.toMatchObject({ exitCode: 8 });
    await expect(run({ revision: 'dev' }, { offline: true })).rejects.toMatchObject({ exitCode: 8 });
  });

  const blobOfFork = (bytes: Uint8Array) => {
    const path = join(cacheDir(), 'models--org--fork', 'blobs', sha256Of(weights).hex);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  };

  it('takes from another repo of the cache, once its digest is checked, and never as another name of it', async () => {
    const blob = blobOfFork(weights);
    const result = await run();
    expect(statesOf(result)).toMatchObject({ 'model.bin': 'linked', 'onnx/small.bin': 'fetched' });
    expect(hub.bytesSent()).toBe(small.length + readme.length);
    expect(statSync(blob).nlink).toBe(1);
    expectWhole();
  });

  it('fetches what is damaged there', async () => {
    blobOfFork(bytesOf(weights.length, 66));
    expect(statesOf(await run())).toMatchObject({ 'model.bin': 'fetched' });
    expectWhole();
  });

  it('must be apart', async () => {
    const inCache = join(cacheDir(), 'models--org--name');
    for (const localDir of [cacheDir(), inCache]) await expect(run({ localDir })).rejects.toThrow(UsageError);
    writeFileSync(join(place.folder, 'file'), '');
    await expect(run({ localDir: join(place.folder, 'file') })).rejects.toThrow(UsageError);
    expect(bytesSent()).toBe(0);
  });
});

describe('names that a folder of the user’s must not get', () => {
  it.each(['.git/hooks/post-checkout', 'sub/.GIT/config', 'git~1/config', '.g\u200cit/config', '.git . /x'])(
    '%s: nothing of the repo is taken',
    async (path) => {
      hub.commit(id, { [path]: 'evil' });
      await expect(run({ paths: ['README.md'] })).rejects.toThrow(UntrustedListing);
      expect(existsSync(dir)).toBe(false);
    },
  );

  it.each(['.cache/huggingface/download/x.metadata', '.CACHE/huggingface', '.cache'])(
    '%s: only without it',
    async (path) => {
      hub.commit(id, { [path]: 'uploaded by accident' });
      await expect(run()).rejects.toThrow(UnstorableName);
      expect(existsSync(dir)).toBe(false);
      expect((await run({ exclude: ['.cache*', '.CACHE*'] })).complete).toBe(true);
    },
  );

  it.each(['.gitignore', '.gitattributes', 'git/x', '.cache/other', '.cached'])(
    '%s: is like any other',
    async (path) => {
      hub.commit(id, { [path]: 'x' });
      await run();
      expect(readFileSync(at(path), 'utf8')).toBe('x');
    },
  );
});

describe('another folder', () => {
  it('may be a moved one: what is in it is known again by its bytes', async () => {
    await run();
    const moved = join(place.folder, 'moved');
    renameSync(dir, moved);
    dir = moved;
    expect((await run()).totals.bytesFetched).toBe(0);
    expect(hub.requests).toHaveLength(1);
  });

  it('holds two repos, each with its own state', async () => {
    hub.addRepo(repoWith({ id: 'org/other', files: { 'other.json': '{}' } }));
    await run();
    await run({ repo: { type: 'model', name: 'org/other' } });
    await run({}, { offline: true });
    expect(visible()).toContain('other.json');
    expectWhole();
  });
});
