import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve } from './support/machine.js';

const MB = 1_000_000;
/** util-linux's `script` gives a command a terminal; the BSD one has other flags. */
const canFakeTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

async function inTerminal(variables: Record<string, string>, { columns }: { columns: number } = { columns: 80 }) {
  const files = { 'config.json': '{}', 'a-file-with-a-long-name.safetensors': { size: 4 * MB, lfs: true, seed: 1 } };
  const hub = await serve({ repos: [repoWith({ id: 'org/name', files })], bytesPerSecond: 300_000 });
  const machine = await newMachine(hub);
  Object.assign(machine.environment, { TERM: 'xterm-256color', ...variables });
  machine.environment['SHELL'] = '/bin/bash';
  const command = `stty cols ${columns} rows 20; hub download org/name >result`;
  const { exitCode, stdout: screen } = await machine.shell(`script -qefc '${command}' /dev/null`);
  return { exitCode, screen };
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const colour = /\u001b\[[0-9;]*3[0-9]m/; // eslint-disable-line no-control-regex -- that is what it is about

describe.skipIf(!canFakeTerminal)('on a terminal', () => {
  test.each([{ columns: 80 }, { columns: 30 }, { columns: 12 }])(
    '$columns columns: bars, and the cursor is given back',
    async (size) => {
      const { exitCode, screen } = await inTerminal({}, size);
      expect(exitCode, screen).toBe(0);
      expect(screen).toContain('%');
      expect(screen.lastIndexOf(showCursor)).toBeGreaterThanOrEqual(screen.lastIndexOf(hideCursor));
    },
  );

  test('an error is broken at blanks, what is to be copied is not', async () => {
    const hub = await serve({});
    const machine = await newMachine(hub);
    Object.assign(machine.environment, { TERM: 'xterm-256color', NO_COLOR: '1', SHELL: '/bin/bash' });
    await hub.close();
    const command = `stty cols 50 rows 20; hub download organisation/a-name-that-is-long --retries 0`;
    const { stdout: screen } = await machine.shell(`script -qefc '${command}' /dev/null`);
    const lines = screen.split('\r\n').slice(screen.split('\r\n').findIndex((line) => line.includes('error: ')));
    const ofTalk = lines.slice(0, lines.indexOf('To go on:'));
    expect(ofTalk.length, screen).toBeGreaterThan(3);
    for (const line of ofTalk.slice(1)) expect(line).toMatch(/^(hint: | {2})\S.{0,47}$/);
    expect(lines).toContain('  hub download organisation/a-name-that-is-long --retries 0');
  });

  test('NO_COLOR takes the colour, not the bars', async () => {
    const { screen } = await inTerminal({ NO_COLOR: '1' });
    expect(screen).toContain('\u001b[');
    expect(screen).toContain('%');
    expect(screen).not.toMatch(colour);
  });

  test.each([{ TERM: 'dumb' }, { HF_HUB_DISABLE_PROGRESS_BARS: '1' }])('%o takes the bars', async (variables) => {
    const { exitCode, screen } = await inTerminal(variables);
    expect(exitCode).toBe(0);
    expect(screen).not.toContain('\u001b[');
  });
});
