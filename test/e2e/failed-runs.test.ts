import { describe, expect, test } from 'vitest';
import type { Fault } from '../support/hub-server/faults.js';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve } from './support/machine.js';

const id = 'org/name';
const size = 3_000_000;

async function prepare() {
  const files = { 'config.json': '{}', 'model.bin': { size, lfs: true, seed: 1 } };
  const hub = await serve({ repos: [repoWith({ id, files })] });
  return { hub, machine: await newMachine(hub) };
}

const timesOf = (text: string, part: string) => text.split(part).length - 1;

/** What the document has of a run in which `model.bin` failed. */
const failedDocument = (exitCode: number, config: 'cached' | 'fetched') => ({
  schema: 1,
  repo: id,
  complete: false,
  files: [
    { path: 'config.json', state: config },
    { path: 'model.bin', size, state: 'failed', error: { exitCode } },
  ],
  totals: { files: 2, bytes: size + 2 },
  error: { exitCode },
});

describe('a run of which one file failed says what is complete, what is missing, why, and how to go on', () => {
  const resolve = { kind: 'resolve', path: 'model.bin' } as const;
  test.each([
    { exitCode: 3, fault: { match: resolve, status: 404 } },
    { exitCode: 4, fault: { match: resolve, status: 403 } },
    { exitCode: 5, fault: { match: resolve, status: 500 } },
    { exitCode: 6, fault: { match: { kind: 'cdn', path: 'model.bin' }, flipByteAt: 5 } },
  ] satisfies { exitCode: number; fault: Fault }[])('exit $exitCode', async ({ exitCode, fault }) => {
    const { hub, machine } = await prepare();
    hub.fault({ times: Infinity, ...fault });
    const ended = await machine.run('download', id, '--json', '--retries', '0', '--exclude', '* *');
    expect(ended.exitCode, ended.stderr).toBe(exitCode);
    const [, last = ''] = ended.stderr.split(/^error: /m);
    expect(last).toMatch(/^not complete: model\.bin$/m);
    expect(last).toMatch(/^1 of 2 files complete, 2 B; .* fetched in this run$/m);
    const command = `hub download ${id} --json --retries 0 --exclude '* *'`;
    expect(last).toContain(`To go on:\n  ${command}\n`);
    const document = JSON.parse(ended.stdout) as { error: { message: string } };
    expect(document).toMatchObject({ ...failedDocument(exitCode, 'fetched'), continue: command });
    expect(timesOf(last, document.error.message)).toBe(1);
  });
});

test('offline with missing files: they are named, and the command that goes on is not offline', async () => {
  const { machine } = await prepare();
  await machine.run('download', id, 'config.json');
  const { exitCode, stdout, stderr } = await machine.run('download', id, '--offline', '--json');
  expect(exitCode, stderr).toBe(8);
  expect(stderr).toMatch(/^not complete: model\.bin$/m);
  expect(JSON.parse(stdout)).toMatchObject({ ...failedDocument(8, 'cached'), continue: `hub download ${id} --json` });
});

test('a hub that is down, and a cache that lacks a file: what the cache has is told', async () => {
  const { hub, machine } = await prepare();
  await machine.run('download', id, 'config.json');
  await hub.close();
  const { exitCode, stdout, stderr } = await machine.run('download', id, '--json', '--retries', '0');
  expect(exitCode, stderr).toBe(5);
  expect(JSON.parse(stdout)).toMatchObject(failedDocument(5, 'cached'));
});

test('a hub that is down before anything is known: how to go on, without a secret', async () => {
  const { hub, machine } = await prepare();
  await hub.close();
  const proxy = 'http://me:secret@127.0.0.1:1';
  const { exitCode, stdout, stderr } = await machine.run(
    'download',
    id,
    '--json',
    '--token',
    'hf_secret',
    '--proxy',
    proxy,
  );
  expect(exitCode, stderr).toBe(5);
  const command = `hub download ${id} --json --proxy http://127.0.0.1:1`;
  expect(stderr).toContain(`To go on:\n  ${command}\n`);
  expect(JSON.parse(stdout)).toMatchObject({ schema: 1, error: { code: 'unreachable' }, continue: command });
  expect(stdout + stderr).not.toContain('secret');
});

test('what the same command cannot mend is told without it', async () => {
  const { machine } = await prepare();
  expect((await machine.run('download', 'org/none')).stderr).not.toContain('To go on');
});
