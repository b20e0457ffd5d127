import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { blobPath, repoLayout } from '../../../src/cache/layout.js';
import { readListing, readRequests, writeListing } from '../../../src/cache/records.js';
import { CacheFiles } from '../../../src/cache/files.js';
import { listPartials, recordedBytesOf } from '../../../src/cache/partials.js';
import { readRef } from '../../../src/cache/refs.js';
import { importPath } from '../../../src/operations/import/import-path.js';
import { type ImportDamaged } from '../../../src/operations/import/import-result.js';
import { type CommitHash, asCommitHash } from '../../../src/repo/listing.js';
import { commitOf } from '../../cache/support.js';
import { contextWith, settingsWith } from '../support.js';
import { contentsOf, digestOf, everything, files, fillCache, listedFiles, newFolder, repo, write } from './support.js';

const commit = commitOf('c');
const model = files['sub/model.bin'] ?? Buffer.of();
const gitIsHere = has('git');

type Named = Partial<Pick<Parameters<typeof importPath>[0], 'repo' | 'revision' | 'dryRun'>>;

function take(from: string, cacheDir: string, named: Named = {}) {
  const context = contextWith(settingsWith(cacheDir, { offline: true, endpoints: [hub] }));
  return { context, result: importPath({ from, dryRun: false, ...named }, context) };
}

const hub = { url: 'https://hub.test', sendsToken: true };

function has(program: string): boolean {
  try {
    execFileSync(program, ['--version']);
    return true;
  } catch {
    return false;
  }
}

describe('another cache', () => {
  it.each([
    ['as a whole', (cache: string) => cache],
    ["as one repo's folder", (cache: string) => join(cache, 'models--org--name')],
    ['as the folder above it', (cache: string) => join(cache, '..')],
  ])('is taken in, %s, and keeps its files for itself', async (_what, pathOf) => {
    const source = join(newFolder(), 'hub');
    fillCache(source, { commit });
    const target = newFolder();
    const result = await take(pathOf(source), target).result;
    expect(result).toMatchObject({
      kind: 'cache',
      totals: { imported: 5 },
      repos: [{ refs: ['main'], complete: true }],
    });
    expect(contentsOf(target, commit)).toEqual(everything);
    const ours = blobPath(repoLayout(target, repo), digestOf(model));
    expect(statSync(ours).nlink).toBe(1);
    expect(await readRef(repoLayout(target, repo), 'main')).toBe(commit);
    expect((await readRequests(repoLayout(target, repo), commit))?.requests).toMatchObject([{ files: 'all' }]);
  });

  it('with a blob that has gone bad gives all others', async () => {
    const [source, target] = [newFolder(), newFolder()];
    fillCache(source, { commit });
    const bad = blobPath(repoLayout(source, repo), digestOf(model));
    writeFileSync(bad, Buffer.alloc(model.length));
    const failure = (await take(source, target).result.catch((error: unknown) => error)) as ImportDamaged;
    expect(failure).toMatchObject({ code: 'import-damaged', exitCode: 6 });
    expect(failure.message).toContain('sub/model.bin');
    expect(failure.result.totals).toMatchObject({ imported: 4, corrupt: 1 });
    expect(readdirSync(repoLayout(target, repo).partials)).toEqual([]);
    expect(contentsOf(target, commit, ['config.json', 'empty'])).toMatchObject({ empty: everything['empty'] });
  });

  it('is not the cache itself', async () => {
    const cache = newFolder();
    fillCache(cache, { commit });
    await expect(take(cache, cache).result).rejects.toMatchObject({ code: 'usage' });
  });

  it('says itself which repos it has', async () => {
    const cache = newFolder();
    fillCache(cache, { commit });
    await expect(take(cache, newFolder(), { repo }).result).rejects.toMatchObject({ code: 'usage' });
  });
});

describe.runIf(gitIsHere)('a git clone', () => {
  it('gives files of its working tree, of LFS and of git, and a listing, without a request', async () => {
    const clone = newClone();
    storeInLfs(clone);
    writeFileSync(join(clone.folder, 'config.json'), '{"edited":true}');
    rmSync(join(clone.folder, 'empty'));
    const target = newFolder();
    const result = await take(clone.folder, target).result;
    expect(result).toMatchObject({ kind: 'git-clone', totals: { imported: 5, missing: 0 } });
    expect(result.repos).toMatchObject([{ repo: 'org/name', commit: clone.head, complete: true, refs: ['main'] }]);
    expect(contentsOf(target, clone.head)).toEqual(everything);
    expect(await readRef(repoLayout(target, repo), 'main')).toBe(clone.head);
    const listing = (await readListing(repoLayout(target, repo), clone.head))?.files ?? [];
    expect(listing.map(({ path, size, digest }) => ({ path, size, digest }))).toEqual(
      listedFiles().map(({ path, size, digest }) => ({ path, size, digest })),
    );
  });

  it('gives what stands in its working tree instead of pointers', async () => {
    const clone = newClone();
    write(join(clone.folder, 'sub/model.bin'), model);
    const target = newFolder();
    expect((await take(clone.folder, target).result).totals).toMatchObject({ imported: 5 });
  });

  it('without its LFS files tells what is missing, and how to fetch it', async () => {
    const clone = newClone();
    const { context, result } = take(clone.folder, newFolder());
    expect((await result).totals).toMatchObject({ imported: 4, missing: 1 });
    expect((await result).repos).toMatchObject([{ complete: false }]);
    expect(context.events).toContainEqual(
      expect.objectContaining({ code: 'import-missing', hint: 'To fetch the rest: hub download org/name@main' }),
    );
  });

  it('leaves what git-lfs had begun to the next download', async () => {
    const clone = newClone();
    const bytes = 2_000_000;
    write(join(clone.folder, '.git/lfs/incomplete', `${digestOf(model).hex}.part`), model.subarray(0, bytes));
    const target = newFolder();
    await take(clone.folder, target).result;
    const layout = repoLayout(target, repo);
    const [partial, ...others] = await listPartials(layout);
    expect(others).toEqual([]);
    expect(partial?.hex).toBe(digestOf(model).hex);
    if (partial === undefined) throw new Error('no partial');
    expect(await recordedBytesOf(partial, { digest: digestOf(model), size: model.length })).toBe(bytes);
    expect(readdirSync(layout.leases)).toEqual([]);
  });

  it.each(['git@hub.test:org/name', 'ssh://git@hub.test/org/name.git', 'https://user:hf_secret@hub.test/org/name'])(
    'is of the repo that its origin %s names',
    async (origin) => {
      const result = await take(newClone({ origin }).folder, newFolder()).result;
      expect(result.repos).toMatchObject([{ repo: 'org/name', type: 'model' }]);
    },
  );

  it('of another host needs to be told its repo, and never tells a secret', async () => {
    const clone = newClone({ origin: 'https://user:hf_secret@elsewhere.test/org/name' });
    const failure = await take(clone.folder, newFolder()).result.catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'usage' });
    expect((failure as Error).message).not.toContain('hf_secret');
    expect((await take(clone.folder, newFolder(), { repo }).result).repos).toMatchObject([{ repo: 'org/name' }]);
  });

  it('of a commit that only it has sets no ref', async () => {
    const clone = newClone();
    git(clone.folder, 'commit', '-q', '--allow-empty', '-m', 'mine');
    const target = newFolder();
    const { context, result } = take(clone.folder, target);
    expect((await result).repos).toMatchObject([{ refs: [] }]);
    expect(context.events).toContainEqual(expect.objectContaining({ code: 'unpublished-commit' }));
    expect(existsSync(repoLayout(target, repo).refs)).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('cannot have anything of its own run', async () => {
    const clone = newClone();
    const proof = join(newFolder(), 'ran');
    for (const key of ['core.fsmonitor', 'core.pager', 'core.sshCommand', 'filter.lfs.smudge', 'diff.external']) {
      git(clone.folder, 'config', key, `touch ${proof}`);
    }
    await take(clone.folder, newFolder()).result;
    expect(existsSync(proof)).toBe(false);
  });

  it('on a machine without git is an error that names the cure', async () => {
    const clone = newClone();
    const path = process.env['PATH'];
    process.env['PATH'] = newFolder();
    onTestFinished(() => {
      process.env['PATH'] = path;
    });
    const failure = await take(clone.folder, newFolder()).result.catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'usage', hint: 'Install git.' });
  });

  it('without a commit is an error that says so', async () => {
    const folder = newFolder();
    git(folder, 'init', '-q');
    await expect(take(folder, newFolder()).result).rejects.toMatchObject({ code: 'usage' });
  });
});

/** A clone as git makes it where LFS fetches nothing: pointers in the working tree. */
function newClone({ origin = 'https://hub.test/org/name' } = {}): { folder: string; head: CommitHash } {
  const folder = newFolder();
  git(folder, 'init', '-q', '-b', 'main');
  for (const [path, bytes] of Object.entries(files)) {
    const isLarge = digestOf(bytes).algorithm === 'sha256';
    write(join(folder, path), isLarge ? pointerTo(bytes) : bytes);
  }
  git(folder, 'add', '.');
  git(folder, 'commit', '-q', '-m', 'all');
  git(folder, 'remote', 'add', 'origin', origin);
  git(folder, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  const head = asCommitHash(git(folder, 'rev-parse', 'HEAD').trim());
  if (head === undefined) throw new Error('git made no commit');
  return { folder, head };
}

function storeInLfs({ folder }: { folder: string }): void {
  const { hex } = digestOf(model);
  write(join(folder, '.git/lfs/objects', hex.slice(0, 2), hex.slice(2, 4), hex), model);
}

function pointerTo(bytes: Uint8Array): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${digestOf(bytes).hex}\nsize ${bytes.length}\n`;
}

function git(folder: string, ...words: string[]): string {
  const settings = ['user.name=test', 'user.email=test@test.test', 'core.autocrlf=false'].flatMap((it) => ['-c', it]);
  return execFileSync('git', [...settings, '-C', folder, ...words], { encoding: 'utf8' });
}

describe('a folder of files', () => {
  async function cacheThatKnows(refs: readonly string[] = ['main']): Promise<string> {
    const cacheDir = newFolder();
    const layout = repoLayout(cacheDir, repo);
    await writeListing(layout, new CacheFiles(cacheDir), { commit, files: listedFiles() });
    for (const name of refs) write(join(layout.refs, name), commit);
    return cacheDir;
  }

  it('gives the files that are there, by name or by digest, whatever they are called', async () => {
    const folder = newFolder();
    for (const [path, bytes] of Object.entries(files)) write(join(folder, path), bytes);
    renameSync(join(folder, 'sub/model.bin'), join(folder, 'my copy.bin'));
    rmSync(join(folder, 'empty'));
    const target = await cacheThatKnows();
    const result = await take(folder, target, { repo }).result;
    expect(result).toMatchObject({ kind: 'folder', totals: { imported: 4, missing: 1, corrupt: 0 } });
    expect(contentsOf(target, commit, ['config.json', 'sub/model.bin'])).toEqual({
      'config.json': everything['config.json'],
      'sub/model.bin': everything['sub/model.bin'],
    });
  });

  it('needs to be told its repo', async () => {
    await expect(take(newFolder(), newFolder()).result).rejects.toMatchObject({ code: 'usage' });
    await expect(take(join(newFolder(), 'none'), newFolder()).result).rejects.toMatchObject({ code: 'usage' });
  });

  it('of a revision that nobody knows here is an error offline', async () => {
    await expect(take(newFolder(), newFolder(), { repo }).result).rejects.toMatchObject({ code: 'not-cached' });
  });

  it('is never changed, and not tied to the cache', async () => {
    const folder = newFolder();
    write(join(folder, 'sub/model.bin'), model);
    const target = await cacheThatKnows();
    await take(folder, target, { repo }).result;
    writeFileSync(join(folder, 'sub/model.bin'), 'mine');
    expect(contentsOf(target, commit, ['sub/model.bin'])).toEqual({ 'sub/model.bin': everything['sub/model.bin'] });
  });

  it('that --local-dir filled tells commit and digests itself', async () => {
    const folder = newFolder();
    for (const [path, bytes] of Object.entries(files)) {
      write(join(folder, path), bytes);
      const note = join(folder, '.cache/huggingface/download', `${path}.metadata`);
      write(note, `${commit}\n${digestOf(bytes).hex}\n1700000000.5\n`);
    }
    await expect(take(folder, newFolder()).result).rejects.toMatchObject({ code: 'usage' });
    const target = newFolder();
    const result = await take(folder, target, { repo }).result;
    expect(result).toMatchObject({ kind: 'local-dir', totals: { imported: 5 }, repos: [{ commit, complete: null }] });
    expect(contentsOf(target, commit)).toEqual(everything);
    // What hub itself filled says also of which repo it is.
    mkdirSync(join(folder, '.cache/huggingface/model-hub/models--org--name'), { recursive: true });
    expect((await take(folder, newFolder()).result).repos).toMatchObject([{ repo: 'org/name' }]);
  });

  it("finds Python's listing in it", async () => {
    const folder = newFolder();
    write(join(folder, 'config.json'), files['config.json'] ?? '');
    const { hex } = digestOf(files['config.json'] ?? Buffer.of());
    write(join(folder, '.cache/huggingface/download/config.json.metadata'), `${commit}\n${hex}\n1700000000.5\n`);
    const listed = { 'config.json': { size: 7, blob_id: hex }, other: { size: 1, blob_id: '1'.repeat(40) } };
    const tree = join(folder, '.cache/huggingface/trees', `${commit}.json`);
    write(tree, JSON.stringify({ format_version: 1, files: listed }));
    const result = await take(folder, newFolder(), { repo }).result;
    expect(result.repos).toMatchObject([{ complete: false }]);
    expect(result.totals).toMatchObject({ imported: 1, missing: 1 });
  });
});

describe('an import that is called off', () => {
  it('leaves whole blobs or none', async () => {
    const source = newFolder();
    fillCache(source, { commit });
    const target = newFolder();
    const { context, result } = take(source, target);
    context.controller.abort();
    await expect(result).rejects.toMatchObject({ code: 'interrupted' });
    const layout = repoLayout(target, repo);
    for (const name of existsSync(layout.blobs) ? readdirSync(layout.blobs) : []) {
      const { hex } = digestOf(readFileSync(join(layout.blobs, name)));
      expect(hex).toBe(name);
    }
    expect(existsSync(layout.refs)).toBe(false);
  });
});
