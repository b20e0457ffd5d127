import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { startHub, type Hub } from '../support/hub-server/server.js';

const MB = 1_000_000;
let hub: Hub;
let home: string;

beforeAll(async () => {
  const files = { 'config.json': '{}', 'model.bin': { size: 3 * MB }, 'tf/model.h5': { size: 2000 } };
  hub = await startHub({ repos: [repoWith({ id: 'org/name', files })] });
  home = await mkdtemp(join(tmpdir(), 'hub-program-'));
});
afterAll(async () => {
  await hub.close();
  await rm(home, { recursive: true });
});

/** Starts the built program in an environment of its own. */
function start(args: readonly string[], environment: Record<string, string> = {}) {
  const env = { PATH: process.env['PATH'], HOME: home, HF_HOME: home, HF_ENDPOINT: hub.endpoint, ...environment };
  return spawn(process.execPath, ['bin/hub.js', ...args], { env });
}

async function run(args: readonly string[], environment?: Record<string, string>) {
  const child = start(args, environment);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output.stderr += data.toString()));
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, ...output };
}

function parse(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

describe('the command line', () => {
  it.each([['--version'], ['version'], ['-V']])('tells its version for %s', async (word) => {
    const { exitCode, stdout } = await run([word]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(exitCode).toBe(0);
  });

  it.each([[['--help']], [['help']], [['download', '--help']], [['help', 'download']]])(
    'shows help with examples on stdout for %j',
    async (args) => {
      const { exitCode, stdout, stderr } = await run(args);
      expect(stdout).toContain('Examples:\n  $ hub download facebook/opt-13b');
      expect(stderr).toBe('');
      expect(exitCode).toBe(0);
    },
  );

  it('shows help on stderr where a command is missing', async () => {
    const { exitCode, stdout, stderr } = await run([]);
    expect(stderr).toContain('Usage: hub <command>');
    expect([exitCode, stdout]).toEqual([2, '']);
  });

  it.each([
    [['downlod', 'org/name'], "unknown command 'downlod'", 'Did you mean download?'],
    [['cache', 'verfy'], "unknown command 'verfy'", 'Did you mean verify?'],
    [['config', 'sett'], "unknown command 'sett'", 'Did you mean set?'],
    [['auth', 'logn'], "unknown command 'logn'", 'Did you mean login?'],
    [['cache', 'gc', '--max-sise', '1GB'], "unknown option '--max-sise'", 'Did you mean --max-size?'],
    [['foo', '--help'], "unknown command 'foo'", 'hub --help'],
    [['help', 'foo'], "unknown command 'foo'", 'hub --help'],
    [['download'], "missing required argument 'repo'", 'hub download --help'],
    [['download', 'org/name', '--exlude', 'x'], "unknown option '--exlude'", 'Did you mean --exclude?'],
    [['download', 'org/name', '--tokn=hf_secret'], "unknown option '--tokn'\n", 'hub download --help'],
    [['download', 'org/name', '--local-dirr', 'x'], "unknown option '--local-dirr'", 'Did you mean --local-dir?'],
    [['download', 'org/name', '-x', '8'], '-x takes a glob', '--concurrency 8'],
    [['download', 'org/name', '-i', '8'], '-i takes a glob', '--concurrency 8'],
    [['download', 'org/name', '-q', '-v'], '--quiet and --verbose contradict', 'Leave one'],
    [['download', 'org/name', '--format', 'xml'], "argument 'xml' is invalid", 'hub download --help'],
    [['download', 'org/name', '-t', 'modle'], "argument 'modle' is invalid", 'hub download --help'],
    [['download', 'org/name', '--retries', 'many'], '--retries: "many"', 'hub download --help'],
  ])('refuses %j with a hint', async (args, message, hint) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect(stderr).toContain(`error: `);
    expect(stderr).toContain(message);
    expect(stderr.slice(stderr.indexOf('hint: '))).toContain(hint);
    expect([exitCode, stdout]).toEqual([2, '']);
  });

  it('answers a command line that it cannot read with a document, if that asks for one', async () => {
    const { exitCode, stdout } = await run(['download', 'org/name', '--bogus', '--json', '--token=hf_secret']);
    expect(parse(stdout)).toMatchObject({
      schema: 1,
      error: { code: 'usage', exitCode: 2, retryable: false },
      continue: 'hub download org/name --bogus --json',
    });
    expect(exitCode).toBe(2);
  });
});

describe('hub download', () => {
  it('prints the path alone, whatever the order of its words', async () => {
    const words = ['--include', '*', '--exclude', '*.h5', 'org/name'];
    const { exitCode, stdout } = await run(['download', ...words]);
    expect(stdout).toMatch(/^\/.*\/models--org--name\/snapshots\/[0-9a-f]{40}\n$/);
    expect(exitCode).toBe(0);
    expect(await run(['download', 'org/name', '--ignore_patterns', '*.h5', '-q'])).toEqual({
      exitCode: 0,
      stdout,
      stderr: '',
    });
  });

  it('tells that pasted flags have no effect', async () => {
    const pasted = ['--resume-download', '--local-dir-use-symlinks', 'False'];
    const { exitCode, stderr } = await run(['download', 'org/name', 'config.json', ...pasted]);
    expect(stderr.match(/no effect/g)).toHaveLength(1);
    expect(exitCode).toBe(0);
  });

  it.each([[['--json']], [['--format', 'json']]])('gives one document for %j', async (flags) => {
    const { stdout } = await run(['download', 'org/name', 'config.json', ...flags]);
    expect(Object.keys(parse(stdout))[0]).toBe('schema');
    expect(parse(stdout)).toMatchObject({ schema: 1, repo: 'org/name', type: 'model', complete: true });
  });

  it('plans without doing', async () => {
    const cache = join(home, 'planned');
    const words = ['download', 'org/name', '--dry-run', '--cache-dir', cache];
    const { stdout, exitCode } = await run(words);
    expect(stdout).toMatch(/^fetch +3\.00 MB {2}model\.bin$/m);
    expect(exitCode).toBe(0);
    const document = parse((await run([...words, '--json'])).stdout);
    expect(document).toMatchObject({ schema: 1, totals: { files: 3 }, disk: { free: expect.any(Number) as number } });
  });

  it('keeps stdout empty on failure, and fills it with a document where that is asked for', async () => {
    const failed = await run(['download', 'org/nothing']);
    expect(failed).toMatchObject({ exitCode: 3, stdout: '' });
    expect(failed.stderr).toMatch(/^error: .*org\/nothing/);
    const { stdout } = await run(['download', 'org/nothing', '--json', '-q']);
    expect(parse(stdout)).toMatchObject({
      schema: 1,
      error: { code: 'repo-not-found', exitCode: 3 },
      continue: 'hub download org/nothing --json -q',
    });
  });

  it('makes NDJSON of all of stderr', async () => {
    const { stderr } = await run(['download', 'org/nothing', '--progress', 'json']);
    const types = stderr
      .trimEnd()
      .split('\n')
      .map((line) => parse(line)['type']);
    expect(types[0]).toBe('resolving');
    expect(types.at(-1)).toBe('error');
  });

  it('ends quietly when nobody reads its result', async () => {
    const child = start(['download', 'org/name', 'config.json', '-q']);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    await once(child, 'close');
    expect(stderr).toBe('');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('stops at %s and says how to go on and how to drop what is there', async (signal, expected) => {
    hub.bytesPerSecond = 200_000;
    const cache = join(home, signal);
    const child = start([
      'download',
      'org/name',
      '-i',
      'model.*',
      '--cache-dir',
      cache,
      '--progress',
      'json',
      '--json',
    ]);
    let stdout = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    const lines = createInterface({ input: child.stderr });
    const closed = once(child, 'close') as Promise<[number]>;
    const events: Record<string, unknown>[] = [];
    for await (const line of lines) {
      events.push(parse(line));
      if (parse(line)['type'] === 'progress' && !child.killed) child.kill(signal);
    }
    const [exitCode] = await closed;
    hub.bytesPerSecond = undefined;
    expect(exitCode).toBe(expected);
    const command = `hub download org/name -i 'model.*' --cache-dir ${cache} --progress json --json`;
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'interrupted', exitCode: expected });
    expect(events.at(-1)?.['details']).toContain(`  ${command}`);
    expect(parse(stdout)).toMatchObject({ schema: 1, error: { code: 'interrupted' }, continue: command });
  });
});
