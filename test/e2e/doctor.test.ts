import { mkdir, readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve } from './support/machine.js';
import { mountDisk, remountReadOnly } from './support/small-disk.js';

const id = 'org/name';
const files = { 'config.json': '{}', 'model.bin': { size: 2_000_000, lfs: true, seed: 1 } };
const serveModel = () => serve({ repos: [repoWith({ id, files })] });

test('what is found goes to stdout, a line each, and the exit code is that of the first that failed', async () => {
  const hub = await serveModel();
  const machine = await newMachine(hub);
  const well = await machine.run('doctor', id);
  expect(well.exitCode, well.stdout + well.stderr).toBe(0);
  expect(well.stdout).toMatch(/^✓ ranges +localhost:\d+: parts of files are sent$/m);
  expect(well.stdout).toMatch(/^nothing failed/m);

  const sick = await machine.run('doctor', id, '--token', 'hf_expired', '--endpoint', 'http://127.0.0.1:1');
  expect(sick.exitCode).toBe(5);
  expect(sick.stdout).toMatch(/^✗ connection +cannot reach 127\.0\.0\.1:1: connection refused$/m);
  expect(sick.stderr).toMatch(/^error: cannot reach 127\.0\.0\.1:1/m);

  const { exitCode, stdout } = await machine.run('doctor', 'org/absent', '--json');
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 1,
    ok: false,
    complete: true,
    error: { code: 'repo-not-found', exitCode: 3 },
    checks: expect.arrayContaining([
      expect.objectContaining({ check: 'repo', target: 'org/absent', state: 'failed' }) as unknown,
    ]) as unknown,
  });
});

test('a disk that may not be written', async (context) => {
  const machine = await newMachine(await serveModel());
  await mkdir(machine.cacheDir, { recursive: true });
  await mountDisk(machine.cacheDir, 1_000_000, context);
  const full = await machine.run('doctor', id);
  expect(full.exitCode, full.stdout).toBe(7);
  expect(full.stdout).toMatch(/^✗ space +.*only .* free$/m);
  expect(await readdir(machine.cacheDir)).toEqual([]);
  await remountReadOnly(machine.cacheDir);
  const readOnly = await machine.run('doctor', id);
  expect(readOnly.exitCode).toBe(7);
  expect(readOnly.stdout).toMatch(/^✗ cache +.*the file system is read-only$/m);
});
