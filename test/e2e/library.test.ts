import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { partialsOf, treeOf } from './support/cache-folder.js';
import { newMachine, serve } from './support/machine.js';

const run = promisify(execFile);
const MB = 1_000_000;
const id = 'org/name';
const project = fileURLToPath(new URL('../..', import.meta.url));

async function prepare() {
  const files = { 'config.json': '{}', 'model.bin': { size: 8 * MB, lfs: true, seed: 1 }, 'tf.h5': 'x' };
  const hub = await serve({ repos: [repoWith({ id, files })] });
  const machine = await newMachine(hub);
  return { hub, machine, snapshot: join(machine.repo(id), 'snapshots', hub.head(id)) };
}

/** A file of a user's project, in a folder of its own in which the package is found. */
async function userFile(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(inject('installedIn'), 'case-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const downloadScript = `
import { download, plan, HubError } from 'model-hub-cli';
const planned = await plan('${id}', { ignore: ['*.h5'] });
const { path, commit, files, totals } = await download('${id}', { ignore: ['*.h5'] });
let refused;
try {
  await download('org/none');
} catch (error) {
  refused = error instanceof HubError && [error.code, error.exitCode, error.retryable];
}
console.log(JSON.stringify({ planned: planned.totals.files, path, commit, files: files.length, fetched: totals.bytesFetched, refused }));
`;

const projectScript = `
import { lock, sync } from 'model-hub-cli';
const project = process.argv[2];
const locked = await lock({ project });
const { complete, repos, totals } = await sync({ project, frozen: true });
console.log(JSON.stringify({ lock: locked.path, complete, path: repos[0].path, files: totals.files }));
`;

const mirrorScript = `
import { mirror } from 'model-hub-cli';
const states = async () => (await mirror(['${id}', 'org/none'], { ignore: ['*.h5'], retryFor: 0 })).repos.map(({ state }) => state);
console.log(JSON.stringify([await states(), await states()]));
`;

describe('the library', () => {
  test('mirrors, and tells of failures in the result', async () => {
    const { machine } = await prepare();
    const { exitCode, stdout, stderr } = await machine.node(await userFile('mirror.mjs', mirrorScript));
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      ['updated', 'failed'],
      ['unchanged', 'failed'],
    ]);
  });

  test('locks and syncs a project', async () => {
    const { machine, snapshot } = await prepare();
    await writeFile(join(machine.folder, 'hub.toml'), `[[repo]]\nsource = "${id}"\nexclude = ["*.h5"]\n`);
    const script = await userFile('project.mjs', projectScript);
    const { exitCode, stdout, stderr } = await machine.node(script, machine.folder);
    expect(exitCode, stderr).toBe(0);
    const lock = join(machine.folder, 'hub.lock');
    expect(JSON.parse(stdout)).toEqual({ lock, complete: true, path: snapshot, files: 2 });
  });

  test('downloads and plans from an ES module, prints nothing, and lets the process end', async () => {
    const { hub, machine, snapshot } = await prepare();
    const { exitCode, stdout, stderr } = await machine.node(await userFile('main.mjs', downloadScript));
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      planned: 2,
      path: snapshot,
      commit: hub.head(id),
      files: 2,
      fetched: 8 * MB + 2,
      refused: ['repo-not-found', 3, false],
    });
  });

  test('tells what is on the hub', async () => {
    const { hub, machine } = await prepare();
    const script = `
import { listFiles, repoInfo, searchRepos } from 'model-hub-cli';
const { files } = await listFiles('${id}', { ignore: ['*.bin'] });
const { commit, sizes } = await repoInfo('${id}@main');
const { repos } = await searchRepos('nam', { author: 'org' });
console.log(JSON.stringify([files.map(({ path }) => path), commit, sizes.files, repos.map(({ repo }) => repo)]));
`;
    const { stdout, stderr } = await machine.node(await userFile('hub.mjs', script));
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([['config.json', 'tf.h5'], hub.head(id), 3, [id]]);
  });

  test('verifies and lists the cache, and gives what is bad as the result', async () => {
    const { machine, snapshot } = await prepare();
    const script = `
      import { rm } from 'node:fs/promises';
      import { download, listCache, verify } from 'model-hub-cli';
      await download('${id}');
      const { repos, totals } = await listCache({ repos: ['${id}'] });
      const sound = await verify('${id}');
      await rm(${JSON.stringify(join(snapshot, 'config.json'))});
      const damaged = await verify(['${id}'], { quick: true });
      const repaired = await verify([], { repair: true });
      const refused = await verify('org/none').catch(({ code, exitCode }) => [code, exitCode]);
      console.log(JSON.stringify({
        repos: repos.map(({ repo }) => repo), revisions: totals.revisions, sound: sound.ok, damaged: damaged.ok,
        bad: damaged.repos[0].files.map(({ state, path }) => [state, path]), repaired: repaired.ok, refused,
      }));`;
    const { stdout, stderr } = await machine.node(await userFile('main.mjs', script));
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      repos: [id],
      revisions: 1,
      sound: true,
      damaged: false,
      bad: [['missing', 'config.json']],
      repaired: true,
      refused: ['repo-not-cached', 3],
    });
  });

  test('loads neither commander nor cli-progress', async () => {
    const { machine } = await prepare();
    const coverage = join(machine.folder, 'coverage');
    machine.environment['NODE_V8_COVERAGE'] = coverage;
    await machine.node(await userFile('main.mjs', downloadScript));
    const loaded = await loadedScripts(coverage);
    const ours = loaded.filter((path) => path.includes('model-hub-cli'));
    expect(ours.length).toBeGreaterThan(1);
    for (const path of ours) expect(await readFile(path, 'utf8'), path).not.toMatch(/commander|cli-progress/);
  });

  test('tells events to onEvent', async () => {
    const { machine } = await prepare();
    const script = `
      import { download } from 'model-hub-cli';
      const types = new Set();
      await download('${id}', { onEvent: ({ type }) => types.add(type) });
      console.log(JSON.stringify([...types]));`;
    const { stdout, stderr } = await machine.node(await userFile('main.mjs', script));
    const expected = ['resolving', 'resolved', 'listing', 'planned', 'file-started', 'progress', 'file-done'];
    expect(JSON.parse(stdout), stderr).toEqual(expect.arrayContaining(expected));
  });

  test('reads the environment at each call, and `settings` overrides it', async () => {
    const { hub, machine } = await prepare();
    machine.environment['HF_ENDPOINT'] = 'http://127.0.0.1:1';
    const elsewhere = join(machine.folder, 'elsewhere');
    const script = `
      import { download } from 'model-hub-cli';
      const first = await download('${id}', { settings: { endpoint: '${hub.endpoint}' } });
      process.env.HF_ENDPOINT = '${hub.endpoint}';
      process.env.HF_HUB_CACHE = ${JSON.stringify(elsewhere)};
      const second = await download('${id}');
      console.log(JSON.stringify([first.path, second.path]));`;
    const { stdout, stderr } = await machine.node(await userFile('main.mjs', script));
    const paths = JSON.parse(stdout) as string[];
    expect(paths[0]?.startsWith(machine.cacheDir), stderr).toBe(true);
    expect(paths[1]?.startsWith(elsewhere)).toBe(true);
  });

  test('an aborted signal rejects with a HubError, keeps what came, and the process ends', async () => {
    const { hub, machine } = await prepare();
    hub.bytesPerSecond = 200_000;
    const script = `
      import { download, HubError } from 'model-hub-cli';
      const controller = new AbortController();
      const onEvent = (event) => {
        if (event.type === 'progress' && event.progress.bytesDone > 1_000_000) controller.abort();
      };
      try {
        await download('${id}', { signal: controller.signal, onEvent });
      } catch (error) {
        console.log(JSON.stringify([error instanceof HubError, error.code, error.retryable]));
      }
      console.error(performance.now());`;
    const { exitCode, stdout, stderr, seconds } = await machine.node(await userFile('main.mjs', script));
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual([true, 'interrupted', true]);
    expect(seconds - Number(stderr) / 1000).toBeLessThan(1);
    expect(await partialsOf(machine.repo(id))).toHaveLength(1);
    expect(await treeOf(join(machine.repo(id), '.hub', 'leases'))).toEqual([]);
  });

  test('a signal that was aborted before rejects at once', async () => {
    const { hub, machine } = await prepare();
    const script = `
      import { download } from 'model-hub-cli';
      await download('${id}', { signal: AbortSignal.abort() }).catch(({ code }) => console.log(code));`;
    const { stdout } = await machine.node(await userFile('main.mjs', script));
    expect(stdout).toBe('interrupted\n');
    expect(hub.bytesSent()).toBe(0);
  });

  test('takes no signals: SIGINT ends the caller as it would without us', async () => {
    const { hub, machine } = await prepare();
    hub.bytesPerSecond = 100_000;
    const script = await userFile('main.mjs', `import { download } from 'model-hub-cli'; await download('${id}');`);
    const running = machine.startNode(script);
    await hub.waitFor(() => hub.bytesSent() > 100_000);
    running.signal('SIGINT');
    expect((await running.ended).signal).toBe('SIGINT');
  });

  test('two downloads in one process share the work', async () => {
    const { hub, machine } = await prepare();
    const script = `
      import { download } from 'model-hub-cli';
      const paths = await Promise.all([1, 2].map(() => download('${id}')));
      console.log(paths[0].path === paths[1].path);`;
    const { exitCode, stdout, stderr } = await machine.node(await userFile('main.mjs', script));
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: 'true\n' });
    expect(hub.bytesSent({ kind: 'cdn' })).toBe(8 * MB);
  });
});

describe('bundled by esbuild', () => {
  test('as an ES module', async () => {
    const { machine, snapshot } = await prepare();
    const source = await userFile('main.mjs', downloadScript);
    const outfile = join(dirname(source), 'out', 'bundle.mjs');
    await build({ entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
    const { exitCode, stdout, stderr } = await machine.node(outfile);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ path: snapshot });
  });

  test('as CommonJS', async () => {
    const { machine, snapshot } = await prepare();
    const source = await userFile(
      'main.mjs',
      `export const done = (async () => {${importToRequire(downloadScript)}})();`,
    );
    const outfile = join(dirname(source), 'out', 'bundle.cjs');
    await build({ entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' });
    const { exitCode, stdout, stderr } = await machine.node(outfile);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ path: snapshot });
  });

  function importToRequire(script: string): string {
    return script.replace(/import (\{.*\}) from '(.*)';/, "const $1 = await import('$2');");
  }
});

describe('its types', () => {
  const consumer = `
import { download, plan, HubError, ExitCode } from 'model-hub-cli';
import type { DownloadOptions, DownloadResult, HubEvent, RepoType } from 'model-hub-cli';

const type: RepoType = 'dataset';
const onEvent = (event: HubEvent): void => {
  if (event.type === 'progress') event.progress.bytesDone satisfies number;
};
const options: DownloadOptions = { type, ignore: ['*.h5'], signal: new AbortController().signal, onEvent };

export async function use(): Promise<string> {
  try {
    const { path, commit, files, totals }: DownloadResult = await download('org/name', options);
    const planned = await plan('org/name');
    planned.totals.bytesToFetch satisfies number;
    return [path, commit, files[0]?.digest ?? '', totals.bytes].join();
  } catch (error) {
    if (error instanceof HubError && error.exitCode === ExitCode.offline) return error.code;
    throw error;
  }
}
// @ts-expect-error -- no such option
void download('org/name', { ignored: [] });
`;

  test.each([
    { module: 'NodeNext', moduleResolution: 'NodeNext', lib: ['ES2023'], types: ['node'] },
    { module: 'ESNext', moduleResolution: 'Bundler', lib: ['ES2023'], types: ['node'] },
    { module: 'ESNext', moduleResolution: 'Bundler', lib: ['ES2023', 'DOM'], types: [] },
  ])('hold in strict mode, without skipLibCheck: $moduleResolution, $lib, $types', async (options) => {
    const source = await userFile('consumer.mts', consumer);
    const folder = dirname(source);
    await mkdir(join(folder, 'node_modules', '@types'), { recursive: true });
    for (const name of ['@types/node', 'undici-types']) {
      await symlink(join(project, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
    }
    const strict = {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'ES2022',
      exactOptionalPropertyTypes: true,
    };
    const config = { compilerOptions: { ...strict, ...options }, files: ['consumer.mts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc');
    const compiled = run(process.execPath, [compiler, '-p', folder], { cwd: folder });
    const complaints = await compiled.then(
      ({ stdout }) => stdout,
      (failed: unknown) => (failed instanceof Error && 'stdout' in failed ? failed.stdout : failed),
    );
    expect(complaints).toBe('');
  });
});

describe('the package', () => {
  test('has no dependencies and builds nothing', async () => {
    const modules = await readdir(join(inject('installedIn'), 'node_modules'));
    expect(modules.filter((name) => !name.startsWith('.'))).toEqual(['model-hub-cli']);
  });

  test('brings both names', async () => {
    const bins = await readdir(join(inject('installedIn'), 'node_modules', '.bin'));
    expect(bins).toEqual(expect.arrayContaining(['hub', 'model-hub']));
  });

  test('hub download does not load the bars where there is no terminal', async () => {
    const { machine } = await prepare();
    const coverage = join(machine.folder, 'coverage');
    machine.environment['NODE_V8_COVERAGE'] = coverage;
    await machine.run('download', id);
    expect((await loadedScripts(coverage)).filter((path) => path.includes('bars-'))).toEqual([]);
  });
});

/** Every file that the process has run code of, as V8 tells it. */
async function loadedScripts(coverage: string): Promise<string[]> {
  const scripts: string[] = [];
  for (const name of await readdir(coverage)) {
    const { result } = JSON.parse(await readFile(join(coverage, name), 'utf8')) as { result: { url: string }[] };
    scripts.push(...result.map(({ url }) => url).filter((url) => url.startsWith(pathToFileURL('/').href)));
  }
  return scripts.map((url) => fileURLToPath(url));
}
