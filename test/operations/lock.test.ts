import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { repoLayout } from '../../src/cache/layout.js';
import { readRequests } from '../../src/cache/records.js';
import { asCommitHash } from '../../src/repo/listing.js';
import type { OperationContext } from '../../src/operations/context.js';
import { download } from '../../src/operations/download.js';
import { checkLock } from '../../src/operations/lock/check-lock.js';
import { type LockRequest, LockFailed, lockProject } from '../../src/operations/lock/lock.js';
import type { Entry, Lock } from '../../src/workspace/entry.js';
import { parseLock } from '../../src/workspace/lock.js';
import { asNobody, workplace } from '../cache/support.js';
import { repoWith } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { bytesOf } from '../transfer/fakes.js';
import { entryOf } from '../workspace/locked.js';
import { contextAt, serve } from './hub-support.js';
import { settingsWith } from './support.js';

const place = workplace();
const weights = bytesOf(5000);
const config = '{"a":1}';
const model = { type: 'model', name: 'org/model' } as const;
const data = { type: 'dataset', name: 'org/data' } as const;
const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
const files = {
  'config.json': config,
  'copy.json': config,
  'notes.txt': 'words',
  'model.safetensors': { content: weights, lfs: true },
};

let hub: Hub;
let context: OperationContext;

beforeEach(async () => {
  hub = await serve({
    repos: [
      repoWith({ id: 'org/model', files, branches: { other: files } }),
      repoWith({ id: 'org/data', type: 'dataset', files: { 'data.csv': 'a,b' } }),
    ],
  });
  context = await contextAt(hub);
});

const lockPath = () => join(place.folder, 'hub.lock');
const lockText = () => readFileSync(lockPath(), 'utf8');
const readBack = (): Lock => parseLock(lockText(), 'hub.lock');
const commitsOf = () => readBack().entries.map(({ commit }) => commit);

const all = [entryOf({ repo: model }), entryOf({ repo: data })];

function lock(
  entries: readonly Entry[] = all,
  { now = context, ...request }: Partial<LockRequest> & { now?: OperationContext } = {},
) {
  const manifest = { endpoints: [], entries };
  return lockProject({ manifest, lockPath: lockPath(), update: 'none', dryRun: false, ...request }, now);
}

const settings = (changes: Parameters<typeof settingsWith>[1]): OperationContext => ({
  ...context,
  settings: { ...context.settings, ...changes },
});

async function failureOf(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('hub.lock', () => {
  it('pins commit, sizes and digests of all that is selected, with the sha-256 of small files too', async () => {
    const result = await lock([entryOf({ repo: model, exclude: ['*.txt'] })]);
    const [entry] = readBack().entries;
    expect(entry).toMatchObject({ repo: model, revision: 'main', commit: hub.head('org/model'), exclude: ['*.txt'] });
    expect(entry?.files).toMatchObject([
      { path: 'config.json', size: 7, sha256: sha256(config), digest: { algorithm: 'git-sha1' } },
      { path: 'copy.json', size: 7, sha256: sha256(config) },
      { path: 'model.safetensors', size: 5000, sha256: sha256(weights), digest: { algorithm: 'sha256' } },
    ]);
    expect(result).toMatchObject({ path: lockPath(), changed: true, totals: { repos: 1, files: 3, bytesFetched: 7 } });
    const other = join(place.folder, 'other');
    writeFileSync(other, '');
    expect(statSync(lockPath()).mode).toBe(statSync(other).mode);
  });

  it('stays byte for byte as it is, and asks for nothing, once all is locked', async () => {
    await lock();
    const [text, written] = [lockText(), statSync(lockPath()).mtimeMs];
    hub.clearRequests();
    hub.commit('org/model', { 'config.json': '{"a":2}' });
    expect(await lock()).toMatchObject({ changed: false, repos: [{ state: 'kept' }, { state: 'kept' }] });
    expect(hub.requests).toEqual([]);
    expect([lockText(), statSync(lockPath()).mtimeMs]).toEqual([text, written]);
    expect((await checkLock({ endpoints: [], entries: all }, lockPath())).failure).toBeUndefined();
  });

  it('is the same wherever it is made, in whichever order hub.toml is', async () => {
    await lock();
    const text = lockText();
    context = await contextAt(hub);
    writeFileSync(lockPath(), '# none\nversion = 1\n');
    await lock(all.toReversed());
    expect(lockText()).toBe(text);
  });

  it('is not touched where git gave it the ends of lines that Windows has', async () => {
    await lock();
    const text = lockText().replaceAll('\n', '\r\n');
    writeFileSync(lockPath(), text);
    expect((await lock()).changed).toBe(false);
    expect(lockText()).toBe(text);
  });
});

describe('the cache of one who locks', () => {
  it('has what was read and no snapshot: a download that follows fetches the rest alone', async () => {
    await lock([entryOf({ repo: model })]);
    const layout = repoLayout(context.settings.cacheDir, model);
    expect(readdirSync(layout.snapshots)).toEqual([]);
    expect(existsSync(layout.refs)).toBe(false);
    const commit = asCommitHash(hub.head('org/model'));
    expect(commit && (await readRequests(layout, commit))?.requests).toMatchObject([{ files: 'all', completed: null }]);
    expect(hub.bytesSent()).toBe(7 + 5);
    hub.clearRequests();
    const { totals } = await download({ repo: model, paths: [], include: [], exclude: [] }, context);
    expect(totals).toMatchObject({ bytesFetched: 5000 });
    expect(hub.count({ path: 'config.json' })).toBe(0);
    expect(commit && (await readRequests(layout, commit))?.requests).toMatchObject([
      { files: 'all', completed: expect.any(String) as string },
    ]);
  });

  it('is read where it has the files already', async () => {
    await download({ repo: model, paths: [], include: ['*.json', '*.txt'], exclude: [] }, context);
    hub.clearRequests();
    await lock([entryOf({ repo: model })]);
    expect(hub.bytesSent()).toBe(0);
    expect(readBack().entries[0]?.files[0]?.sha256).toBe(sha256(config));
  });

  it('is not believed where a blob has other bytes than its name says', async () => {
    await download({ repo: model, paths: ['config.json'], include: [], exclude: [] }, context);
    const { blobs } = repoLayout(context.settings.cacheDir, model);
    const blob = join(blobs, readdirSync(blobs)[0] ?? '');
    await chmod(blob, 0o644);
    writeFileSync(blob, '{"a":9}');
    await lock([entryOf({ repo: model })]);
    expect(readBack().entries[0]?.files[0]?.sha256).toBe(sha256(config));
    expect(readFileSync(blob, 'utf8')).toBe(config);
  });

  it('need not be writable', async () => {
    await chmod(context.settings.cacheDir, 0o555);
    await chmod(place.folder, 0o777);
    await asNobody(() => lock([entryOf({ repo: model })]));
    expect(readBack().entries[0]?.files[0]?.sha256).toBe(sha256(config));
    expect(readdirSync(context.settings.cacheDir)).toEqual([]);
  });
});

describe('what hub.toml says now', () => {
  it('keeps the commit where only the filters are others, and fetches no content twice', async () => {
    await lock([entryOf({ repo: model })]);
    const [before] = commitsOf();
    hub.commit('org/model', { 'config.json': '{"a":2}' });
    hub.clearRequests();
    const result = await lock([
      entryOf({ repo: model, include: ['*.json'] }),
      entryOf({ repo: model, include: ['*.txt'] }),
    ]);
    expect(commitsOf()).toEqual([before, before]);
    expect(hub.requests).toEqual([]);
    expect(result.repos).toMatchObject([
      { state: 'changed', removed: { files: 2 }, added: { files: 0 }, previousCommit: before },
      { state: 'added', files: 1 },
    ]);
  });

  it('asks only for what is new, once for each revision, and forgets what is gone', async () => {
    await lock([entryOf({ repo: data })]);
    hub.clearRequests();
    const news = [
      entryOf({ repo: model, revision: 'other', include: ['*.json'] }),
      entryOf({ repo: model, revision: 'other', include: ['*.txt'] }),
    ];
    const { repos } = await lock(news);
    expect(hub.count({ kind: 'info' })).toBe(1);
    expect(hub.count({ repo: 'datasets/org/data' })).toBe(0);
    expect(repos.map(({ repo, state }) => [repo, state])).toEqual([
      ['org/model', 'added'],
      ['org/model', 'added'],
      ['org/data', 'removed'],
    ]);
    expect(readBack().entries).toHaveLength(2);
  });
});

describe('--update', () => {
  it('moves what has moved, and asks once for what has not', async () => {
    await lock();
    const moved = hub.commit('org/model', { 'config.json': '{"a":2}', 'notes.txt': null, 'new.txt': 'new' });
    hub.clearRequests();
    const { repos } = await lock(all, { update: 'all' });
    expect(commitsOf()).toEqual([hub.head('datasets/org/data'), moved]);
    expect(hub.count({ repo: 'datasets/org/data' })).toBe(1);
    expect(hub.bytesSent()).toBe('{"a":2}'.length + 'new'.length);
    expect(repos).toMatchObject([
      { repo: 'org/data', state: 'kept' },
      {
        repo: 'org/model',
        state: 'changed',
        added: { files: 1, bytes: 3 },
        modified: { files: 1, bytes: 7 },
        removed: { files: 1, bytes: 5 },
      },
    ]);
  });

  it('of one repo leaves the others alone', async () => {
    await lock();
    hub.commit('org/model', { 'config.json': '{"a":2}' });
    const moved = hub.commit('datasets/org/data', { 'data.csv': 'c' });
    const [, before] = commitsOf();
    hub.clearRequests();
    await lock(all, { update: data });
    expect(commitsOf()).toEqual([moved, before]);
    expect(hub.count({ repo: 'org/model' })).toBe(0);
  });

  it('names the nearest where hub.toml has no such repo', async () => {
    const error = await failureOf(lock(all, { update: { type: 'model', name: 'org/modle' } }));
    expect(error).toMatchObject({
      exitCode: 2,
      message: 'org/modle is not in hub.toml',
      hint: 'Did you mean org/model?',
    });
  });
});

describe('what can not be locked', () => {
  const none = entryOf({ repo: { type: 'model', name: 'org/none' } });

  it('does not stop the others, and is told', async () => {
    const error = await failureOf(lock([none, ...all]));
    expect(error).toBeInstanceOf(LockFailed);
    expect(error).toMatchObject({
      code: 'repo-not-found',
      exitCode: 3,
      result: {
        changed: true,
        repos: [{ repo: 'org/data' }, { repo: 'org/model' }, { repo: 'org/none', state: 'failed', commit: null }],
      },
    });
    expect(readBack().entries).toHaveLength(2);
  });

  it('stays as it was locked, where that still is what hub.toml asks for', async () => {
    await lock();
    const text = lockText();
    hub.fault({ match: { repo: 'org/model' }, times: Infinity, status: 404 });
    hub.commit('datasets/org/data', { 'data.csv': 'c' });
    expect(await failureOf(lock(all, { update: 'all' }))).toMatchObject({ exitCode: 3 });
    expect(lockText()).not.toBe(text);
    expect(readBack().entries.map(({ repo }) => repo.name)).toEqual(['org/data', 'org/model']);
  });

  it('is counted once, locked before or not', async () => {
    await lock();
    hub.fault({ match: { kind: 'info' }, times: Infinity, status: 404 });
    const error = await failureOf(lock(all, { update: 'all' }));
    expect(error).toMatchObject({ message: expect.stringContaining('2 of 2 entries') as string });
  });

  it('leaves no file where nothing could be locked and none was there', async () => {
    expect(await failureOf(lock([none]))).toMatchObject({ exitCode: 3 });
    expect(existsSync(lockPath())).toBe(false);
  });

  it('is what the cache alone knows: the hub answers, or nobody does', async () => {
    await download({ repo: model, paths: [], include: [], exclude: [] }, context);
    await hub.close();
    const now = settings({ retries: 0 });
    expect(await failureOf(lock([entryOf({ repo: model })], { now }))).toMatchObject({ exitCode: 5 });
  });
});

describe('offline', () => {
  it('locks a commit whose files are here, and no branch', async () => {
    const commit = hub.head('org/model');
    await download({ repo: model, paths: [], include: [], exclude: [] }, context);
    await hub.close();
    const now = settings({ offline: true });
    expect(await failureOf(lock([entryOf({ repo: model })], { now }))).toMatchObject({
      code: 'needs-hub',
      exitCode: 8,
    });
    await lock([entryOf({ repo: model, revision: commit })], { now });
    expect(readBack().entries[0]?.files).toHaveLength(4);
  });

  it('fails where a small file would have to be read', async () => {
    const commit = hub.head('org/model');
    await download({ repo: model, paths: ['config.json'], include: [], exclude: [] }, context);
    const now = settings({ offline: true });
    const error = await failureOf(lock([entryOf({ repo: model, revision: commit })], { now }));
    expect(error).toMatchObject({ code: 'not-cached', exitCode: 8 });
  });
});

it('a dry run tells what would change and what it would have to read, and writes nothing', async () => {
  const result = await lock(all, { dryRun: true });
  expect(result).toMatchObject({
    dryRun: true,
    changed: true,
    repos: [
      { state: 'added', files: 1 },
      { state: 'added', files: 4, bytes: 5019 },
    ],
    totals: { filesToRead: 3, bytesToRead: 15, bytesFetched: 0 },
  });
  expect(existsSync(lockPath())).toBe(false);
  expect(readdirSync(context.settings.cacheDir)).toEqual([]);
  expect(hub.bytesSent()).toBe(0);
  await lock();
  expect(await lock(all, { dryRun: true })).toMatchObject({ changed: false });
});

it('a merge conflict ends with what both sides have locked', async () => {
  await lock([entryOf({ repo: data })]);
  const ours = lockText();
  writeFileSync(lockPath(), 'version = 1\n');
  await lock([entryOf({ repo: model })]);
  writeFileSync(lockPath(), `<<<<<<< HEAD\n${ours}=======\n${lockText()}>>>>>>> other\n`);
  hub.clearRequests();
  const events: string[] = [];
  await lock(all, { now: { ...context, tell: (event) => 'code' in event && events.push(event.code) } });
  expect(hub.requests).toEqual([]);
  expect(readBack().entries).toHaveLength(2);
  expect(events).toEqual(['lock-merged']);
});
