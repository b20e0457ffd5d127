import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { listFiles } from '../../src/operations/list-files.js';
import type { RepoId } from '../../src/repo/reference.js';
import { repoWith } from '../support/hub-server/repos.js';
import { contextAt, serve } from './hub-support.js';

const repo: RepoId = { type: 'model', name: 'org/name' };
const everything = { paths: [], include: [], exclude: [] };
const files = { 'config.json': '{}', 'model.bin': { size: 3000, lfs: true, seed: 1 }, 'tf/model.h5': 'h5' };
const spec = { id: 'org/name', files, branches: { dev: { 'a.txt': 'a' } } };

describe('listFiles', () => {
  it('tells each file with its exact size and digest', async () => {
    const hub = await serve({ repos: [repoWith(spec)] });
    const listing = await listFiles({ repo, ...everything }, await contextAt(hub));
    expect(listing).toEqual({
      repo: 'org/name',
      type: 'model',
      revision: 'main',
      commit: hub.head('org/name'),
      files: [
        { path: 'config.json', size: 2, digest: 'git-sha1:9e26dfeeb6e641a33dae4961196235bdb965b21b' },
        { path: 'model.bin', size: 3000, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string },
        { path: 'tf/model.h5', size: 2, digest: expect.stringMatching(/^git-sha1:[0-9a-f]{40}$/) as string },
      ],
      totals: { files: 3, bytes: 3004, filesInRepo: 3 },
    });
  });

  it('is narrowed as a download is, and lists any revision', async () => {
    const hub = await serve({ repos: [repoWith(spec)] });
    const context = await contextAt(hub);
    const pathsOf = async (request: object) =>
      (await listFiles({ repo, ...everything, ...request }, context)).files.map(({ path }) => path);
    expect(await pathsOf({ paths: ['tf/'], include: ['*.json'] })).toEqual(['config.json', 'tf/model.h5']);
    expect(await pathsOf({ exclude: ['*.h5'] })).toEqual(['config.json', 'model.bin']);
    expect(await pathsOf({ revision: 'dev' })).toEqual(['a.txt']);
    await expect(pathsOf({ paths: ['nope'] })).rejects.toMatchObject({ code: 'not-in-repo', exitCode: 3 });
    await pathsOf({ include: ['*.json', '*.jsn'] });
    expect(context.events).toContainEqual(expect.objectContaining({ code: 'pattern-matches-nothing' }));
  });

  it('asks the hub also for a commit that the cache knows, and writes nothing', async () => {
    const hub = await serve({ repos: [repoWith(spec)] });
    const context = await contextAt(hub);
    const revision = hub.head('org/name');
    await listFiles({ repo, revision, ...everything }, context);
    await listFiles({ repo, revision, ...everything }, context);
    expect(hub.count({ kind: 'tree' })).toBe(2);
    expect(await readdir(context.settings.cacheDir)).toEqual([]);
  });

  it('fails where the hub does not answer, and offline makes no request', async () => {
    const hub = await serve({ repos: [repoWith(spec)] });
    hub.fault({ match: { kind: 'tree' }, status: 503, times: Infinity });
    const down = listFiles({ repo, ...everything }, await contextAt(hub, { retries: 0 }));
    await expect(down).rejects.toMatchObject({ exitCode: 5 });
    hub.clearRequests();
    const offline = listFiles({ repo, ...everything }, await contextAt(hub, { offline: true }));
    await expect(offline).rejects.toMatchObject({ code: 'needs-hub', exitCode: 8 });
    expect(hub.requests).toEqual([]);
  });

  it('takes the next endpoint where the first one fails', async () => {
    const [first, second] = [await serve({ repos: [] }), await serve({ repos: [repoWith(spec)] })];
    first.fault({ match: { kind: 'info' }, status: 500, times: Infinity });
    const listing = await listFiles({ repo, ...everything }, await contextAt([first, second]));
    expect(listing.totals.files).toBe(3);
  });

  it('refuses a listing that can’t be trusted', async () => {
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files: { '../x': 'x' } })] });
    await expect(listFiles({ repo, ...everything }, await contextAt(hub))).rejects.toMatchObject({ exitCode: 6 });
  });
});
