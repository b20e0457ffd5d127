import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listCache } from '../../src/operations/list-cache.js';
import { RepoBuilder, commitOf, dayMs, digestOf } from '../support/cache-builder.js';
import { contextWith, settingsWith } from './support.js';

let cacheDir = '';
let a: RepoBuilder;

beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'list-cache-'));
  a = new RepoBuilder(cacheDir, 'models--org--a');
});
afterEach(() => rmSync(cacheDir, { recursive: true, force: true }));

function list(...names: string[]) {
  const repos = names.map((name) => ({ type: 'model' as const, name }));
  return listCache(repos, contextWith(settingsWith(cacheDir)));
}

it('counts what two repos share in each of them, and once in the total', async () => {
  const weights = 'w'.repeat(1000);
  a.revision('1', { files: { 'model.bin': weights, 'config.json': '{}' }, refs: ['main'], usedMsAgo: dayMs });
  const fork = new RepoBuilder(cacheDir, 'models--org--fork');
  a.shareWith(fork, digestOf(weights));
  fork.revision('2', { files: { 'model.bin': weights }, refs: ['main'] });
  const { repos, totals } = await list();
  expect(repos.map(({ bytes, bytesShared }) => [bytes, bytesShared])).toEqual([
    [1002, 1000],
    [1000, 1000],
  ]);
  expect(totals).toEqual({ repos: 2, revisions: 2, bytes: 1002, bytesShared: 1000, bytesPartial: 0 });
});

it('tells of unfinished files whose they are and how much is there', async () => {
  a.write(`blobs/${'e'.repeat(64)}.incomplete`, 'part');
  a.write(`.hub/partial/${'f'.repeat(64)}.${'b'.repeat(16)}/bytes`, 'part');
  const [repo] = (await list()).repos;
  expect(repo).toMatchObject({
    lastUsed: null,
    partials: [
      { tool: 'hub', digest: 'f'.repeat(64), bytesHere: 0, size: null },
      { tool: 'python', digest: 'e'.repeat(64), bytesHere: 4, size: null },
    ],
  });
});

it('takes only the repos that are named, and names the nearest of one that is not there', async () => {
  a.revision('1', { files: { a: 'a' }, refs: ['main'] });
  new RepoBuilder(cacheDir, 'models--org--b').revision('2', { files: { b: 'b' } });
  expect((await list('org/a')).repos).toMatchObject([{ repo: 'org/a', revisions: [{ commit: commitOf('1') }] }]);
  await expect(list('org/a', 'org/bb')).rejects.toMatchObject({
    code: 'repo-not-cached',
    exitCode: 3,
    hint: expect.stringContaining('org/') as string,
  });
});
