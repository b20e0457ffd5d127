import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve } from './support/machine.js';

const MB = 1_000_000;
const id = 'org/name';

async function prepare() {
  const files = { 'config.json': '{}', 'model.bin': { size: 12 * MB, lfs: true, seed: 1 } };
  const hub = await serve({ repos: [repoWith({ id, files })] });
  const machine = await newMachine(hub);
  return { hub, machine, snapshot: join(machine.repo(id), 'snapshots', hub.head(id)) };
}

describe('stdout', () => {
  test('MODEL=$(hub download …) works', async () => {
    const { machine, snapshot } = await prepare();
    const { stdout } = await machine.shell(`MODEL=$(hub download ${id} 2>/dev/null) && echo "<$MODEL>"`);
    expect(stdout).toBe(`<${snapshot}>\n`);
  });

  test('--json: one document, schema first, in the order of docs/json.md', async () => {
    const { hub, machine, snapshot } = await prepare();
    const { stdout } = await machine.run('download', id, '--json');
    const document = JSON.parse(stdout) as { files: unknown; totals: Record<string, number> };
    expect(Object.keys(document)).toEqual([
      'schema',
      'repo',
      'type',
      'revision',
      'commit',
      'path',
      'complete',
      'files',
      'totals',
      'sources',
    ]);
    expect(document).toMatchObject({
      schema: 1,
      repo: id,
      type: 'model',
      revision: 'main',
      commit: hub.head(id),
      path: snapshot,
      complete: true,
      files: [
        { path: 'config.json', size: 2, state: 'fetched', bytesFetched: 2 },
        { path: 'model.bin', size: 12 * MB, state: 'fetched', bytesFetched: 12 * MB },
      ],
      totals: { files: 2, bytes: 12 * MB + 2, bytesFetched: 12 * MB + 2, bytesCached: 0, bytesWasted: 0, retries: 0 },
      sources: { [hub.endpoint]: 2, [hub.cdnOrigin]: 12 * MB },
    });
    expect(document.totals['seconds']).toBeGreaterThan(0);
  });

  test('--json, warm: everything cached, no byte fetched', async () => {
    const { machine } = await prepare();
    await machine.run('download', id);
    const { stdout } = await machine.run('download', id, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      files: [{ state: 'cached', bytesFetched: 0 }, { state: 'cached' }],
      totals: { bytesFetched: 0, bytesCached: 12 * MB + 2 },
      sources: {},
    });
  });

  test.each([
    { words: ['org/none'], code: 'repo-not-found', exitCode: 3 },
    { words: [id, '--no-such-flag'], code: 'usage', exitCode: 2 },
    // What is not in the cache comes only with a network.
    { words: [id, '--offline'], goesOn: [id], code: 'not-cached', exitCode: 8 },
    { words: ['no/such/repo'], code: 'usage', exitCode: 2 },
  ])('--json, failed by $words: one document with error and continue', async (failing) => {
    const { words, goesOn = words, code, exitCode } = failing;
    const { machine } = await prepare();
    const ended = await machine.run('download', ...words, '--json');
    expect(ended.exitCode).toBe(exitCode);
    const document = JSON.parse(ended.stdout) as { error: object };
    expect(Object.keys(document)[0]).toBe('schema');
    expect(document).toMatchObject({
      schema: 1,
      error: { code, exitCode, retryable: false },
      continue: ['hub', 'download', ...goesOn, '--json'].join(' '),
    });
    expect(Object.keys(document.error)).toEqual(expect.arrayContaining(['message', 'hint']));
  });

  test.each(['hub download org/name | head -c 0', 'hub download org/name --json | true', 'hub download --help | true'])(
    '%s: ends quietly',
    async (line) => {
      const { machine } = await prepare();
      const { exitCode, stderr } = await machine.shell(`set -o pipefail; ${line}`);
      expect(exitCode, stderr).toBe(0);
      expect(stderr).not.toMatch(/EPIPE|error|^\s+at /im);
    },
  );

  test.skipIf(process.platform !== 'linux').each(['', ' --json'])('a full disk behind it is told%s', async (flag) => {
    const { machine } = await prepare();
    const { exitCode, stderr } = await machine.shell(`hub cache ls${flag} > /dev/full`);
    expect(stderr).toMatch(/^error: not all could be printed: ENOSPC/m);
    expect(exitCode).toBe(7);
  });

  test('a stderr that closes does no harm', async () => {
    const { machine, snapshot } = await prepare();
    const { exitCode, stdout } = await machine.shell(`hub download ${id} --progress json 2>&-`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${snapshot}\n` });
  });
});

describe('stderr', () => {
  test('--quiet: nothing, and the result all the same', async () => {
    const { machine, snapshot } = await prepare();
    expect(await machine.run('download', id, '--quiet')).toMatchObject({
      exitCode: 0,
      stdout: `${snapshot}\n`,
      stderr: '',
    });
  });

  test('--quiet: errors are told', async () => {
    const { machine } = await prepare();
    expect((await machine.run('download', 'org/none', '--quiet')).stderr).toMatch(/^error: /);
  });

  test('without a terminal: a line for each file of 10 MB or more, no bars, no colour', async () => {
    const { machine } = await prepare();
    const { stderr } = await machine.run('download', id);
    expect(stderr).toMatch(/^fetched model\.bin \(12\.?0? MB\)$/m);
    expect(stderr).not.toContain('config.json');
    expect(stderr).not.toContain('\u001b');
    expect(stderr).not.toContain('\r');
  });

  test('--progress none: only the last words', async () => {
    const { machine } = await prepare();
    const { stderr } = await machine.run('download', id, '--progress', 'none');
    expect(stderr).not.toContain('model.bin');
  });

  test('--progress json: every line is a JSON object with time and type', async () => {
    const { hub, machine } = await prepare();
    hub.fault({ match: { kind: 'resolve' }, status: 500 });
    hub.bytesPerSecond = MB;
    const { exitCode, stderr } = await machine.run('download', id, '--progress', 'json', '--resume-download');
    expect(exitCode).toBe(0);
    const lines = stderr.trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as { time: string; type: string });
    for (const { time, type } of events) {
      expect(new Date(time).toISOString()).toBe(time);
      expect(type).toMatch(/^[a-z-]+$/);
    }
    const expected = [
      'warning',
      'resolving',
      'resolved',
      'listing',
      'planned',
      'retrying',
      'progress',
      'file-done',
      'summary',
    ];
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set([...expected, 'file-started']));
  });

  test('--progress json: errors too, and it beats --quiet', async () => {
    const { machine } = await prepare();
    const { stderr } = await machine.run('download', 'org/none', '--progress', 'json', '--quiet');
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'repo-not-found', exitCode: 3 });
  });

  test('--progress json: a usage error is a JSON line as well', async () => {
    const { machine } = await prepare();
    const { stderr } = await machine.run('download', id, '--progress', 'json', '--no-such-flag');
    expect(JSON.parse(stderr.trimEnd())).toMatchObject({ type: 'error', code: 'usage' });
  });

  test('what is read back before a resume is told', async () => {
    const { hub, machine } = await prepare();
    hub.bytesPerSecond = MB;
    const running = machine.start('download', id);
    await hub.waitFor(() => hub.bytesSent() > 4 * MB);
    await running.killAndWait();
    const { stderr } = await machine.run('download', id, '--progress', 'json');
    const checking = stderr.split('\n').find((line) => line.includes('"checking"'));
    expect(JSON.parse(checking ?? 'null')).toMatchObject({ type: 'checking', path: 'model.bin' });
  });
});

describe('flags as people paste them from hf download', () => {
  test('all of them are taken', async () => {
    const { machine, snapshot } = await prepare();
    const pasted = ['--repo-type', 'model', '--revision', 'main', '--include', '*.json', '--exclude', '*.h5'];
    const more = ['--max-workers', '4', '--force-download', '--cache-dir', machine.cacheDir, '--quiet'];
    expect(await machine.run('download', id, ...pasted, ...more)).toMatchObject({
      exitCode: 0,
      stdout: `${snapshot}\n`,
    });
  });

  test.each([
    ['--allow-patterns', '*.json'],
    ['--allow_patterns', '*.json'],
    ['--allow', '*.json'],
    ['--ignore-patterns', '*.bin'],
    ['--ignore_patterns', '*.bin'],
    ['--ignore=*.bin'],
  ])('%s %s', async (...words) => {
    const { machine } = await prepare();
    const { stdout } = await machine.run('download', id, ...words, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ files: [{ path: 'config.json' }], totals: { files: 1 } });
  });

  test('--repo_type with an underscore', async () => {
    const { machine } = await prepare();
    expect((await machine.run('download', id, '--repo_type', 'model')).exitCode).toBe(0);
  });

  test('--format json is --json, --format quiet is --quiet', async () => {
    const { machine, snapshot } = await prepare();
    const { stdout } = await machine.run('download', id, '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1 });
    expect(await machine.run('download', id, '--format', 'quiet')).toMatchObject({
      stdout: `${snapshot}\n`,
      stderr: '',
    });
  });

  test('--resume-download and --local-dir-use-symlinks get one note', async () => {
    const { machine } = await prepare();
    const words = ['--resume-download', '--local-dir-use-symlinks', 'False'];
    const { exitCode, stderr } = await machine.run('download', id, ...words);
    expect(exitCode).toBe(0);
    expect(stderr.match(/no effect/g)).toHaveLength(1);
  });

  test('a path with glob characters that is no file counts as --include, with a note', async () => {
    const { machine } = await prepare();
    const { exitCode, stdout, stderr } = await machine.run('download', id, '*.json', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ files: [{ path: 'config.json' }], totals: { files: 1 } });
    expect(stderr).toMatch(/--include/);
  });

  test('a pattern that matches nothing beside one that does: a warning with the nearest name', async () => {
    const { machine } = await prepare();
    const { exitCode, stderr } = await machine.run('download', id, '--include', '*.bin', '--include', 'confg.json');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: .*confg\.json/m);
    expect(stderr).toContain('config.json');
  });
});

describe('help and version', () => {
  test.each([['--version'], ['version'], ['-V']])('hub %s', async (word) => {
    const { machine } = await prepare();
    const { exitCode, stdout } = await machine.run(word);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('hub download --help ends with real examples, on stdout', async () => {
    const { machine } = await prepare();
    const { exitCode, stdout } = await machine.run('download', '--help');
    expect(exitCode).toBe(0);
    expect(stdout.trimEnd().split('\n').slice(-3).join('\n')).toMatch(/\$ .*hub download /);
  });
});
