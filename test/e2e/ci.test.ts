import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { installing, readPipeline, readWorkflow } from '../support/ci/recipes.js';
import { blocksOf, readmeText } from '../support/readme.js';
import { soundBlobs, treeOf } from './support/cache-folder.js';
import { build } from './support/docker-build.js';
import { newMachine, serve, type Machine } from './support/machine.js';
import type { EndedProgram } from './support/running-program.js';

const text = await readmeText('docs/ci.md');
const [testing, updating, pipeline] = blocksOf(text, 'yaml') as [string, string, string];
const dockerfiles = blocksOf(text, 'dockerfile');
const shell = blocksOf(text, 'sh');

const token = 'hf_ofTheProject';
const secrets = { 'secrets.HF_TOKEN': token, 'github.token': 'ofTheJob' };
const size = 2_000_000;

test('the recipes of docs/ci.md are those that these tests run, and install with one and the same line', () => {
  expect(blocksOf(text, 'yaml').map((block) => block.split('\n', 1)[0])).toEqual([
    '# .github/workflows/test.yml',
    '# .github/workflows/models.yml',
    '# .gitlab-ci.yml',
  ]);
  expect([dockerfiles.length, shell.length]).toEqual([2, 3]);
  const lines = text.split('\n').filter((line) => /^\s*(?:- (?:run: )?|RUN )npm /.test(line));
  expect(new Set(lines.map((line) => line.trim().replace(/^(?:- run: |- |RUN )/, '')))).toEqual(new Set([installing]));
  expect(lines).toHaveLength(5);
});

test('its links lead to files that are there', async () => {
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link);
  expect(links).toContain('project.md');
  for (const link of links) await expect(readmeText(`docs/${link}`), link).resolves.not.toBe('');
});

describe.skipIf(process.platform === 'win32')('GitHub Actions', () => {
  const { steps, given } = readWorkflow(testing, secrets);

  test('the cache that is saved has just what the lock names, whatever cache was restored; the next job asks for nothing', async () => {
    const { hub, machine, project } = await checkout();
    delete machine.environment['HF_HOME'];
    machine.environment['CI'] = 'true';
    const { path = '' } = given.get('actions/cache') ?? {};
    const cache = path.replace('~', machine.home);
    const summary = join(machine.folder, 'summary.md');
    machine.environment['GITHUB_STEP_SUMMARY'] = summary;

    for (const step of steps) await succeed(machine, step, project);
    const first = hub.head('team/model');
    expect(await snapshotsOf(cache)).toEqual([first]);
    expect(await soundBlobs(join(cache, 'models--team--model'))).toHaveLength(2);
    expect(await readFile(summary, 'utf8')).toMatch(/^\| repo \|.*\n\|.*\n\| team\S*model \|.*\| whole \|$/m);

    // Another commit, which shares the large file; and the cache of the older lock.
    const second = hub.commit('team/model', { 'config.json': '{"a": 2}' });
    await succeed(machine, { run: 'hub lock --update', environment: { HF_TOKEN: token } }, project);
    hub.clearRequests();
    for (const step of steps) await succeed(machine, step, project);
    expect(hub.bytesSent()).toBeLessThan(size);
    expect(await snapshotsOf(cache)).toEqual([second]);
    expect(await soundBlobs(join(cache, 'models--team--model'))).toHaveLength(2);

    hub.clearRequests();
    for (const step of steps) await succeed(machine, step, project);
    expect(hub.requests).toEqual([]);
  });

  test('a change of hub.toml without one of hub.lock ends the job with 9 at its first step', async () => {
    const { machine, project } = await checkout();
    await appendFile(join(project, 'hub.toml'), '\n[[repo]]\nsource = "hf:team/new"\n');
    const [check] = steps.filter(({ run }) => run !== installing);
    expect(await run(machine, check, project)).toMatchObject({ exitCode: 9 });
  });

  test('the scheduled job opens a pull request when a revision has moved, and does nothing when none has', async () => {
    const { hub, machine, project } = await checkout();
    machine.environment['CI'] = 'true';
    await succeed(machine, { run: 'git init --quiet --bare ../origin.git', environment: {} }, project);
    const commit = 'git add . && git -c user.name=me -c user.email=me@example.org commit --quiet --message "A project"';
    const clone = `git init --quiet && ${commit} && git remote add origin ../origin.git`;
    await succeed(machine, { run: clone, environment: {} }, project);
    const { steps } = readWorkflow(updating, secrets);
    const asked = join(machine.folder, 'asked');
    const update = async () => {
      await writeFile(asked, '');
      const gh = `gh() { echo "$*" >>'${asked}'; [ "$1 $2" != 'pr list' ] || echo 0; }; `;
      for (const step of steps.filter((each) => each.run !== installing)) {
        await succeed(machine, { ...step, run: gh + step.run }, project);
      }
      return readFile(asked, 'utf8');
    };

    expect(await update()).toBe('');
    const newer = hub.commit('team/model', { 'config.json': '{"a": 2}' });
    expect(await update()).toMatch(/^pr list .*\npr create --head models .*\n$/);
    const changed = 'git --git-dir ../origin.git diff-tree --no-commit-id --name-only -r models';
    expect((await run(machine, { run: changed, environment: {} }, project)).stdout).toBe('hub.lock\n');
    const pushed = 'git --git-dir ../origin.git show models:hub.lock';
    expect((await run(machine, { run: pushed, environment: {} }, project)).stdout).toContain(newer);
  });
});

describe.skipIf(process.platform === 'win32')('GitLab CI', () => {
  test('the models come once, and later jobs need no network; exit codes are those that its keys name', async () => {
    const { hub, machine, project } = await checkout();
    delete machine.environment['HF_HOME'];
    const jobs = readPipeline(pipeline, { CI: 'true', CI_PROJECT_DIR: project, HF_TOKEN: token });
    const runJob = (name: string) => {
      const { lines = [], environment = {} } = jobs.find((each) => each.name === name) ?? {};
      const script = lines.filter((line) => line !== installing).join('\n');
      return run(machine, { run: script, environment }, project);
    };
    const [lock, models] = jobs;
    expect(jobs.map(({ name }) => name)).toEqual(['lock', 'models', 'test']);
    const cache = join(project, models?.cached[0] ?? '');

    expect((await runJob('lock')).exitCode).toBe(0);
    expect((await runJob('models')).exitCode).toBe(0);
    expect(await snapshotsOf(cache)).toEqual([hub.head('team/model')]);
    hub.clearRequests();
    expect((await runJob('test')).exitCode).toBe(0);
    expect(hub.requests).toEqual([]);

    await appendFile(join(project, 'hub.toml'), '\n[[repo]]\nsource = "hf:team/new"\n');
    expect((await runJob('lock')).exitCode).toBe(lock?.allowedExitCode);
    hub.fault({ status: 503, times: Infinity });
    machine.environment['HUB_RETRIES'] = '0';
    machine.environment['HUB_FORCE'] = '1';
    expect((await runJob('models')).exitCode).toBe(models?.retriedExitCode);
  });
});

describe.skipIf(process.platform === 'win32')('Docker', () => {
  test.each(dockerfiles.map((dockerfile, index) => ({ dockerfile, index })))(
    'image $index has the models, and no layer the token',
    async ({ dockerfile, index }) => {
      const { hub, machine, project } = await checkout();
      delete machine.environment['HF_HOME'];
      const mounts = join(machine.folder, 'mounts');
      const from = { machine, context: project, mounts, secrets: { hf_token: token } };
      const image = await build(dockerfile, { ...from, into: join(machine.folder, 'first') });
      expect(await snapshotsOf(image.environment['HF_HUB_CACHE'] ?? '')).toEqual([hub.head('team/model')]);
      // Nothing came twice: neither a second time for the image, nor for what runs in it.
      expect(hub.bytesSent()).toBeLessThan(2 * size);
      hub.clearRequests();
      await succeed(machine, { run: 'hub sync --frozen', environment: image.environment }, project);
      expect(hub.requests).toEqual([]);
      const search = await machine.shell(`grep -rl ${token} '${join(machine.folder, 'first')}' '${image.root}'`);
      expect(search).toMatchObject({ exitCode: 1, stdout: '' });

      await build(dockerfile, { ...from, into: join(machine.folder, 'second') });
      expect(hub.requests.length === 0, 'only a build mount outlives the layer').toBe(index === 1);
    },
  );
});

describe.skipIf(process.platform === 'win32')('a runner of its own', () => {
  test('brings the models into the shared cache, tends it, and reads from it', async () => {
    const { hub, machine, project } = await checkout();
    machine.environment['HF_TOKEN'] = token;
    const shared = join(machine.folder, 'srv', 'hub');
    const [bring = '', tend = '', read = ''] = shell.map((block) => block.replaceAll('/srv/hub', shared));
    await succeed(machine, { run: bring, environment: {} }, project);
    await succeed(machine, { run: tend, environment: {} }, project);
    expect(await snapshotsOf(shared)).toEqual([hub.head('team/model')]);
    hub.clearRequests();
    await succeed(machine, { run: read, environment: {} }, project);
    expect(hub.requests).toEqual([]);
    expect(await snapshotsOf(machine.cacheDir)).toEqual([hub.head('team/model')]);
  });
});

interface Step {
  readonly run: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A project, locked, on a machine that has nothing else; its repo can't be read without the token. */
async function checkout(): Promise<{ hub: Hub; machine: Machine; project: string }> {
  const files = { 'config.json': '{"a": 1}', 'model.bin': { size, lfs: true, seed: 1 } };
  const hub = await serve({
    repos: [repoWith({ id: 'team/model', private: true, files })],
    users: [{ token, name: 'team', mayRead: ['team/model'] }],
  });
  const machine = await newMachine(hub);
  const project = join(machine.folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'hub.toml'), '[[repo]]\nsource = "hf:team/model"\n');
  // Locked elsewhere: nothing of it is in the cache.
  const elsewhere = join(machine.folder, 'elsewhere');
  await succeed(machine, { run: 'hub lock', environment: { HF_TOKEN: token, HF_HUB_CACHE: elsewhere } }, project);
  hub.clearRequests();
  return { hub, machine, project };
}

/** As the services run a step: by bash, which ends at the first line that fails. */
async function run(machine: Machine, step: Step | undefined, project: string): Promise<EndedProgram> {
  const variables = Object.entries(step?.environment ?? {}).map(([name, value]) => `export ${name}='${value}'; `);
  const line = step?.run === installing ? ':' : (step?.run ?? 'exit 99');
  return machine.shell(`set -eo pipefail; cd '${project}'; ${variables.join('')}${line}`);
}

async function succeed(machine: Machine, step: Step, project: string): Promise<void> {
  const { exitCode, stderr } = await run(machine, step, project);
  expect(exitCode, `${step.run}\n${stderr}`).toBe(0);
}

async function snapshotsOf(cache: string): Promise<string[]> {
  const tree = await treeOf(join(cache, 'models--team--model', 'snapshots'));
  return tree.flatMap((path) => (/^[^/]+\/$/.test(path) ? [path.slice(0, -1)] : []));
}
