import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeInventory } from '../../../src/cache/inventory/take-inventory.js';
import {
  type CachedRepo,
  type Inventory,
  bytesOfCache,
  bytesOfRepo,
  sharedInodes,
} from '../../../src/retention/inventory.js';
import { RepoBuilder, commitOf, dayMs, digestOf, setBack } from '../../support/cache-builder.js';
import { asNobody } from '../support.js';

let cacheDir = '';
let repo: RepoBuilder;
const folder = 'models--org--name';
const writer = 'a'.repeat(16);

beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'inventory-'));
  repo = new RepoBuilder(cacheDir, folder);
});
afterEach(() => rmSync(cacheDir, { recursive: true, force: true }));

function look(): Promise<Inventory> {
  return takeInventory(cacheDir, { signal: new AbortController().signal });
}

async function lookAtRepo(): Promise<CachedRepo> {
  const { repos } = await look();
  const found = repos.find((it) => it.folder === folder);
  if (found === undefined) throw new Error('the repo was not found');
  return found;
}

/** What is wrong, with paths from the cache's folder on. */
async function findings(): Promise<{ kind: string; path: string; reason: string }[]> {
  const { findings: ofRoot, repos } = await look();
  return [...ofRoot, ...repos.flatMap((it) => it.findings)].map((it) => ({
    ...it,
    path: it.path.slice(cacheDir.length + 1),
  }));
}

describe('a sound cache', () => {
  it('has repos of every type, and nothing to find', async () => {
    repo.revision('1', { files: { 'config.json': '{}', 'onnx/model.onnx': 'weights' }, refs: ['main', 'refs/pr/1'] });
    for (const name of ['datasets--glue', 'spaces--org--app', 'kernels--org--fast']) {
      new RepoBuilder(cacheDir, name).revision('2', { files: { 'README.md': name }, refs: ['main'] });
    }
    const { repos } = await look();
    expect(repos.map(({ repo: { type, name } }) => `${type} ${name}`)).toEqual([
      'dataset glue',
      'kernel org/fast',
      'model org/name',
      'space org/app',
    ]);
    expect(repos[2]).toMatchObject({
      refs: [
        { name: 'main', commit: commitOf('1') },
        { name: 'refs/pr/1', commit: commitOf('1') },
      ],
      revisions: [
        {
          commit: commitOf('1'),
          refs: ['main', 'refs/pr/1'],
          entries: [
            { path: 'config.json', blob: digestOf('{}'), content: { size: 2 } },
            { path: 'onnx/model.onnx', blob: digestOf('weights'), content: { size: 7 } },
          ],
        },
      ],
    });
    expect(await findings()).toEqual([]);
  });

  it('may hold what other tools put into its top folder', async () => {
    for (const name of ['CACHEDIR.TAG', '.DS_Store', 'Thumbs.db', 'desktop.ini', 'version.txt']) {
      writeFileSync(join(cacheDir, name), '1');
    }
    mkdirSync(join(cacheDir, '.locks', folder), { recursive: true });
    writeFileSync(join(cacheDir, '.locks', folder, 'abc.lock'), '');
    repo.write(`.no_exist/${commitOf('1')}/added_tokens.json`, '');
    repo.write(`trees/${commitOf('1')}.json`, 'not even JSON');
    repo.write('trees/x.tmp', '');
    repo.write('refs/main.0123abcd.tmp', 'half');
    expect(await findings()).toEqual([]);
  });

  it('may be missing', async () => {
    rmSync(cacheDir, { recursive: true });
    expect(await look()).toMatchObject({ repos: [], findings: [] });
  });

  it('is read where nothing may be written', async () => {
    repo.revision('1', { files: { a: 'a' }, refs: ['main'] });
    chmodSync(cacheDir, 0o755);
    const inventory = await asNobody(look);
    expect(inventory.repos[0]?.revisions).toHaveLength(1);
  });

  it('counts a content once, whatever names it has', async () => {
    const weights = 'w'.repeat(1000);
    const blob = repo.blob(weights);
    repo.revision('1', { files: { a: { blob }, 'sub/b': { blob } }, refs: ['main'] });
    repo.revision('2', { files: { a: { blob }, c: 'new' } });
    const other = new RepoBuilder(cacheDir, 'models--org--fork');
    repo.shareWith(other, blob);
    other.revision('3', { files: { a: { blob } }, refs: ['main'] });
    const inventory = await look();
    expect(inventory.repos.map(bytesOfRepo)).toEqual([1000, 1003]);
    expect(bytesOfCache(inventory)).toBe(1003);
    expect(sharedInodes(inventory).size).toBe(1);
  });

  it('without links: a hard link is its blob, a file of its own is not', async () => {
    const commit = commitOf('1');
    const blob = repo.blob('shared');
    mkdirSync(repo.path('snapshots', commit));
    linkSync(repo.path('blobs', blob), repo.path('snapshots', commit, 'linked'));
    repo.write(`snapshots/${commit}/moved`, 'moved here');
    const found = await lookAtRepo();
    expect(found.revisions[0]?.entries).toMatchObject([
      { path: 'linked', blob, isLink: false },
      { path: 'moved', blob: undefined, isLink: false, content: { size: 10 } },
    ]);
    expect(bytesOfRepo(found)).toBe(16);
    expect(found.findings).toEqual([]);
  });

  it("goes by our own record of the last use, else by the files' access times", async () => {
    repo.revision('1', { files: { a: 'a' }, usedMsAgo: 3 * dayMs });
    repo.revision('2', { files: { b: 'b' } });
    setBack(repo.path('blobs', digestOf('b')), 5 * dayMs);
    const { revisions } = await lookAtRepo();
    expect(revisions.map(({ lastUsedBy }) => lastUsedBy)).toEqual(['record', 'access-time']);
    const daysAgo = revisions.map(({ lastUsedMs }) => Math.round((Date.now() - lastUsedMs) / dayMs));
    expect(daysAgo).toEqual([3, 5]);
  });
});

describe("Python's shared store", () => {
  const xetHash = 'c'.repeat(64);
  const etag = 'd'.repeat(64);

  function publish(): string {
    const payload = join(cacheDir, 'blobs', 'cc', xetHash);
    mkdirSync(join(payload, '..'), { recursive: true });
    writeFileSync(join(cacheDir, 'blobs', '.huggingface-shared-blobs'), '1\n', { mode: 0o444 });
    writeFileSync(payload, 'payload', { mode: 0o444 });
    writeFileSync(`${payload}.refs`, `${folder}/blobs/${etag}\n`);
    writeFileSync(`${payload}.lock`, '');
    return payload;
  }

  it('counts once, and a blob may be a link into it', async () => {
    publish();
    mkdirSync(repo.path('blobs'));
    symlinkSync(`../../blobs/cc/${xetHash}`, repo.path('blobs', etag));
    repo.link(commitOf('1'), 'model.bin', etag);
    const inventory = await look();
    expect(inventory.store).toMatchObject({ payloads: [{ size: 7 }] });
    expect(inventory.repos[0]?.blobs.get(etag)).toMatchObject({ isInStore: true, size: 7 });
    expect(inventory.repos[0]?.revisions[0]?.entries).toMatchObject([{ path: 'model.bin', blob: etag }]);
    expect(bytesOfCache(inventory)).toBe(7);
    expect(await findings()).toEqual([]);
  });

  it('a link into it that leads nowhere is broken', async () => {
    rmSync(publish());
    mkdirSync(repo.path('blobs'));
    symlinkSync(`../../blobs/cc/${xetHash}`, repo.path('blobs', etag));
    repo.link(commitOf('1'), 'model.bin', etag);
    expect(await findings()).toMatchObject([
      { kind: 'broken', path: `${folder}/blobs/${etag}`, reason: 'a link to nothing' },
      { kind: 'broken', path: `${folder}/snapshots/${commitOf('1')}/model.bin` },
    ]);
  });

  it('without its marker it is a folder that does not belong there', async () => {
    mkdirSync(join(cacheDir, 'blobs'));
    writeFileSync(join(cacheDir, 'blobs', 'x'), '');
    expect(await findings()).toEqual([{ kind: 'foreign', path: 'blobs', reason: 'not the folder of a repo' }]);
  });
});

describe('what is not finished', () => {
  const digest = digestOf('model');

  it("is told of Python's downloads, of every version's names", async () => {
    const names = [
      `${digest}.incomplete`,
      `${digest}.0123abcd.incomplete`,
      `.${digest}.0123abcd.shared`,
      `.${digest}.0123abcd.new`,
      `.${digest}.0123abcd.old`,
      'tmp_0d1f7c6e-1111-2222-3333-444455556666',
    ];
    for (const name of names) repo.write(`blobs/${name}`, 'part');
    const { partials, blobs, findings: found } = await lookAtRepo();
    expect(partials.map(({ path }) => path.slice(repo.path('blobs').length + 1)).sort()).toEqual([...names].sort());
    expect(partials.every(({ tool }) => tool === 'python')).toBe(true);
    expect(partials.filter(({ blob }) => blob === digest)).toHaveLength(5);
    expect(blobs.size).toBe(0);
    expect(found).toEqual([]);
  });

  it('is told of ours: what asks for it, what has arrived and when', async () => {
    const commit = commitOf('4');
    const here = repo.blob('config', 2 * dayMs);
    repo.listing(commit, { 'config.json': 'config', 'model.bin': 'model', other: 'other' });
    repo.request(commit, { completed: false, msAgo: 9 * dayMs, files: ['config.json', 'model.bin'] });
    const bytes = repo.write(`.hub/partial/${digest}.${writer}/bytes`, '');
    truncateSync(bytes, 1_000_000);
    const { partials, requests, findings: found } = await lookAtRepo();
    expect(partials).toMatchObject([{ tool: 'hub', blob: digest, writer, bytesHere: 0, bytesOnDisk: 0 }]);
    expect(requests).toMatchObject([
      { commit, revision: 'main', blobs: [here], partials: [repo.path('.hub', 'partial', `${digest}.${writer}`)] },
    ]);
    expect(Date.now() - (requests[0]?.touchedMs ?? 0)).toBeLessThan(dayMs);
    expect(found).toEqual([]);
  });

  it('whose listing nobody keeps asks for nothing that is known', async () => {
    repo.request(commitOf('4'), { completed: false, msAgo: 0 });
    repo.blob('something');
    expect((await lookAtRepo()).requests).toMatchObject([{ blobs: [], partials: [] }]);
  });

  it.each(['', '{', '[]', '{"format":99,"anything":true}', '{"format":1,"requests":7}'])(
    'and a record of it that says %j is no record',
    async (text) => {
      repo.revision('1', { files: { a: 'a' }, refs: ['main'] });
      repo.write(`.hub/snapshots/${commitOf('1')}.json`, text);
      repo.write('.hub/snapshots/strange.json', text);
      const { revisions, requests, findings: found } = await lookAtRepo();
      expect(revisions[0]?.lastUsedBy).toBe('access-time');
      expect(requests).toEqual([]);
      expect(found).toEqual([]);
    },
  );

  it('of a removal that was killed still counts, and its links say which blobs were theirs', async () => {
    const commit = commitOf('5');
    const blob = repo.blob('left over');
    mkdirSync(repo.path('.hub', 'trash', `${commit}.0123abcd`), { recursive: true });
    symlinkSync(`../../blobs/${blob}`, repo.path('.hub', 'trash', `${commit}.0123abcd`, 'a'));
    symlinkSync('../../blobs/gone', repo.path('.hub', 'trash', `${commit}.0123abcd`, 'b'));
    repo.write(`.hub/trash/partial.0123abcd/bytes`, 'part');
    const { discarded, findings: found } = await lookAtRepo();
    expect(discarded).toMatchObject([
      { commit, entries: [{ blob }] },
      { commit: undefined, entries: [{ blob: undefined, content: { size: 4 } }] },
    ]);
    expect(found).toEqual([]);
  });
});

describe('what is broken or foreign gets a reason, and hides nothing else', () => {
  const commit = commitOf('1');
  const inRepo = (path: string) => `${folder}/${path}`;

  beforeEach(() => {
    repo.revision('1', { files: { 'config.json': '{}' }, refs: ['main'] });
  });
  afterEach(async () => {
    const found = (await look()).repos.find((it) => it.folder === folder);
    expect(found?.revisions.find((it) => it.commit === commit)?.entries.length).toBeGreaterThan(0);
  });

  it.each<[what: string, damage: () => unknown, found: { kind: string; path: string; reason: unknown }]>([
    [
      'a file in the top folder',
      () => writeFileSync(join(cacheDir, 'models--a--b'), ''),
      { kind: 'foreign', path: 'models--a--b', reason: 'not the folder of a repo' },
    ],
    [
      'a folder whose name is no repo',
      () => mkdirSync(join(cacheDir, 'notes')),
      { kind: 'foreign', path: 'notes', reason: 'not the folder of a repo' },
    ],
    [
      'a type that there is not',
      () => mkdirSync(join(cacheDir, 'buckets--a--b')),
      { kind: 'foreign', path: 'buckets--a--b', reason: 'not the folder of a repo' },
    ],
    [
      'a link to nothing in the top folder',
      () => symlinkSync('/nowhere', join(cacheDir, 'models--x--y')),
      { kind: 'foreign', path: 'models--x--y', reason: 'not the folder of a repo' },
    ],
    [
      'a stray file in a repo',
      () => repo.write('notes.txt', ''),
      { kind: 'foreign', path: inRepo('notes.txt'), reason: 'no part of a repo' },
    ],
    [
      'refs that is a file',
      () => {
        rmSync(repo.path('refs'), { recursive: true });
        writeFileSync(repo.path('refs'), 'x');
      },
      { kind: 'broken', path: inRepo('refs'), reason: expect.stringContaining('no folder') },
    ],
    [
      'a ref with a newline',
      () => repo.ref('main', `${commit}\n`),
      { kind: 'broken', path: inRepo('refs/main'), reason: expect.stringContaining('blanks') },
    ],
    [
      'a ref that holds no commit',
      () => repo.ref('dev', 'xyz'),
      { kind: 'broken', path: inRepo('refs/dev'), reason: 'holds no commit' },
    ],
    [
      'an empty ref',
      () => repo.ref('dev', ''),
      { kind: 'broken', path: inRepo('refs/dev'), reason: 'holds no commit' },
    ],
    [
      'a ref to a commit that is not here',
      () => repo.ref('dev', commitOf('9')),
      { kind: 'broken', path: inRepo('refs/dev'), reason: expect.stringContaining('nothing is here') },
    ],
    [
      'a ref that is a link to nothing',
      () => symlinkSync('/nowhere', repo.path('refs', 'dev')),
      { kind: 'broken', path: inRepo('refs/dev'), reason: 'not there' },
    ],
    [
      'a file in snapshots',
      () => repo.write('snapshots/file', ''),
      { kind: 'foreign', path: inRepo('snapshots/file'), reason: "no commit's folder" },
    ],
    [
      'a folder in snapshots that is no commit',
      () => repo.write('snapshots/main/config.json', ''),
      { kind: 'foreign', path: inRepo('snapshots/main'), reason: "no commit's folder" },
    ],
    [
      'a dangling link',
      () => repo.link(commit, 'sub/model.bin', 'f'.repeat(64)),
      {
        kind: 'broken',
        path: inRepo(`snapshots/${commit}/sub/model.bin`),
        reason: expect.stringContaining('to nothing'),
      },
    ],
    [
      'a link that leads in a circle',
      () => symlinkSync('loop', repo.path('snapshots', commit, 'loop')),
      { kind: 'broken', path: inRepo(`snapshots/${commit}/loop`), reason: expect.stringContaining('to nothing') },
    ],
    [
      'a link to a folder',
      () => symlinkSync('/usr', repo.path('snapshots', commit, 'sub')),
      { kind: 'broken', path: inRepo(`snapshots/${commit}/sub`), reason: expect.stringContaining('to a folder') },
    ],
    [
      'a folder in blobs',
      () => mkdirSync(repo.path('blobs', 'sub')),
      { kind: 'foreign', path: inRepo('blobs/sub'), reason: 'no file' },
    ],
    [
      'a blob whose name is no digest',
      () => repo.write('blobs/zz.partial', ''),
      { kind: 'foreign', path: inRepo('blobs/zz.partial'), reason: 'its name is no digest' },
    ],
  ])('%s', async (_, damage, expected) => {
    damage();
    expect(await findings()).toEqual([expected]);
  });

  it('a link to a file elsewhere is what readers find there, and no blob', async () => {
    writeFileSync(join(cacheDir, 'CACHEDIR.TAG'), 'elsewhere');
    symlinkSync(join(cacheDir, 'CACHEDIR.TAG'), repo.path('snapshots', commit, 'outside'));
    const { revisions } = await lookAtRepo();
    expect(revisions[0]?.entries).toMatchObject([{}, { path: 'outside', blob: undefined, isLink: true }]);
  });

  it('an absolute link to its own blob is as good as a relative one', async () => {
    const blob = repo.blob('more');
    symlinkSync(repo.path('blobs', blob), repo.path('snapshots', commit, 'more'));
    expect((await lookAtRepo()).revisions[0]?.entries[1]).toMatchObject({ path: 'more', blob, isLink: true });
    expect(await findings()).toEqual([]);
  });

  it('snapshots that is a file', async () => {
    const broken = new RepoBuilder(cacheDir, 'models--org--broken');
    rmSync(broken.path('snapshots'), { recursive: true });
    broken.write('snapshots', '');
    expect(await findings()).toMatchObject([{ kind: 'broken', path: 'models--org--broken/snapshots' }]);
  });

  it.skipIf(process.getuid?.() !== 0)('what one may not read', async () => {
    chmodSync(cacheDir, 0o755);
    const secret = new RepoBuilder(cacheDir, 'models--org--secret');
    secret.revision('1', { files: { a: 'a' }, refs: ['main'] });
    chmodSync(secret.path('blobs'), 0o700);
    chmodSync(secret.path('refs', 'main'), 0o600);
    const whole = new RepoBuilder(cacheDir, 'models--org--very-secret');
    chmodSync(whole.root, 0o700);
    const { repos } = await asNobody(look);
    const reasons = repos.flatMap((it) => it.findings.map(({ kind, reason }) => `${kind} ${reason}`));
    expect(reasons.filter((reason) => reason.startsWith('broken no permission')).length).toBeGreaterThanOrEqual(3);
  });
});
