import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fixtureRepos } from '../support/hub-server/fixture-repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { blocksOf, readmeText } from '../support/readme.js';
import { newMachine, serve, type Machine } from './support/machine.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The commit of facebook/opt-13b that the README pins. */
const pinnedCommit = 'e515202d1e7750da62d245fbccb2723b9c1790f5';

const install = 'npm ci && npm run build && npm install --global .';

/** Each README, and what it says of installing, which can't be run in the middle of its own tests. `.ci/run` does it. */
const readmes = [
  { name: 'README.md', installing: ['npm ci && npm run demo', 'npm ci && npm test', install] },
  { name: 'README.zh-CN.md', installing: [install] },
];
const texts = new Map(await Promise.all(readmes.map(async ({ name }) => [name, await readmeText(name)] as const)));

describe.skipIf(process.platform === 'win32').each(readmes)('$name', ({ name, installing }) => {
  const text = texts.get(name) ?? '';
  const commands = blocksOf(text, 'sh').flatMap((block) => block.trim().split('\n'));

  test('its commands, one after another, end as it says', { timeout: 120_000 }, async () => {
    const { machine, hub, mirror } = await readersMachine();
    for (const command of commands.filter((line) => !installing.includes(line))) {
      // These two are asked as endpoints alone; in an address of a page the hub's name stays.
      const here = command
        .replaceAll('https://hf-mirror.com', mirror.endpoint)
        .replace(/https:\/\/huggingface\.co(?!\/)/g, hub.endpoint);
      const { exitCode, stderr } = await machine.shell(`cd "$HOME"; ${here}`);
      expect(exitCode, `${command}\n${stderr}`).toBe(statedExitCode(command));
    }
  });

  test('names the commands that install as they are skipped here', () => {
    expect(commands.filter((line) => line.startsWith('npm'))).toEqual(installing);
  });

  test('its config file is one', async () => {
    const { machine } = await readersMachine();
    const blocks = blocksOf(text, 'toml');
    expect(blocks).toHaveLength(1);
    machine.environment['MODEL_HUB_CONFIG'] = join(machine.home, 'config.toml');
    await writeFile(machine.environment['MODEL_HUB_CONFIG'], blocks.join(''));
    const { exitCode, stderr } = await machine.run('env');
    expect(exitCode, stderr).toBe(0);
  });

  test('its links lead to files that are there', async () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link = '']) => link);
    expect(links).toEqual(expect.arrayContaining(readmes.map((each) => each.name).filter((each) => each !== name)));
    for (const link of links) await expect(access(root + link), link).resolves.toBeUndefined();
  });
});

test.skipIf(process.platform === 'win32')('the JavaScript of README.md downloads', async () => {
  const { machine } = await readersMachine();
  const scripts = blocksOf(texts.get('README.md') ?? '', 'js');
  expect(scripts).toHaveLength(1);
  for (const script of scripts) {
    const { exitCode, stdout, stderr } = await machine.node('--input-type=module', '--eval', script);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(`12 files of commit ${pinnedCommit} in ${machine.repo('facebook/opt-13b')}`);
  }
});

/** A machine whose hub, and a mirror of it, have what the READMEs name, and under the commit that they name. */
async function readersMachine(): Promise<{ machine: Machine; hub: Hub; mirror: Hub }> {
  const [hub, mirror] = await Promise.all([readersHub(), readersHub()]);
  return { machine: await newMachine(hub), hub, mirror };
}

async function readersHub(): Promise<Hub> {
  const hub = await serve({ repos: await fixtureRepos(`${root}fixtures`) });
  const { commits, refs } = hub.repo('facebook/opt-13b');
  commits.set(pinnedCommit, commits.get(hub.head('facebook/opt-13b')) ?? new Map());
  refs.set('refs/heads/main', pinnedCommit);
  return hub;
}

/** `# exit code 8` behind a command. */
function statedExitCode(command: string): number {
  return Number(/# exit code (\d+)$/.exec(command)?.[1] ?? 0);
}
