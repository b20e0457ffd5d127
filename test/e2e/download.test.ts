import { chmod, lstat, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fixtureRepos } from '../support/hub-server/fixture-repos.js';
import { bytesOf, gitOidOf, sha256Of } from '../support/hub-server/content.js';
import { repoWith } from '../support/hub-server/repos.js';
import { commitOfRef, linkOf, modeOf, soundBlobs, treeOf } from './support/cache-folder.js';
import { newMachine, serve, type Machine } from './support/machine.js';

const MB = 1_000_000;
const model = 'facebook/opt-13b';
const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));

async function serveFixtures() {
  const hub = await serve({ repos: await fixtureRepos(fixtures) });
  return { hub, machine: await newMachine(hub), commit: hub.head(model) };
}

/** Paths of the snapshot's files, ascending. */
async function snapshotPaths(machine: Machine, commit: string): Promise<string[]> {
  const tree = await treeOf(join(machine.repo(model), 'snapshots', commit));
  return tree.filter((line) => !line.endsWith('/')).map((line) => line.replace(/ -> .*/, ''));
}

describe('hub download facebook/opt-13b --ignore "*.h5"', () => {
  test('prints the snapshot path alone', async () => {
    const { machine, commit } = await serveFixtures();
    const { exitCode, stdout } = await machine.run('download', model, '--ignore', '*.h5');
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `${join(machine.repo(model), 'snapshots', commit)}\n`,
    });
  });

  test('brings every file but the .h5 ones, nested ones included, byte for byte', async () => {
    const { hub, machine, commit } = await serveFixtures();
    await machine.run('download', model, '--ignore', '*.h5');
    const wanted = [...(hub.repo(model).commits.get(commit) ?? [])].filter(([path]) => !path.endsWith('.h5'));
    expect(await snapshotPaths(machine, commit)).toEqual(wanted.map(([path]) => path).sort());
    for (const [path, { content }] of wanted) {
      const stored = await readFile(join(machine.repo(model), 'snapshots', commit, path));
      expect(stored.equals(await bytesOf(content)), path).toBe(true);
    }
  });

  test('names every blob by its digest: sha-256 for LFS, git sha-1 for the others', async () => {
    const { hub, machine, commit } = await serveFixtures();
    await machine.run('download', model, '--ignore', '*.h5');
    const wanted = [...(hub.repo(model).commits.get(commit) ?? [])].filter(([path]) => !path.endsWith('.h5'));
    const digests = await Promise.all(
      wanted.map(([, { content, lfs }]) => (lfs ? sha256Of(content) : gitOidOf(content))),
    );
    expect(await soundBlobs(machine.repo(model))).toEqual([...new Set(digests)].sort());
  });

  test('links relatively, at any depth', async () => {
    const { hub, machine, commit } = await serveFixtures();
    await machine.run('download', model, '--ignore', '*.h5');
    const repo = machine.repo(model);
    const config = await gitOidOf(hub.file(model, 'config.json').content);
    expect(await linkOf(repo, commit, 'config.json')).toBe(`../../blobs/${config}`);
    const onnx = await sha256Of(hub.file(model, 'exports/onnx/model.onnx').content);
    expect(await linkOf(repo, commit, 'exports/onnx/model.onnx')).toBe(`../../../../blobs/${onnx}`);
  });

  test('writes the commit alone into refs/main, and a CACHEDIR.TAG', async () => {
    const { machine, commit } = await serveFixtures();
    await machine.run('download', model, '--ignore', '*.h5');
    expect(await commitOfRef(machine.repo(model), 'main')).toBe(commit);
    const tag = await readFile(join(machine.cacheDir, 'CACHEDIR.TAG'), 'utf8');
    expect(tag).toMatch(/^Signature: 8a477f597d28d172789f06886806bc55\n/);
  });

  test('leaves no unfinished file, lease or temporary behind', async () => {
    const { machine } = await serveFixtures();
    await machine.run('download', model, '--ignore', '*.h5');
    const own = (await treeOf(join(machine.repo(model), '.hub'))).filter((line) => !line.endsWith('/'));
    expect(
      own.every((line) => /^(listings|snapshots)\/[0-9a-f]{40}\.json$/.test(line)),
      own.join('\n'),
    ).toBe(true);
    expect((await treeOf(machine.hfHome)).filter((line) => /\.incomplete|\.lock|\.tmp/.test(line))).toEqual([]);
  });
});

describe('what is asked for', () => {
  test('one file path: prints that file', async () => {
    const { machine, commit } = await serveFixtures();
    const { stdout } = await machine.run('download', model, 'config.json');
    expect(stdout).toBe(`${join(machine.repo(model), 'snapshots', commit, 'config.json')}\n`);
    expect(await snapshotPaths(machine, commit)).toEqual(['config.json']);
  });

  test('a folder with a trailing slash: all below it', async () => {
    const { machine, commit } = await serveFixtures();
    expect((await machine.run('download', model, 'exports/')).exitCode).toBe(0);
    expect(await snapshotPaths(machine, commit)).toEqual(['exports/keras/embedding.h5', 'exports/onnx/model.onnx']);
  });

  test.each([
    { named: ['--revision', 'v1.0'], ref: 'v1.0' },
    { named: ['--revision', 'refs/pr/1'], ref: 'refs/pr/1' },
    { named: ['--revision', 'feature/deep'], ref: 'feature/deep' },
  ])('$named: refs/$ref', async ({ named, ref }) => {
    const files = { 'config.json': '{}' };
    const branches = { 'feature/deep': { 'config.json': '[]' } };
    const repo = repoWith({ id: 'org/name', files, branches, tags: { 'v1.0': 'main' }, pullRequests: { 1: files } });
    const hub = await serve({ repos: [repo] });
    const machine = await newMachine(hub);
    const { exitCode, stdout, stderr } = await machine.run('download', 'org/name', ...named);
    expect(exitCode, stderr).toBe(0);
    const commit = await commitOfRef(machine.repo('org/name'), ref);
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(stdout).toBe(`${join(machine.repo('org/name'), 'snapshots', commit ?? '')}\n`);
  });

  test('a full commit: no ref is written', async () => {
    const { machine, commit } = await serveFixtures();
    const { exitCode } = await machine.run('download', `${model}@${commit}`, 'config.json');
    expect(exitCode).toBe(0);
    expect(await treeOf(join(machine.repo(model), 'refs'))).toEqual([]);
  });

  test.each(['datasets/stanfordnlp/imdb', 'hf://datasets/stanfordnlp/imdb'])('a dataset as %s', async (name) => {
    const { hub, machine } = await serveFixtures();
    const { exitCode, stdout } = await machine.run('download', name);
    expect(exitCode).toBe(0);
    const commit = hub.head('datasets/stanfordnlp/imdb');
    expect(stdout).toBe(`${join(machine.repo('stanfordnlp/imdb', 'dataset'), 'snapshots', commit)}\n`);
  });

  test('the address of a page of the endpoint in use', async () => {
    const { hub, machine, commit } = await serveFixtures();
    const { exitCode, stdout } = await machine.run('download', `${hub.endpoint}/${model}/blob/main/config.json`);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`${join(machine.repo(model), 'snapshots', commit, 'config.json')}\n`);
  });

  test('an empty file needs no request for its bytes', async () => {
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files: { empty: '' } })] });
    const machine = await newMachine(hub);
    const { exitCode, stdout } = await machine.run('download', 'org/name');
    expect(exitCode).toBe(0);
    expect((await stat(join(stdout.trim(), 'empty'))).size).toBe(0);
    expect(hub.count({ kind: ['resolve', 'resolve-cache', 'cdn'] })).toBe(0);
  });

  test('two files of one digest are fetched once', async () => {
    const same = { size: 3 * MB, lfs: true, seed: 5 };
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files: { 'a.bin': same, 'sub/b.bin': same } })] });
    const machine = await newMachine(hub);
    const { exitCode } = await machine.run('download', 'org/name');
    expect(exitCode).toBe(0);
    expect(hub.bytesSent()).toBe(3 * MB);
    const commit = hub.head('org/name');
    const blob = await sha256Of(hub.file('org/name', 'a.bin').content);
    expect(await linkOf(machine.repo('org/name'), commit, 'sub/b.bin')).toBe(`../../../blobs/${blob}`);
  });

  test('another revision that shares blobs fetches only what is new', async () => {
    const weights = { size: 3 * MB, lfs: true, seed: 5 };
    const repo = repoWith({
      id: 'org/name',
      files: { 'model.bin': weights, 'config.json': '{}' },
      branches: { dev: { 'model.bin': weights, 'config.json': '[1]' } },
    });
    const hub = await serve({ repos: [repo] });
    const machine = await newMachine(hub);
    await machine.run('download', 'org/name');
    hub.clearRequests();
    expect((await machine.run('download', 'org/name@dev')).exitCode).toBe(0);
    expect(hub.bytesSent()).toBe('[1]'.length);
  });

  test('--cache-dir instead of HF_HUB_CACHE', async () => {
    const { machine } = await serveFixtures();
    const elsewhere = join(machine.folder, 'elsewhere');
    const { stdout } = await machine.run('download', model, 'config.json', '--cache-dir', elsewhere);
    expect(stdout.startsWith(join(elsewhere, 'models--facebook--opt-13b'))).toBe(true);
    expect(await treeOf(machine.hfHome)).toEqual([]);
  });

  test('--force fetches again what is cached', async () => {
    const { hub, machine } = await serveFixtures();
    await machine.run('download', model, 'config.json');
    hub.clearRequests();
    expect((await machine.run('download', model, 'config.json', '--force')).exitCode).toBe(0);
    expect(hub.bytesSent()).toBe(hub.file(model, 'config.json').content.size);
  });
});

describe('a cache that others have changed', () => {
  test('a blob that was deleted is fetched again, alone', async () => {
    const { hub, machine } = await serveFixtures();
    await machine.run('download', model);
    const config = hub.file(model, 'config.json').content;
    await rm(join(machine.repo(model), 'blobs', await gitOidOf(config)));
    hub.clearRequests();
    expect((await machine.run('download', model)).exitCode).toBe(0);
    expect(hub.bytesSent()).toBe(config.size);
  });

  test('a link that was deleted is made again without a byte', async () => {
    const { hub, machine, commit } = await serveFixtures();
    await machine.run('download', model);
    await rm(join(machine.repo(model), 'snapshots', commit, 'config.json'));
    hub.clearRequests();
    expect((await machine.run('download', model)).exitCode).toBe(0);
    expect(hub.bytesSent()).toBe(0);
    expect(await snapshotPaths(machine, commit)).toContain('config.json');
  });

  test('a cache that Python filled is taken as it is', async () => {
    const { hub, machine, commit } = await serveFixtures();
    await machine.run('download', model);
    await rm(join(machine.repo(model), '.hub'), { recursive: true });
    const before = await treeOf(machine.cacheDir);
    hub.clearRequests();
    const { stdout } = await machine.run('download', model, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ commit, totals: { bytesFetched: 0 } });
    expect((await treeOf(machine.cacheDir)).filter((line) => !line.includes('.hub'))).toEqual(before);
  });

  test('a ref that a branch of another time blocks: a warning, the files are there all the same', async () => {
    const files = { 'config.json': '{}' };
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files, branches: { a: files, 'a/b': files } })] });
    const machine = await newMachine(hub);
    await machine.run('download', 'org/name', '--revision', 'a');
    const { exitCode, stdout, stderr } = await machine.run('download', 'org/name', '--revision', 'a/b');
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/^warning: .*a\/b/m);
    expect(await treeOf(stdout.trim())).toHaveLength(1);
  });

  test('HF_HUB_DISABLE_SYMLINKS: real files in the snapshot', async () => {
    const { machine, commit } = await serveFixtures();
    machine.environment['HF_HUB_DISABLE_SYMLINKS'] = '1';
    expect((await machine.run('download', model, 'config.json')).exitCode).toBe(0);
    const path = join(machine.repo(model), 'snapshots', commit, 'config.json');
    expect((await lstat(path)).isFile()).toBe(true);
    const again = await machine.run('download', model, 'config.json', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ files: [{ state: 'cached' }] });
  });
});

describe('while it is under way', () => {
  test("Python's prune finds no half-made revision: snapshots/ is there and empty, no ref", async () => {
    const files = { 'config.json': '{}', 'model.bin': { size: 8 * MB, lfs: true, seed: 1 } };
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files })], bytesPerSecond: 200_000 });
    const machine = await newMachine(hub);
    const running = machine.start('download', 'org/name');
    await hub.waitFor(() => hub.bytesSent() > MB);
    const tree = await treeOf(machine.repo('org/name'));
    expect(tree).toContain('snapshots/');
    expect(tree.filter((line) => /^(snapshots|refs)\/./.test(line))).toEqual([]);
    hub.bytesPerSecond = undefined;
    expect((await running.ended).exitCode).toBe(0);
  });

  test('a branch that moves meanwhile does no harm: all files are of one commit', async () => {
    const files = { 'a.json': '{}', 'b.bin': { size: 4 * MB, lfs: true, seed: 1 } };
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files })], bytesPerSecond: 200_000 });
    const machine = await newMachine(hub);
    const before = hub.head('org/name');
    const running = machine.start('download', 'org/name');
    await hub.waitFor(() => hub.bytesSent() > MB);
    hub.commit('org/name', { 'b.bin': { size: 5 * MB, lfs: true, seed: 2 }, 'a.json': '[]' });
    hub.bytesPerSecond = undefined;
    const { exitCode, stdout } = await running.ended;
    expect(exitCode).toBe(0);
    expect(stdout).toContain(before);
    expect(await commitOfRef(machine.repo('org/name'), 'main')).toBe(before);
    await soundBlobs(machine.repo('org/name'));
  });
});

describe.skipIf(process.platform === 'win32')('modes', () => {
  test.each([
    { umask: '022', folder: '755', file: '644' },
    { umask: '077', folder: '700', file: '600' },
  ])('umask $umask: folders $folder, files $file', async ({ umask, folder, file }) => {
    const { machine, commit } = await serveFixtures();
    const { exitCode } = await machine.shell(`umask ${umask}; hub download ${model} config.json`);
    expect(exitCode).toBe(0);
    const repo = machine.repo(model);
    const folders = [machine.cacheDir, repo, ...['blobs', 'refs', 'snapshots', '.hub'].map((name) => join(repo, name))];
    for (const path of [...folders, join(repo, 'snapshots', commit)]) expect(await modeOf(path), path).toBe(folder);
    const blob = join(repo, 'blobs', (await soundBlobs(repo))[0] ?? '');
    for (const path of [blob, join(repo, 'refs', 'main')]) expect(await modeOf(path), path).toBe(file);
  });

  test("a shared cache (2775) passes the root's bits on", async () => {
    const { machine, commit } = await serveFixtures();
    await mkdir(machine.cacheDir, { recursive: true });
    await chmod(machine.cacheDir, 0o2775);
    const { exitCode } = await machine.shell(`umask 077; hub download ${model} config.json`);
    expect(exitCode).toBe(0);
    const repo = machine.repo(model);
    for (const path of [repo, join(repo, 'blobs'), join(repo, '.hub'), join(repo, 'snapshots', commit)]) {
      expect(await modeOf(path), path).toBe('2775');
    }
    const blob = join(repo, 'blobs', (await soundBlobs(repo))[0] ?? '');
    for (const path of [blob, join(repo, 'refs', 'main')]) expect(await modeOf(path), path).toBe('664');
  });
});
