import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { soundBlobs, treeOf } from './support/cache-folder.js';
import { newMachine, serve } from './support/machine.js';

const MB = 1_000_000;
const id = 'org/name';
const insider = { token: 'hf_insiderinsider', name: 'in', mayRead: ['org/private', 'org/gated'] };
const outsider = { token: 'hf_outsideroutsider', name: 'out' };

async function prepare() {
  const files = { 'config.json': '{}', 'model.bin': { size: 3 * MB, lfs: true, seed: 1 } };
  const hub = await serve({
    repos: [
      repoWith({ id, files, formerIds: ['org/former'] }),
      repoWith({ id: 'org/private', private: true, files }),
      repoWith({ id: 'org/gated', gated: 'manual', files }),
      repoWith({ id: 'org/disabled', disabled: true, files }),
    ],
    users: [insider, outsider],
  });
  return { hub, machine: await newMachine(hub) };
}

describe('exit 2: usage', () => {
  test.each([
    { words: [] },
    { words: ['no/such/repo'] },
    { words: ['org/na me'] },
    { words: ['-org/name'] },
    { words: ['org/name@../../x'] },
    { words: [id, '--revision', '../x'] },
    { words: [`${id}@main`, '--revision', 'dev'] },
    { words: ['datasets/org/name', '--type', 'model'] },
    { words: ['https://example.com/org/name'] },
    { words: [id, '--no-such-flag'] },
    { words: [id, '--type', 'nonsense'] },
    { words: [id, '-x', '8'] },
    { words: [id, '-i', '8'] },
    { words: [id, '--concurrency', 'many'] },
    { words: [id, '--retries', '-1'] },
    { words: [id, '--stall-timeout', 'soon'] },
    { words: [id, '--endpoint', 'not an address'] },
    { words: [id, '--progress', 'loud'] },
    { words: [id, '--quiet', '--verbose'] },
    { words: [id, '--token-file', '/no/such/file'] },
  ])('hub download $words', async ({ words }) => {
    const { hub, machine } = await prepare();
    const { exitCode, stdout, stderr } = await machine.run('download', ...words);
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /m);
    expect(hub.count()).toBe(0);
    expect(await treeOf(machine.hfHome)).toEqual([]);
  });

  test('-x with a number: the hint is --concurrency', async () => {
    const { machine } = await prepare();
    expect((await machine.run('download', id, '-x', '8')).stderr).toMatch(/^hint: .*--concurrency 8/m);
  });

  test('an address of another host: the hint is the command with --endpoint', async () => {
    const { machine } = await prepare();
    const { stderr } = await machine.run('download', 'https://example.com/org/name');
    expect(stderr).toMatch(/^hint: .*--endpoint https:\/\/example\.com/m);
  });

  test.each([
    ['HUB_STALL_TIMEOUT', 'soon'],
    ['HUB_RETRIES', 'x'],
    ['HF_ENDPOINT', 'nonsense'],
  ])('a bad %s is named', async (variable, value) => {
    const { machine } = await prepare();
    machine.environment[variable] = value;
    const { exitCode, stderr } = await machine.run('download', id);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(variable);
  });

  test('a verb that is not built is no stub', async () => {
    const { machine } = await prepare();
    expect((await machine.run('upload', id)).exitCode).toBe(2);
  });
});

describe('exit 3: not found', () => {
  test.each([
    { what: 'a repo', words: ['org/none'], named: 'org/none' },
    { what: 'a private repo, to an anonymous caller', words: ['org/private'], named: 'private' },
    { what: 'a revision', words: [`${id}@none`], named: 'none' },
    { what: 'a file', words: [id, 'none.json'], named: 'none.json' },
    { what: 'a folder', words: [id, 'none/'], named: 'none/' },
    { what: 'a filter that matches nothing', words: [id, '--include', '*.gguf'], named: '*.gguf' },
    { what: 'an exclude that leaves nothing', words: [id, '--exclude', '*'], named: '' },
  ])('$what', async ({ words, named }) => {
    const { hub, machine } = await prepare();
    const { exitCode, stdout, stderr } = await machine.run('download', ...words);
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain(named);
    expect(hub.bytesSent()).toBe(0);
    expect(await treeOf(machine.hfHome)).toEqual([]);
  });

  test('the hint of a repo that is denied: it may be private', async () => {
    const { machine } = await prepare();
    expect((await machine.run('download', 'org/private')).stderr).toMatch(/^hint: .*(private|token)/m);
  });
});

describe('exit 4: access', () => {
  test('a bad token', async () => {
    const { machine } = await prepare();
    machine.environment['HF_TOKEN'] = 'hf_wrongwrongwrong';
    const { exitCode, stdout, stderr } = await machine.run('download', id, '--json');
    expect(exitCode, stderr).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'bad-token' } });
  });

  test.each([undefined, outsider.token])('a gated repo with token %s', async (token) => {
    const { machine } = await prepare();
    if (token !== undefined) machine.environment['HF_TOKEN'] = token;
    const { exitCode, stdout, stderr } = await machine.run('download', 'org/gated', '--json');
    expect(exitCode, stderr).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'gated' } });
    expect(stderr).toContain('/org/gated');
  });

  test('a gated repo whose owners let us in', async () => {
    const { machine } = await prepare();
    machine.environment['HF_TOKEN'] = insider.token;
    expect((await machine.run('download', 'org/gated')).exitCode).toBe(0);
  });

  test('a disabled repo', async () => {
    const { machine } = await prepare();
    const { exitCode, stdout } = await machine.run('download', 'org/disabled', '--json');
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'disabled' } });
  });
});

describe('exit 5: network', () => {
  test('a hub that is down: 3 tries, quickly', async () => {
    const { hub, machine } = await prepare();
    await hub.close();
    const { exitCode, stderr, seconds } = await machine.run('download', id);
    expect(exitCode).toBe(5);
    expect(stderr).toContain(new URL(hub.endpoint).host);
    expect(stderr).toMatch(/3 tries/);
    expect(seconds).toBeLessThan(5);
  });

  test('a login page instead of the hub is told as such', async () => {
    const { hub, machine } = await prepare();
    hub.fault({ captivePortal: true, times: Infinity });
    const { exitCode, stdout, stderr } = await machine.run('download', id, '--json', '--retries', '1');
    expect(exitCode, stderr).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'not-the-hub' } });
    expect(stderr).toMatch(/login|web page|portal/i);
  });

  test('a login page instead of bytes is not stored', async () => {
    const { hub, machine } = await prepare();
    hub.fault({ match: { kind: 'cdn' }, captivePortal: true, times: Infinity });
    const { exitCode } = await machine.run('download', id, '--retries', '1');
    expect(exitCode).toBe(5);
    await soundBlobs(machine.repo(id));
  });

  test('redirects without end', async () => {
    const { hub, machine } = await prepare();
    hub.fault({ match: { kind: 'resolve' }, redirectTo: 'self', times: Infinity });
    const { exitCode, stdout } = await machine.run('download', id, '--json', '--retries', '1');
    expect(exitCode).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'too-many-redirects' } });
  });

  test('500 again and again', async () => {
    const { hub, machine } = await prepare();
    hub.fault({ status: 500, times: Infinity, match: { path: 'model.bin' } });
    const { exitCode, stdout } = await machine.run('download', id, '--json', '--retries', '2');
    expect(exitCode).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({
      complete: false,
      files: [
        { path: 'config.json', state: 'fetched' },
        { path: 'model.bin', state: 'failed' },
      ],
      error: { code: 'server-error', retryable: true },
      continue: `hub download ${id} --json --retries 2`,
    });
  });

  test('a rate limit of an hour ends the run at once and tells the time', async () => {
    const { hub, machine } = await prepare();
    hub.fault({ status: 429, retryAfter: 3600, times: Infinity });
    const { exitCode, stdout, seconds } = await machine.run('download', id, '--json');
    expect(exitCode).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'rate-limited', retryAfter: 3600 } });
    expect(seconds).toBeLessThan(5);
  });
});

test('exit 6: an answer of the hub that lacks what it must have names endpoint and field', async () => {
  const { hub, machine } = await prepare();
  hub.fault({ match: { kind: 'tree' }, times: Infinity, entries: [{ type: 'file', path: 'x', oid: 'ab'.repeat(20) }] });
  const { exitCode, stderr } = await machine.run('download', id, '--retries', '1');
  expect(exitCode).toBe(6);
  expect(stderr).toContain('size');
  expect(stderr).toContain(new URL(hub.endpoint).host);
});

test('a renamed repo: the cache folder keeps the name as typed, stderr tells the new one', async () => {
  const { machine } = await prepare();
  const { exitCode, stdout, stderr } = await machine.run('download', 'org/former');
  expect(exitCode, stderr).toBe(0);
  expect(stdout.startsWith(machine.repo('org/former'))).toBe(true);
  expect(stderr).toContain(id);
});

test("several failures: one file's does not stop the others, and the worst decides", async () => {
  const { hub, machine } = await prepare();
  hub.fault({ status: 500, times: Infinity, match: { path: 'config.json' } });
  hub.fault({ flipByteAt: 1_000_000, times: Infinity, match: { kind: 'cdn', path: 'model.bin' } });
  const { exitCode, stdout } = await machine.run('download', id, '--json', '--retries', '1');
  expect(exitCode).toBe(6);
  expect(JSON.parse(stdout)).toMatchObject({
    files: [
      { path: 'config.json', error: { exitCode: 5 } },
      { path: 'model.bin', error: { exitCode: 6 } },
    ],
  });
});

test('no stack trace, unless --verbose asks for it', async () => {
  const { machine } = await prepare();
  expect((await machine.run('download', 'org/none')).stderr).not.toMatch(/^\s+at /m);
  expect((await machine.run('download', 'org/none', '--verbose')).stderr).toMatch(/^\s+at /m);
});
