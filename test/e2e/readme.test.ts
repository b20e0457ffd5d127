import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fixtureRepos } from '../support/hub-server/fixture-repos.js';
import { readme, readmeBlocks } from '../support/readme.js';
import { newMachine, serve, type Machine } from './support/machine.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The commit of facebook/opt-13b that the README pins. */
const pinnedCommit = 'e515202d1e7750da62d245fbccb2723b9c1790f5';

/** What installs, and can't be run in the middle of its own tests. `.ci/run` does what these do. */
const installing = [
  'npm ci && npm run demo',
  'npm ci && npm test',
  'npm ci && npm run build && npm install --global .',
];

describe.skipIf(process.platform === 'win32')('README.md', () => {
  const commands = readmeBlocks('sh').flatMap((block) => block.trim().split('\n'));

  test('its commands, one after another, end as it says', { timeout: 120_000 }, async () => {
    const machine = await readersMachine();
    for (const command of commands.filter((line) => !installing.includes(line))) {
      const { exitCode, stderr } = await machine.shell(`cd "$HOME"; ${command}`);
      expect(exitCode, `${command}\n${stderr}`).toBe(statedExitCode(command));
    }
  });

  test('names the commands that install as they are skipped here', () => {
    expect(commands.filter((line) => line.startsWith('npm'))).toEqual(installing);
  });

  test('its links lead to files that are there', async () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link = '']) => link);
    expect(links).toContain('LICENSE');
    for (const link of links) await expect(access(root + link), link).resolves.toBeUndefined();
  });

  test('its JavaScript downloads', async () => {
    const machine = await readersMachine();
    const scripts = readmeBlocks('js');
    expect(scripts).toHaveLength(1);
    for (const script of scripts) {
      const { exitCode, stdout, stderr } = await machine.node('--input-type=module', '--eval', script);
      expect(exitCode, stderr).toBe(0);
      expect(stdout).toContain(`12 files of commit ${pinnedCommit} in ${machine.repo('facebook/opt-13b')}`);
    }
  });
});

/** A machine whose hub has what the README names, and under the commit that it names. */
async function readersMachine(): Promise<Machine> {
  const hub = await serve({ repos: await fixtureRepos(`${root}fixtures`) });
  const { commits, refs } = hub.repo('facebook/opt-13b');
  commits.set(pinnedCommit, commits.get(hub.head('facebook/opt-13b')) ?? new Map());
  refs.set('refs/heads/main', pinnedCommit);
  return newMachine(hub);
}

/** `# exit code 8` behind a command. */
function statedExitCode(command: string): number {
  return Number(/# exit code (\d+)$/.exec(command)?.[1] ?? 0);
}
