import { expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve } from './support/machine.js';
import { mountDisk } from './support/small-disk.js';

const MB = 1_000_000;
const id = 'org/name';
const file = (seed: number) => ({ size: 2 * MB, lfs: true, seed });

async function prepare() {
  const dataset = repoWith({ id, type: 'dataset', files: { 'data/train.csv': file(1), 'data/test.csv': file(2) } });
  const model = repoWith({ id, files: { 'x.Q2_K.gguf': file(3), 'x.Q4_K_M.gguf': file(4) } });
  const hub = await serve({ repos: [dataset, model] });
  const machine = await newMachine(hub);
  machine.environment['HUB_SIZE_GUARD'] = '3MB';
  return { hub, machine };
}

test.each([
  [[`datasets/${id}`], '--subset'],
  [[id], '--quant'],
  [[`datasets/${id}`, '--quiet'], '--subset'],
])('%j is more than the guard, and nobody can be asked: exit 2 before the first byte', async (words, cure) => {
  const { hub, machine } = await prepare();
  const { exitCode, stdout, stderr } = await machine.run('download', ...words);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain('4.00 MB');
  expect(stderr).toContain(cure);
  expect(hub.count({ kind: ['resolve', 'resolve-cache', 'cdn'] })).toBe(0);
});

test.each([
  [[`datasets/${id}`, '-y']],
  [[`datasets/${id}`, '--size-guard', '4MB']],
  [[`datasets/${id}`, '--include', '*']],
  [[`datasets/${id}`, 'data/']],
  [[`${id}:Q4_K_M`]],
])('%j is fetched', async (words) => {
  const { machine } = await prepare();
  const { exitCode, stderr } = await machine.run('download', ...words);
  expect(exitCode, stderr).toBe(0);
});

test('nobody is asked for a yes to what the disk has no room for', async (context) => {
  const { machine } = await prepare();
  await mountDisk(machine.hfHome, 2 * MB, context);
  const { exitCode, stderr } = await machine.run('download', `datasets/${id}`);
  expect(exitCode, stderr).toBe(7);
  expect(stderr).not.toContain('--size-guard');
});

test('--dry-run tells that a run would ask, and asks nothing', async () => {
  const { machine } = await prepare();
  const { exitCode, stdout } = await machine.run('download', `datasets/${id}`, '--dry-run', '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ needsYes: true, totals: { bytesToFetch: 4 * MB } });
});
