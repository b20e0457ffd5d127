import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fixtureRepos } from '../support/hub-server/fixture-repos.js';
import { blocksOf } from '../support/readme.js';
import { type Machine, newMachine, serve } from './support/machine.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = await readFile(join(root, 'docs', 'mirror.md'), 'utf8');

async function reader(): Promise<Machine> {
  return newMachine(await serve({ repos: await fixtureRepos(`${root}fixtures`) }));
}

/** As cron and systemd would run it, and with what they put in place of their own words. */
async function expectToRun(machine: Machine, command: string): Promise<string> {
  const here = command.replaceAll('/usr/local/bin/hub', 'hub').replaceAll('%h', '$HOME');
  const { exitCode, stdout, stderr } = await machine.shell(`cd "$HOME"; ${here}`);
  expect(exitCode, `${command}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

describe.skipIf(process.platform === 'win32')('docs/mirror.md', () => {
  test('its shell does what it says, also by cron and by systemd', { timeout: 120_000 }, async () => {
    const machine = await reader();
    for (const block of blocksOf(page, 'sh')) await expectToRun(machine, `set -e; ${block}`);

    const [crontab = ''] = blocksOf(page, 'crontab');
    const jobs = crontab.split('\n').flatMap((line) => /^(?:\S+ ){5}(.*)$/.exec(line)?.[1] ?? []);
    expect(jobs).toHaveLength(1);
    for (const job of jobs) expect(await expectToRun(machine, job), 'cron mails nothing when all is well').toBe('');
    const report = await readFile(join(machine.home, 'report.txt'), 'utf8');
    expect(report).toMatch(/^3 repos, .*: 3 unchanged, 0 updated, 0 skipped, 0 failed; 0 B fetched/);

    const units = blocksOf(page, 'ini').join('\n');
    const commands = [...units.matchAll(/^ExecStart=(.*)$/gm)].map(([, command = '']) => command);
    expect(commands).toHaveLength(1);
    for (const command of commands) await expectToRun(machine, command);
    const log = await readFile(join(machine.home, 'mirror.log'), 'utf8');
    expect(
      log
        .trim()
        .split('\n')
        .filter((line) => line.includes('"type":"summary"')),
    ).toHaveLength(2);
  });
});
