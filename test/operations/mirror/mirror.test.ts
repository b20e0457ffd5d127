import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repoLayout } from '../../../src/cache/layout.js';
import { CacheFiles } from '../../../src/cache/files.js';
import { download } from '../../../src/operations/download.js';
import { planMirror } from '../../../src/operations/mirror/mirror.js';
import { requestKey } from '../../../src/operations/mirror/requests.js';
import { MirrorAtWork, MirrorState } from '../../../src/operations/mirror/state.js';
import { asCommitHash } from '../../../src/repo/listing.js';
import { repoWith } from '../../support/hub-server/repos.js';
import { contextAt, serve } from '../hub-support.js';
import { MB, MirrorUnderTest, mirrorOf, requestOf, someRepos } from './support.js';

const names = (count: number) => Array.from({ length: count }, (_, index) => `org/r${String(index)}`);

describe('mirror', () => {
  it('brings all; the next run asks once for each repo and fetches nothing', async () => {
    const hub = await serve({ repos: someRepos(30) });
    const mirror = await mirrorOf(hub, names(30));
    const first = await mirror.run();
    expect(first.failure).toBeUndefined();
    expect(first.result.totals).toMatchObject({ repos: 30, updated: 30, failed: 0, bytesFetched: hub.bytesSent() });
    hub.clearRequests();
    const second = await mirror.run();
    expect(second.failure).toBeUndefined();
    expect(second.result.totals).toMatchObject({ repos: 30, unchanged: 30, files: 60, bytesFetched: 0 });
    expect(hub.count()).toBe(30);
    expect(hub.count({ kind: 'info' })).toBe(30);
  });

  it('asks for nothing of a commit that is named in full and here', async () => {
    const hub = await serve({ repos: someRepos(1) });
    const mirror = await mirrorOf(hub, [requestOf('org/r0', { revision: hub.head('org/r0') })]);
    expect(await mirror.states()).toEqual({ 'org/r0': 'updated' });
    hub.clearRequests();
    expect(await mirror.states()).toEqual({ 'org/r0': 'unchanged' });
    expect(hub.count()).toBe(0);
  });

  it('brings what has moved, and only that', async () => {
    const hub = await serve({ repos: someRepos(3) });
    const mirror = await mirrorOf(hub, names(3));
    await mirror.run();
    const commit = hub.commit('org/r1', { 'new.txt': 'new' });
    const { result } = await mirror.run();
    expect(result.repos.map(({ state }) => state)).toEqual(['unchanged', 'updated', 'unchanged']);
    expect(result.repos[1]).toMatchObject({ commit, revision: 'main', files: 3, bytesFetched: 3 });
  });

  it('brings back what was deleted here', async () => {
    const hub = await serve({ repos: someRepos(1) });
    const mirror = await mirrorOf(hub, names(1));
    await mirror.run();
    const { blobs } = repoLayout(mirror.context.settings.cacheDir, { type: 'model', name: 'org/r0' });
    const { rm } = await import('node:fs/promises');
    await rm(blobs, { recursive: true });
    expect(await mirror.states()).toEqual({ 'org/r0': 'updated' });
  });

  it('begins with the smallest of the first 20', async () => {
    const hub = await serve({ repos: someRepos(25) });
    const mirror = await mirrorOf(hub, names(25));
    await mirror.run();
    const order = hub.requests.flatMap(({ kind, repo, path }) =>
      kind === 'cdn' && path === 'model.bin' ? (repo ?? '') : [],
    );
    const smallest = ['org/r19', 'org/r18', 'org/r17', 'org/r16'];
    expect(order.slice(0, 4).sort()).toEqual([...smallest].sort());
  });

  it('tries a repo that failed once more after the others', async () => {
    const hub = await serve({ repos: someRepos(3) });
    const mirror = await mirrorOf(hub, names(3), { retries: 0 });
    hub.fault({ match: { kind: 'info', repo: 'org/r1' }, status: 503, times: 1 });
    const { result, failure } = await mirror.run();
    expect(failure).toBeUndefined();
    expect(result.totals).toMatchObject({ updated: 3, failed: 0 });
    expect(hub.requests.findLast(({ kind }) => kind === 'info')?.repo).toBe('org/r1');
    expect(mirror.context.events).toContainEqual(
      expect.objectContaining({ type: 'repo-failed', repo: 'org/r1', again: true }),
    );
  });

  it('gives up a repo that stays bad, and has the others', async () => {
    const hub = await serve({ repos: someRepos(3) });
    const mirror = await mirrorOf(hub, names(3), { retries: 0 });
    hub.fault({ match: { kind: 'info', repo: 'org/r1' }, status: 503, times: Infinity });
    const { result, failure } = await mirror.run();
    expect(result.repos.map(({ state }) => state)).toEqual(['updated', 'failed', 'updated']);
    expect(failure).toMatchObject({ exitCode: 5, retryable: true });
    expect(failure?.message).toMatch(/^1 of 3 repos failed: /);
    expect(mirror.context.events.filter(({ type }) => type === 'repo-done')).toHaveLength(3);
  });

  it('gives up a file whose bytes are wrong each time, though bytes come each time', async () => {
    const hub = await serve({ repos: someRepos(2) });
    const mirror = await mirrorOf(hub, names(2), { retries: 0 });
    hub.fault({ match: { kind: 'cdn', repo: 'org/r0' }, flipByteAt: 100, times: 20 });
    const { result, failure } = await mirror.run();
    expect(result.repos.map(({ state }) => state)).toEqual(['failed', 'updated']);
    expect(failure).toMatchObject({ exitCode: 6, code: 'digest-mismatch' });
    expect(mirror.context.events.filter(({ type }) => type === 'repo-failed')).toHaveLength(2);
  });

  it('goes on with a small file that breaks off each time', async () => {
    const hub = await serve({ repos: someRepos(1) });
    const mirror = await mirrorOf(hub, names(1), { retries: 0 });
    hub.fault({ match: { kind: 'cdn' }, closeAfter: 300, times: Infinity });
    expect(await mirror.states()).toEqual({ 'org/r0': 'updated' });
    expect(hub.bytesSent({ kind: 'cdn' })).toBe(1000);
  });

  it('ends with the exit code of the worst failure', async () => {
    const hub = await serve({
      repos: [...someRepos(2), repoWith({ id: 'org/gated', files: { a: 'a' }, gated: 'auto' })],
    });
    const mirror = await mirrorOf(hub, ['org/r0', 'org/none', 'org/gated', 'org/r1'], { retries: 0 });
    hub.fault({ match: { kind: 'info', repo: 'org/r1' }, status: 503, times: Infinity });
    const { result, failure } = await mirror.run();
    expect(result.repos.map(({ error }) => error?.exitCode)).toEqual([undefined, 3, 4, 5]);
    expect(failure).toMatchObject({ exitCode: 4, code: 'gated' });
    expect(result.repos[1]?.reason).toBeUndefined();
  });

  it('keeps the copy of a repo that is gone, and says so', async () => {
    const hub = await serve({ repos: someRepos(2) });
    const mirror = await mirrorOf(hub, names(2));
    await mirror.run();
    const commit = hub.head('org/r1');
    hub.removeRepo('org/r1');
    hub.clearRequests();
    const { result, failure } = await mirror.run();
    expect(result.repos[1]).toMatchObject({
      state: 'failed',
      reason: 'gone',
      commit,
      error: { code: 'repo-not-found' },
    });
    expect(failure?.exitCode).toBe(3);
    expect(hub.count(), 'nobody looks for how else it may be spelled, nor asks again').toBe(2);
    const { snapshots } = repoLayout(mirror.context.settings.cacheDir, { type: 'model', name: 'org/r1' });
    expect(readdirSync(join(snapshots, commit)).sort()).toEqual(['config.json', 'model.bin']);
  });

  it('keeps the copy of a repo that has moved behind a gate, and says so', async () => {
    const hub = await serve({ repos: someRepos(1) });
    const mirror = await mirrorOf(hub, names(1));
    await mirror.run();
    const commit = hub.head('org/r0');
    hub.addRepo({ ...hub.repo('org/r0'), gated: 'manual' });
    expect(await mirror.states(), 'it has not moved').toEqual({ 'org/r0': 'unchanged' });
    hub.commit('org/r0', { 'new.bin': { size: 5000, seed: 77, lfs: true } });
    const { result, failure } = await mirror.run();
    expect(result.repos).toMatchObject([{ state: 'failed', reason: 'gated', commit }]);
    expect(failure?.exitCode).toBe(4);
  });

  it('asks nobody any more once the token is refused', async () => {
    const hub = await serve({ repos: someRepos(60) });
    const mirror = await mirrorOf(hub, names(60), { token: 'hf_bad' });
    const { result, failure } = await mirror.run();
    expect(failure).toMatchObject({ code: 'bad-token', exitCode: 4 });
    expect(result.totals.failed).toBe(60);
    expect(result.repos.at(-1)).toMatchObject({ reason: 'not-reached', error: { code: 'bad-token' } });
    expect(hub.count()).toBeLessThan(10);
  });

  it('asks nobody any more once nobody answers', async () => {
    const hub = await serve({ repos: someRepos(60) });
    const mirror = await mirrorOf(hub, names(60), { retries: 0 });
    await hub.close();
    const { result, failure } = await mirror.run();
    expect(failure).toMatchObject({ code: 'unreachable', exitCode: 5 });
    expect(result.repos.filter(({ reason }) => reason === 'not-reached').length).toBeGreaterThan(30);
    expect(result.totals.failed).toBe(60);
  });

  it('leaves out what is beyond a limit', async () => {
    const sized = (id: string, size: number) =>
      repoWith({ id, files: { 'model.bin': { size, seed: size, lfs: true } } });
    const hub = await serve({ repos: [sized('org/a', MB), sized('org/b', 2 * MB), sized('org/c', 3 * MB)] });
    const mirror = await mirrorOf(hub, ['org/a', 'org/b', 'org/c']);
    const none = mirror.request.limits;
    const byTotal = await mirror.run({ limits: { ...none, maxTotal: 2_500_000 } });
    expect(byTotal.result.repos.map(({ state, reason }) => reason ?? state)).toEqual([
      'updated',
      'max-total',
      'max-total',
    ]);
    expect(byTotal.failure).toBeUndefined();
    const bySize = await mirror.run({ limits: { ...none, maxRepoSize: 2_500_000 } });
    expect(bySize.result.repos.map(({ state, reason }) => reason ?? state)).toEqual([
      'unchanged',
      'updated',
      'max-repo-size',
    ]);
    const byDisk = await mirror.run({ limits: { ...none, reserve: 1e18 } });
    expect(byDisk.result.repos.map(({ state, reason }) => reason ?? state)).toEqual([
      'unchanged',
      'unchanged',
      'reserve',
    ]);
    expect(byDisk.result.repos[2]).toMatchObject({ bytes: 3 * MB, bytesFetched: 0 });
  });

  it('takes what an author has, over all pages', async () => {
    const others = [
      repoWith({ id: 'other/x', files: { a: 'x' } }),
      repoWith({ id: 'org/d', type: 'dataset', files: { a: 'd' } }),
    ];
    const hub = await serve({ repos: [...someRepos(7), ...others], pageSize: 3 });
    const mirror = await mirrorOf(hub, ['org/r3']);
    const states = await mirror.states({ authors: { ...mirror.request.authors, names: ['org'] } });
    expect(Object.keys(states).sort()).toEqual(names(7));
    expect(hub.count({ kind: 'list' })).toBe(3);
  });

  it('fails with 3 for an author who has nothing', async () => {
    const mirror = await mirrorOf(await serve({ repos: someRepos(1) }), ['org/r0']);
    const run = mirror.run({ authors: { ...mirror.request.authors, names: ['nobody'] } });
    await expect(run).rejects.toMatchObject({ code: 'no-repos-of-author', exitCode: 3 });
  });

  it.each(['', 'org/r0', 'a b', '..'])('refuses the author "%s", for whom a hub may list everybody', async (name) => {
    const hub = await serve({ repos: someRepos(1) });
    const mirror = await mirrorOf(hub, ['org/r0']);
    const run = mirror.run({ authors: { ...mirror.request.authors, names: [name] } });
    await expect(run).rejects.toMatchObject({ code: 'usage', exitCode: 2 });
    expect(hub.count()).toBe(0);
  });

  it('is one run at a time', async () => {
    const hub = await serve({ repos: someRepos(1) });
    const mirror = await mirrorOf(hub, names(1));
    const [first, second] = await Promise.allSettled([mirror.run(), mirror.run()]);
    const refused = [first, second].flatMap((it) => (it.status === 'rejected' ? [it.reason as unknown] : []));
    expect(refused).toEqual([expect.any(MirrorAtWork)]);
    expect(refused[0]).toMatchObject({ exitCode: 2 });
  });

  it('reports what it has when it is interrupted, and goes on from there', async () => {
    const hub = await serve({ repos: someRepos(40) });
    const mirror = await mirrorOf(hub, names(40));
    hub.fault({ match: { kind: 'cdn', repo: 'org/r5' }, stallAfter: 100, times: Infinity });
    void hub
      .waitFor(({ repo, kind }) => kind === 'cdn' && repo === 'org/r5')
      .then(() => mirror.context.controller.abort());
    const { result, failure } = await mirror.run();
    expect(failure).toMatchObject({ code: 'interrupted' });
    expect(result.repos).toHaveLength(40);
    expect(result.repos[5]).toMatchObject({ state: 'skipped', reason: 'interrupted' });
    expect(result.repos.filter(({ state }) => state === 'updated').length).toBeGreaterThan(5);
    expect(result.repos.find(({ state }) => state === 'failed')).toBeUndefined();
  });

  it('tells in the next run of what became whole in the moment in which a signal came', async () => {
    const hub = await serve({ repos: someRepos(1) });
    const mirror = await mirrorOf(hub, names(1));
    const layout = repoLayout(mirror.context.settings.cacheDir, { type: 'model', name: 'org/r0' });
    // The ref comes right after the snapshot.
    const snapshot = join(layout.snapshots, hub.head('org/r0'));
    const watch = () => (existsSync(snapshot) ? mirror.context.controller.abort() : setImmediate(watch));
    watch();
    const { result } = await mirror.run();
    expect(result.repos).toMatchObject([{ state: 'skipped', reason: 'interrupted' }]);
    expect(existsSync(join(layout.refs, 'main')), 'it is whole').toBe(true);
    const next = new MirrorUnderTest(await contextAt(hub, mirror.context.settings), mirror.request);
    expect((await next.run()).result.repos).toMatchObject([{ state: 'updated', reason: 'earlier-run' }]);
    expect(await next.states()).toEqual({ 'org/r0': 'unchanged' });
  });

  it('tells of what a run has brought that was killed before its report', async () => {
    const hub = await serve({ repos: someRepos(2) });
    const mirror = await mirrorOf(hub, names(2));
    const { context, request } = mirror;
    await download(requestOf('org/r0'), context);
    const { signal } = context;
    const killed = await MirrorState.open(request.stateFolder, { files: new CacheFiles(request.stateFolder), signal });
    killed.noteBegun(requestKey(requestOf('org/r0')), asCommitHash(hub.head('org/r0')) ?? expect.fail());
    await killed.close();
    const { result } = await mirror.run();
    expect(result.repos[0]).toMatchObject({ state: 'updated', reason: 'earlier-run', bytesFetched: 0 });
    expect(result.repos[1]).not.toHaveProperty('reason');
    expect(await mirror.states()).toEqual({ 'org/r0': 'unchanged', 'org/r1': 'unchanged' });
    expect(existsSync(request.stateFolder)).toBe(false);
  });

  it('waits out a rate limit with everything, and says so', async () => {
    const hub = await serve({ repos: someRepos(12) });
    const mirror = await mirrorOf(hub, names(12));
    hub.fault({ match: { kind: 'info' }, nth: 3, status: 429, retryAfter: 1 });
    const { failure } = await mirror.run();
    expect(failure).toBeUndefined();
    const waits = mirror.context.events.filter(({ type }) => type === 'waiting' || type === 'waited');
    expect(waits).toMatchObject([{ type: 'waiting', reason: 'rate-limit' }, { type: 'waited' }]);
    expect(hub.count({ kind: 'info' })).toBe(13);
  });

  it('keeps so many commits of a branch that moves, and what else names one', async () => {
    const hub = await serve({ repos: someRepos(1) });
    const mirror = await mirrorOf(hub, names(1));
    const layout = repoLayout(mirror.context.settings.cacheDir, { type: 'model', name: 'org/r0' });
    const pinned = hub.head('org/r0');
    await download(requestOf('org/r0', { revision: pinned }), mirror.context);
    await mirror.run({ keepRevisions: 1 });
    const second = hub.commit('org/r0', { 'model.bin': { size: 4000, seed: 50, lfs: true } });
    await mirror.run({ keepRevisions: 1 });
    const third = hub.commit('org/r0', { 'model.bin': { size: 4000, seed: 51, lfs: true } });
    await mirror.run({ keepRevisions: 1 });
    expect(readdirSync(layout.snapshots).sort()).toEqual([pinned, third].sort());
    expect(readdirSync(layout.blobs), 'config.json, and two times model.bin').toHaveLength(3);
    expect(second).not.toBe(third);
  });

  it('keeps an older commit until all that is wanted of the branch is whole', async () => {
    const hub = await serve({ repos: someRepos(1) });
    const requests = ['config.json', 'model.bin'].map((path) => requestOf('org/r0', { include: [path] }));
    const mirror = await mirrorOf(hub, requests, { retries: 0 });
    await mirror.run();
    const older = hub.head('org/r0');
    const newer = hub.commit('org/r0', { 'config.json': 'new', 'model.bin': { size: 4000, seed: 50, lfs: true } });
    const gone = hub.fault({ match: { path: 'model.bin' }, status: 503, times: Infinity });
    const { result } = await mirror.run({ keepRevisions: 1 });
    expect(result.repos.map(({ state }) => state)).toEqual(['updated', 'failed']);
    const { snapshots } = repoLayout(mirror.context.settings.cacheDir, { type: 'model', name: 'org/r0' });
    expect(readdirSync(join(snapshots, older)).sort()).toEqual(['config.json', 'model.bin']);
    gone.remove();
    await mirror.run({ keepRevisions: 1 });
    expect(readdirSync(snapshots)).toEqual([newer]);
  });

  it('makes up for revisions that could not go before', async () => {
    const hub = await serve({ repos: someRepos(1) });
    const mirror = await mirrorOf(hub, names(1));
    const layout = repoLayout(mirror.context.settings.cacheDir, { type: 'model', name: 'org/r0' });
    await mirror.run();
    hub.commit('org/r0', { 'new.txt': 'new' });
    await mirror.run();
    expect(readdirSync(layout.snapshots)).toHaveLength(2);
    expect(await mirror.states({ keepRevisions: 1 })).toEqual({ 'org/r0': 'unchanged' });
    expect(readdirSync(layout.snapshots)).toEqual([hub.head('org/r0')]);
  });

  it('plans, and writes nothing', async () => {
    const hub = await serve({ repos: someRepos(3) });
    const mirror = await mirrorOf(hub, [...names(3), 'org/none']);
    await download(requestOf('org/r2'), mirror.context);
    const before = readdirSync(mirror.context.settings.cacheDir);
    const limits = { ...mirror.request.limits, maxTotal: 2500 };
    const { result, failure } = await planMirror({ ...mirror.request, limits }, mirror.context);
    expect(result.repos.map(({ state, reason }) => reason ?? state)).toEqual([
      'max-total',
      'updated',
      'unchanged',
      'failed',
    ]);
    expect(result.repos[1]?.bytesToFetch).toBe(result.repos[1]?.bytes);
    expect(result.totals.bytesFetched).toBe(0);
    expect(failure?.exitCode).toBe(3);
    expect(readdirSync(mirror.context.settings.cacheDir)).toEqual(before);
    expect(existsSync(mirror.request.stateFolder)).toBe(false);
  });

  it('asks for nothing offline', async () => {
    const hub = await serve({ repos: someRepos(1) });
    const mirror = await mirrorOf(hub, names(1), { offline: true });
    await expect(mirror.run()).rejects.toMatchObject({ exitCode: 8 });
    expect(hub.count()).toBe(0);
  });

  it('refuses a list that names nothing', async () => {
    const mirror = await mirrorOf(await serve({ repos: [] }), []);
    await expect(mirror.run()).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('mirror, into folders', () => {
  it('plans the failure that a file of the user will be', async () => {
    const hub = await serve({ repos: someRepos(2) });
    const root = `${(await mirrorOf(hub, [])).context.settings.cacheDir}/tree`;
    const mirror = await mirrorOf(
      hub,
      names(2).map((name) => requestOf(name, { localDir: join(root, name) })),
    );
    await mirror.run();
    writeFileSync(join(root, 'org/r0/config.json'), 'mine');
    hub.commit('org/r1', { 'new.txt': 'new' });
    writeFileSync(join(root, 'org/r1/config.json'), 'mine too');
    const planned = await planMirror(mirror.request, mirror.context);
    const ran = await mirror.run();
    const failures = (of: typeof ran) => of.result.repos.map(({ state, error }) => [state, error?.code]);
    expect(failures(planned)).toEqual(failures(ran));
    expect(planned.failure?.exitCode).toBe(9);
    expect(planned.failure?.hint).toContain('hub download');
  });

  it('brings all; the next run asks once for each repo and fetches nothing', async () => {
    const hub = await serve({ repos: someRepos(3) });
    const { context } = await mirrorOf(hub, []);
    const root = `${context.settings.cacheDir}/tree`;
    const requests = names(3).map((name) => requestOf(name, { localDir: join(root, 'models', name) }));
    const mirror = await mirrorOf(hub, requests);
    expect(await mirror.states()).toEqual({ 'org/r0': 'updated', 'org/r1': 'updated', 'org/r2': 'updated' });
    expect(existsSync(join(root, 'models/org/r1/model.bin'))).toBe(true);
    hub.clearRequests();
    const commit = hub.commit('org/r2', { 'new.txt': 'new' });
    const { result } = await mirror.run();
    expect(result.repos.map(({ state }) => state)).toEqual(['unchanged', 'unchanged', 'updated']);
    expect(result.repos[2]).toMatchObject({ commit, bytesFetched: 3 });
    hub.clearRequests();
    await mirror.run();
    expect(hub.count()).toBe(3);
  });
});
