import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RepoBuilder } from '../support/cache-builder.js';
import { newMachine, serve } from './support/machine.js';

/** util-linux's `script` gives a command a terminal; the BSD one has other flags. */
const canFakeTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

/** Runs `hub cache rm org/a` on a terminal and types something when it asks. */
async function answerTo(typed: string, flags = '') {
  const machine = await newMachine(await serve({ repos: [] }));
  Object.assign(machine.environment, { TERM: 'xterm-256color', SHELL: '/bin/bash', NO_COLOR: '1' });
  const repo = new RepoBuilder(machine.cacheDir, 'models--org--a');
  repo.revision('1', { files: { 'config.json': '{}' }, refs: ['main'] });
  const type = `until grep -q 'y/N' screen 2>/dev/null; do sleep 0.05; done; printf '${typed}'; sleep 0.2`;
  const { exitCode, stdout: screen } = await machine.shell(
    `touch screen; (${type}) | script -qefc 'hub cache rm org/a ${flags} >result' screen; code=$?; echo; echo "result: $(cat result)"; exit $code`,
  );
  return { exitCode, screen, isThere: existsSync(repo.root) };
}

describe.skipIf(!canFakeTerminal)('the question before something is removed', () => {
  test.each(['y', 'yes', 'Y'])('%s: it is done', async (answer) => {
    const { exitCode, screen, isThere } = await answerTo(`${answer}\\n`);
    expect({ exitCode, isThere }, screen).toEqual({ exitCode: 0, isThere: false });
    expect(screen).toMatch(/2 B {2}org\/a, all of it\s+Remove 1 thing and free 2 B\? \[y\/N\]/);
    expect(screen).toContain('freed 2 B');
  });

  test.each(['', 'n', 'perhaps'])('%j: nothing is removed, which is said', async (answer) => {
    const { exitCode, screen, isThere } = await answerTo(`${answer}\\n`);
    expect({ exitCode, isThere }, screen).toEqual({ exitCode: 0, isThere: true });
    expect(screen).toContain('result: nothing was removed');
  });

  test('the end of the input is a no', async () => {
    expect(await answerTo('\\004')).toMatchObject({ exitCode: 0, isThere: true });
  });

  test('Ctrl-C ends it with 130', async () => {
    const { exitCode, screen, isThere } = await answerTo('\\003');
    expect({ exitCode, isThere }, screen).toEqual({ exitCode: 130, isThere: true });
    expect(screen).toContain('Nothing was done.');
  });

  test('--json asks too, and the document says that it was declined', async () => {
    const { screen } = await answerTo('n\\n', '--json');
    expect(screen).toMatch(/"removed": \[\],[^]*"declined": true/);
  });

  test('--quiet never asks', async () => {
    const machine = await newMachine(await serve({ repos: [] }));
    new RepoBuilder(machine.cacheDir, 'models--org--a').revision('1', { files: { a: 'a' } });
    machine.environment['SHELL'] = '/bin/bash';
    const { exitCode } = await machine.shell(`script -qefc 'hub cache rm org/a --quiet' /dev/null`);
    expect(exitCode).toBe(2);
  });
});
