import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { SyncFailed } from '../../src/operations/sync/result.js';
import { isEmptyRemoval } from '../../src/operations/removal.js';
import { planPrune } from '../../src/operations/tend-cache.js';
import { type SyncRequest, sync } from '../../src/operations/sync/sync.js';
import type { Settings } from '../../src/settings/settings.js';
import type { LockedEntry } from '../../src/workspace/entry.js';
import { freeBytes } from '../../src/cache/disk-space.js';
import { repoLayout } from '../../src/cache/layout.js';
import { formatLock, parseLock } from '../../src/workspace/lock.js';
import { asNobody, workplace } from '../cache/support.js';
import { closing } from '../net/server.js';
import { type RepoFile, repoWith } from '../support/hub-server/repos.js';
import { contentOfBytes } from '../support/hub-server/content.js';
import { type Hub, startHub } from '../support/hub-server/server.js';
import { bytesOf } from '../transfer/fakes.js';
import { type RecordedContext, contextWith, settingsWith } from './support.js';
import { lockFrom, projectWith } from './sync-support.js';

const place = workplace();
const weights = bytesOf(3_000_000);
const a = { type: 'model', name: 'org/a' } as const;
const b = { type: 'dataset', name: 'org/b' } as const;
const filesOfA = { 'model.bin': { content: weights, lfs: true }, 'config.json': '{"a": 1}', 'sub/vocab.txt': 'a b c' };

let hub: Hub;
let folder: string;
beforeEach(async () => {
  const repos = [
    repoWith({ id: a.name, files: filesOfA }),
    repoWith({ id: b.name, type: 'dataset', files: { 'train.csv': 'x,y\n1,2\n' } }),
  ];
  hub = closing(await startHub({ repos }));
  folder = join(place.folder, 'project');
});

const api = { kind: ['info', 'tree', 'refs'] } as const;

function contextFor(settings: Partial<Settings> = {}): RecordedContext {
  const cacheDir = join(place.folder, 'cache');
  return contextWith(settingsWith(cacheDir, { endpoints: [{ url: hub.endpoint, sendsToken: true }], ...settings }));
}

function syncWith(settings: Partial<Settings> = {}, request: Partial<SyncRequest> = {}) {
  const context = contextFor(settings);
  const origins = { endpoints: { kind: 'flag', name: '--endpoint' } } as const;
  const done = sync({ workingDir: folder, ref: 'make', prune: false, ...request }, { ...context, origins });
  return { done, context };
}

async function failed(done: Promise<unknown>): Promise<SyncFailed> {
  const error: unknown = await done.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof SyncFailed) return error;
  throw new Error('it did not fail as a sync does', { cause: error });
}

const cachePath = (...parts: string[]) => join(place.folder, 'cache', ...parts);
const warnings = ({ events }: RecordedContext) =>
  events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));
const both = async (): Promise<LockedEntry[]> => [await lockFrom(hub, a), await lockFrom(hub, b)];

describe('sync --frozen', () => {
  it('brings all repos of the lock by content alone, without a ref and without a listing', async () => {
    await projectWith(folder, await both());
    hub.fault({ match: api, times: Infinity, status: 500 });
    const result = await syncWith({ frozen: true }).done;
    expect(result).toMatchObject({ complete: true, totals: { repos: 2, failed: 0, files: 4 } });
    expect(hub.count(api)).toBe(0);
    const [, second] = result.repos;
    expect(readFileSync(join(second?.path ?? '', 'model.bin')).equals(weights)).toBe(true);
    expect(readFileSync(cachePath('models--org--a', 'refs', 'main'), 'utf8')).toBe(hub.head('org/a'));
  });

  it('makes no request when all is there', async () => {
    await projectWith(folder, await both());
    await syncWith({ frozen: true }).done;
    hub.clearRequests();
    const { repos, totals } = await syncWith({ frozen: true }).done;
    expect(hub.requests).toEqual([]);
    expect(totals.bytesFetched).toBe(0);
    expect(repos.flatMap(({ files }) => files.map(({ state }) => state))).toEqual([
      'cached',
      'cached',
      'cached',
      'cached',
    ]);
  });

  it.each([
    ['of the same size', '{"a": 2}'],
    ['longer', '{"a": 1, "b": 2}'],
  ])(
    'stores nothing of a mirror that has another file under the same name, %s: both digests are named',
    async (_, text) => {
      const [entry] = await both();
      if (entry === undefined) throw new Error('nothing is locked');
      await projectWith(folder, [entry]);
      const held = hub.repo('org/a').commits.get(entry.commit);
      const changed: [string, RepoFile] = ['config.json', { content: contentOfBytes(text), lfs: false }];
      hub.repo('org/a').commits.set(entry.commit, new Map([...(held ?? []), changed]));
      const error = await failed(syncWith({ frozen: true }).done);
      expect(error.exitCode).toBe(6);
      const locked = entry.files.find(({ path }) => path === 'config.json');
      expect([locked?.sha256, locked?.digest.hex].some((hex) => error.message.includes(hex ?? '-'))).toBe(true);
      expect(error.message).toMatch(/sha(?:256|1):[0-9a-f]+ instead of (?:git-)?sha(?:256|1):[0-9a-f]+/);
      const { blobs } = repoLayout(cachePath(), a);
      expect(readdirSync(blobs)).not.toContain(locked?.digest.hex);
      // Whole or not at all.
      expect(existsSync(cachePath('models--org--a', 'snapshots', entry.commit))).toBe(false);
    },
  );

  it('names both digests of a large file of another size, which the redirect to it tells', async () => {
    const entry = await lockFrom(hub, a);
    await projectWith(folder, [entry]);
    const held = hub.repo('org/a').commits.get(entry.commit) ?? new Map<string, never>();
    const changed: RepoFile = { content: contentOfBytes(bytesOf(2_000_000)), lfs: true };
    hub.repo('org/a').commits.set(entry.commit, new Map([...held, ['model.bin', changed]]));
    const error = await failed(syncWith({ frozen: true, retries: 0 }).done);
    const locked = entry.files.find(({ path }) => path === 'model.bin')?.sha256 ?? '-';
    expect(error).toMatchObject({
      exitCode: 6,
      message: expect.stringContaining(`instead of sha256:${locked}`) as string,
    });
    expect(error.message).toContain('has 2000000 bytes instead of the 3000000 bytes');
  });

  it('says of a lock with a wrong size what the file has, and no digest twice', async () => {
    const entry = await lockFrom(hub, a);
    const files = entry.files.map((file) => ({ ...file, size: file.path === 'model.bin' ? 0 : file.size + 1 }));
    await projectWith(folder, [{ ...entry, files }]);
    const error = await failed(syncWith({ frozen: true, retries: 0 }).done);
    const messages = error.result.repos.flatMap((repo) => repo.files.map((file) => file.error?.message ?? ''));
    expect(messages).toEqual([
      expect.stringMatching(/^config.json: .* has 8 bytes instead of the 9 bytes that are listed$/),
      expect.stringMatching(/^model.bin: no bytes, which are sha256:\w+ instead of sha256:\w+$/),
      expect.stringMatching(/^sub\/vocab.txt: .* has 5 bytes instead of the 6 bytes that are listed$/),
    ]);
  });

  it('puts nothing else into a commit that a hub has listed, whatever the lock says', async () => {
    const [entry] = await both();
    if (entry === undefined) throw new Error('nothing is locked');
    await projectWith(folder, [entry]);
    rmSync(join(folder, 'hub.lock'));
    await syncWith().done;
    const config = cachePath('models--org--a', 'snapshots', entry.commit, 'config.json');
    hub.commit('org/a', { 'config.json': 'evil' });
    const evil = (await lockFrom(hub, a)).files;
    await projectWith(folder, [{ ...entry, files: evil }]);
    const held = hub.repo('org/a').commits.get(hub.head('org/a'));
    if (held !== undefined) hub.repo('org/a').commits.set(entry.commit, held);
    const error = await failed(syncWith({ frozen: true }).done);
    expect(error).toMatchObject({ code: 'lock-contradicted', exitCode: 6 });
    expect(readFileSync(config, 'utf8')).toBe('{"a": 1}');
  });

  it('holds a small file to the sha-256 of the lock, and not to git alone', async () => {
    const [entry] = await both();
    if (entry === undefined) throw new Error('nothing is locked');
    const files = entry.files.map((file) => (file.path === 'config.json' ? { ...file, sha256: 'f'.repeat(64) } : file));
    await projectWith(folder, [{ ...entry, files }]);
    const error = await failed(syncWith({ frozen: true }).done);
    expect(error).toMatchObject({ exitCode: 6 });
    expect(error.message).toContain(`instead of sha256:${'f'.repeat(64)}`);
  });

  it('takes a mirror for what the first endpoint lacks', async () => {
    await projectWith(folder, [await lockFrom(hub, a)]);
    const empty = closing(await startHub({ repos: [] }));
    const endpoints = [empty, hub].map(({ endpoint: url }) => ({ url, sendsToken: false }));
    expect(await syncWith({ frozen: true, endpoints }).done).toMatchObject({ complete: true });
  });

  it('follows a lock that has no manifest, or another one', async () => {
    await projectWith(folder, await both(), '[[repo]]\nsource = "org/other"\n');
    expect(await syncWith({ frozen: true }).done).toMatchObject({ complete: true });
  });
});

describe('sync --locked', () => {
  it('refuses a lock that is not what the manifest asks for, before any request', async () => {
    await projectWith(folder, await both(), '[[repo]]\nsource = "org/other"\n');
    await expect(syncWith({ locked: true }).done).rejects.toMatchObject({ exitCode: 9, code: 'lock-stale' });
    expect(hub.requests).toEqual([]);
  });

  it('asks for no ref and no listing where the lock fits', async () => {
    await projectWith(folder, await both());
    expect(await syncWith({ locked: true }).done).toMatchObject({ complete: true });
    expect(hub.count(api)).toBe(0);
  });
});

describe('sync', () => {
  it('is at several repos at a time, over one budget of connections', async () => {
    await projectWith(folder, await both());
    const { done, context } = syncWith({ concurrency: 1 });
    await done;
    const paths = context.events.flatMap((event) => (event.type === 'file-done' ? [event.path] : []));
    expect(paths.toSorted()).toEqual([
      'datasets/org/b/train.csv',
      'org/a/config.json',
      'org/a/model.bin',
      'org/a/sub/vocab.txt',
    ]);
    const last = context.events.findLast((event) => event.type === 'progress');
    expect(last).toMatchObject({ progress: { filesDone: 4, filesTotal: 4 } });
  });

  it('goes on with the others when one repo fails, and a second run brings just what was missing', async () => {
    await projectWith(folder, await both());
    const fault = hub.fault({ match: { repo: 'org/a', path: 'config.json' }, times: Infinity, status: 404 });
    const error = await failed(syncWith().done);
    expect(error).toMatchObject({ exitCode: 3, result: { complete: false, totals: { failed: 1 } } });
    expect(error.result.repos.map(({ complete }) => complete)).toEqual([true, false]);
    fault.remove();
    hub.clearRequests();
    expect(await syncWith().done).toMatchObject({ complete: true, totals: { bytesFetched: '{"a": 1}'.length } });
  });

  it('knows before the first byte that the disk has no room for all repos together', async () => {
    const size = Math.floor(0.6 * (await freeBytes(place.folder)));
    const huge = (await both()).map((entry) => ({
      ...entry,
      files: entry.files.slice(0, 1).map((it) => ({ ...it, size })),
    }));
    await projectWith(folder, huge);
    await expect(syncWith().done).rejects.toMatchObject({ exitCode: 7, code: 'no-space' });
    expect(hub.requests).toEqual([]);
  });

  it('offline tells what is missing, of each repo', async () => {
    const [second, first] = await both();
    await projectWith(
      folder,
      [first, second].filter((entry) => entry !== undefined),
    );
    const fault = hub.fault({ match: { repo: 'org/a', path: 'model.bin' }, times: Infinity, status: 404 });
    await failed(syncWith().done);
    fault.remove();
    hub.clearRequests();
    const error = await failed(syncWith({ offline: true }).done);
    expect(error.exitCode).toBe(8);
    expect(hub.requests).toEqual([]);
    const missing = error.result.repos.flatMap(({ files }) => files.filter(({ state }) => state === 'failed'));
    expect(missing.map(({ path }) => path)).toEqual(['model.bin']);
  });

  it('leaves a ref that stands elsewhere, and says so; --refs moves it', async () => {
    await projectWith(folder, [await lockFrom(hub, a)]);
    const ref = cachePath('models--org--a', 'refs', 'main');
    mkdirSync(cachePath('models--org--a', 'refs'), { recursive: true });
    writeFileSync(ref, 'd'.repeat(40));
    const { done, context } = syncWith();
    await done;
    expect(readFileSync(ref, 'utf8')).toBe('d'.repeat(40));
    expect(context.events).toContainEqual(
      expect.objectContaining({ code: 'ref-kept', hint: expect.stringContaining(hub.head('org/a')) as string }),
    );
    await syncWith({}, { ref: 'move' }).done;
    expect(readFileSync(ref, 'utf8')).toBe(hub.head('org/a'));
  });

  it('writes no listing, which would make a part of a repo look incomplete to others', async () => {
    const entry = await lockFrom(hub, a);
    await projectWith(folder, [{ ...entry, files: entry.files.filter(({ path }) => path !== 'model.bin') }]);
    await syncWith({ frozen: true }).done;
    expect(existsSync(cachePath('models--org--a', 'trees'))).toBe(false);
    expect(existsSync(cachePath('models--org--a', '.hub', 'listings'))).toBe(false);
  });
});

describe('sync without a lock that fits', () => {
  const manifest = '[[repo]]\nsource = "hf:org/a"\n\n[[repo]]\nsource = "hf:datasets/org/b"\n';

  async function projectOf(text: string): Promise<string> {
    await projectWith(folder, [], text);
    rmSync(join(folder, 'hub.lock'));
    return join(folder, 'hub.lock');
  }

  it('makes the lock and brings what it names, each file and each listing once', async () => {
    const lockPath = await projectOf(manifest);
    const result = await syncWith().done;
    expect(result).toMatchObject({ complete: true, lockChanged: true, totals: { repos: 2, files: 4 } });
    expect(readFileSync(lockPath, 'utf8')).toBe(formatLock({ entries: await both() }));
    expect(result.totals.bytesFetched).toBe(result.totals.bytes);
    expect(hub.count({ kind: 'info' })).toBe(2);
    expect(hub.count({ kind: 'tree' })).toBe(2);
    expect(hub.bytesSent()).toBe(result.totals.bytes);
    expect(await syncWith().done).toMatchObject({ complete: true, lockChanged: false });
  });

  it('fetches the listing of one repo while the bytes of another one come', async () => {
    await projectOf(manifest);
    // Held back until the other one has been listed.
    const held = hub.fault({ match: { repo: 'org/a', path: 'model.bin' }, beforeHeaders: 'hang' });
    void hub.waitFor(({ kind, repo }) => kind === 'tree' && repo === 'datasets/org/b').then(() => held.release());
    expect(await syncWith().done).toMatchObject({ complete: true });
    expect(held.met).toBe(1);
  });

  it('locks and brings what it can, and says what it could not', async () => {
    const lockPath = await projectOf(`${manifest}\n[[repo]]\nsource = "hf:org/none"\n`);
    const error = await failed(syncWith().done);
    expect(error).toMatchObject({ exitCode: 3, result: { lockChanged: true, totals: { repos: 3, failed: 1 } } });
    expect(error.result.repos.find(({ complete }) => !complete)).toMatchObject({ repo: 'org/none', commit: null });
    expect(parseLock(readFileSync(lockPath, 'utf8'), lockPath).entries).toHaveLength(2);
  });

  it('tells what it has brought where the lock can not be written', async () => {
    await projectOf(manifest);
    mkdirSync(cachePath());
    for (const [path, mode] of [
      [place.folder, 0o755],
      [cachePath(), 0o777],
      [folder, 0o555],
    ] as const)
      chmodSync(path, mode);
    const error = await asNobody(() => failed(syncWith().done));
    expect(error).toMatchObject({ exitCode: 7, result: { lockChanged: false, totals: { repos: 2, failed: 0 } } });
    expect(error.message).toContain('hub.lock');
  });

  it('keeps no listing that came from an endpoint which only the project names', async () => {
    await projectOf(`endpoints = ["${hub.endpoint}"]\n\n${manifest}`);
    const origins = { endpoints: { kind: 'default', name: '' } } as const;
    const context = { ...contextFor({ endpoints: [{ url: 'http://127.0.0.1:9', sendsToken: true }] }), origins };
    const result = await sync({ workingDir: folder, ref: 'make', prune: false }, context);
    expect(result).toMatchObject({ complete: true, lockChanged: true });
    expect(existsSync(cachePath('models--org--a', '.hub', 'listings'))).toBe(false);
  });

  it('leaves commits alone that are locked, though the branch has moved', async () => {
    await projectWith(folder, [await lockFrom(hub, a)], manifest);
    const old = hub.head('org/a');
    hub.commit('org/a', { 'config.json': '{"a": 3}' });
    const { repos } = await syncWith().done;
    expect(repos.find(({ repo }) => repo === 'org/a')).toMatchObject({ commit: old, complete: true });
    expect(hub.count({ repo: 'org/a', kind: ['info', 'tree'] })).toBe(0);
  });

  it('two projects that lock different commits of a repo both stay whole, and prune takes neither', async () => {
    await projectWith(folder, [await lockFrom(hub, a)]);
    await syncWith().done;
    hub.commit('org/a', { 'config.json': '{"a": 3}' });
    const other = join(place.folder, 'other');
    await projectWith(other, [await lockFrom(hub, a)]);
    await syncWith({}, { workingDir: other }).done;
    const prune = await planPrune({ all: false, graceMs: 0 }, contextFor());
    expect(isEmptyRemoval(prune)).toBe(true);
    hub.clearRequests();
    expect(await syncWith({ frozen: true }).done).toMatchObject({ complete: true });
    expect(await syncWith({ frozen: true }, { workingDir: other }).done).toMatchObject({ complete: true });
    expect(hub.requests).toEqual([]);
  });
});

describe('sync into a target folder', () => {
  it('puts real files there, and with --prune takes out what the lock does not name any more', async () => {
    const entry = await lockFrom(hub, a, { localDir: 'models/a' });
    await projectWith(folder, [entry]);
    const [synced] = (await syncWith().done).repos;
    const dir = join(folder, 'models', 'a');
    expect(synced).toMatchObject({ path: dir, complete: true });
    expect(readFileSync(join(dir, 'model.bin')).equals(weights)).toBe(true);

    writeFileSync(join(dir, 'mine.txt'), 'mine');
    writeFileSync(join(dir, 'config.json'), 'changed');
    await projectWith(folder, [{ ...entry, files: entry.files.filter(({ path }) => path === 'model.bin') }]);
    const kept = await syncWith().done;
    expect(kept.repos[0]).not.toHaveProperty('pruned');
    expect(existsSync(join(dir, 'sub', 'vocab.txt'))).toBe(true);

    const { done, context } = syncWith({}, { prune: true });
    expect((await done).repos[0]).toMatchObject({ pruned: ['sub/vocab.txt'] });
    expect(existsSync(join(dir, 'sub'))).toBe(false);
    expect(readFileSync(join(dir, 'config.json'), 'utf8')).toBe('changed');
    expect(readFileSync(join(dir, 'mine.txt'), 'utf8')).toBe('mine');
    expect(warnings(context)).toEqual(['prune-kept']);
    expect((await syncWith({}, { prune: true }).done).repos[0]).toMatchObject({ pruned: [] });
  });

  it('is refused where a link leads out of the project', async () => {
    const entry = await lockFrom(hub, a, { localDir: 'models/a' });
    await projectWith(folder, [entry]);
    mkdirSync(join(place.folder, 'elsewhere'));
    symlinkSync(join(place.folder, 'elsewhere'), join(folder, 'models'));
    const error = await failed(syncWith().done);
    expect(error).toMatchObject({ exitCode: 2 });
    expect(readdirSync(join(place.folder, 'elsewhere'))).toEqual([]);
  });

  it.each(['sub', '.cache', '.cache/huggingface/download/sub', '.cache/huggingface/model-hub/files.jsonl'])(
    'is refused where a link in it leads out of the project: %s',
    async (link) => {
      await projectWith(folder, [await lockFrom(hub, a, { localDir: 'models/a' })]);
      const elsewhere = join(place.folder, 'elsewhere');
      mkdirSync(elsewhere);
      const from = join(folder, 'models', 'a', link);
      mkdirSync(dirname(from), { recursive: true });
      // The file that the last of them leads to is not there yet.
      symlinkSync(link.endsWith('.jsonl') ? join(elsewhere, 'profile') : elsewhere, from);
      expect(await failed(syncWith().done)).toMatchObject({ exitCode: 2 });
      expect(readdirSync(elsewhere)).toEqual([]);
    },
  );

  it('may have links that stay in the project', async () => {
    await projectWith(folder, [await lockFrom(hub, a, { localDir: 'models/a' })]);
    mkdirSync(join(folder, 'models', 'a'), { recursive: true });
    mkdirSync(join(folder, 'vocabularies'));
    symlinkSync(join(folder, 'vocabularies'), join(folder, 'models', 'a', 'sub'));
    expect(await syncWith().done).toMatchObject({ complete: true });
    expect(readFileSync(join(folder, 'vocabularies', 'vocab.txt'), 'utf8')).toBe('a b c');
  });

  it('is not pruned by a link that leads out of it, whatever its records say', async () => {
    const entry = await lockFrom(hub, a, { localDir: 'models/a' });
    await projectWith(folder, [entry]);
    await syncWith().done;
    const [dir, elsewhere] = [join(folder, 'models', 'a'), join(place.folder, 'elsewhere')];
    renameSync(join(dir, 'sub'), elsewhere);
    symlinkSync(elsewhere, join(dir, 'sub'));
    await projectWith(folder, [{ ...entry, files: entry.files.filter(({ path }) => path !== 'sub/vocab.txt') }]);
    expect((await syncWith({ frozen: true }, { prune: true }).done).repos[0]).toMatchObject({ pruned: [] });
    expect(readFileSync(join(elsewhere, 'vocab.txt'), 'utf8')).toBe('a b c');
  });
});
