import { beforeEach, describe, expect, it, vi } from 'vitest';
import { repoLayout } from '../../src/cache/layout.js';
import { readListing, writeListing } from '../../src/cache/records.js';
import { writeRef } from '../../src/cache/refs.js';
import { makeRepoFolder } from '../../src/cache/repo-folder.js';
import type { HubClient } from '../../src/hub/client.js';
import { NotCached, lookUp, tellHubFailure } from '../../src/operations/lookup.js';
import type { RepoId } from '../../src/repo/reference.js';
import { commitOf, workplace } from '../cache/support.js';
import { LinkDown, Refused, bytesOf } from '../transfer/fakes.js';
import { type RecordedContext, contextWith, fakeHub, listed, settingsWith } from './support.js';

const place = workplace();
const repo: RepoId = { type: 'model', name: 'org/name' };
const [oldCommit, newCommit] = [commitOf('a'), commitOf('b')];
const files = [listed('a.bin', bytesOf(10))];

beforeEach(() => makeRepoFolder(place.layout, place.files));

const keepListing = (commit = oldCommit) => writeListing(place.layout, place.files, { commit, files });
const keepRef = () => writeRef(place.layout, place.files, { revision: 'main', commit: oldCommit });

function look(revision: string, hub: Partial<HubClient> = {}, offline = false) {
  const context: RecordedContext = contextWith(settingsWith(place.folder, { offline }));
  const client = vi.fn(() => Promise.resolve(fakeHub(hub)));
  return { found: lookUp({ repo, revision, layout: place.layout, client }, context), client, context };
}

const resolvesTo = (commit = newCommit, name = repo.name) => vi.fn(() => Promise.resolve({ commit, name }));
const lists = (commit = newCommit) => vi.fn(() => Promise.resolve({ commit, files }));
const fails = (error: Error) => vi.fn(() => Promise.reject(error));

describe('lookUp', () => {
  it('asks nobody for a commit whose listing is kept', async () => {
    await keepListing();
    const { found, client } = look(oldCommit);
    expect(await found).toEqual({ commit: oldCommit, listing: { commit: oldCommit, files }, hubFailure: undefined });
    expect(client).not.toHaveBeenCalled();
  });

  it('asks once for a branch whose commit’s listing is kept, with a deadline if the cache could answer', async () => {
    await keepListing();
    const resolveRevision = resolvesTo(oldCommit);
    await look('main', { resolveRevision }).found;
    await keepRef();
    await look('main', { resolveRevision }).found;
    const deadlines = (resolveRevision.mock.calls as unknown[][]).map((call) => call[2]);
    expect(deadlines).toEqual([
      { signal: expect.any(AbortSignal) as AbortSignal },
      { signal: expect.any(AbortSignal) as AbortSignal, deadlineMs: 10_000 },
    ]);
  });

  it('lists a new commit, and writes nothing', async () => {
    const listTree = lists();
    const { found } = look('main', { resolveRevision: resolvesTo(), listTree });
    expect((await found).commit).toBe(newCommit);
    expect(listTree).toHaveBeenCalledOnce();
    expect(await readListing(place.layout, newCommit)).toBeUndefined();
  });

  it('says that a repo was renamed', async () => {
    const { found, context } = look('main', { resolveRevision: resolvesTo(newCommit, 'org/new'), listTree: lists() });
    await found;
    expect(context.events).toContainEqual(expect.objectContaining({ type: 'warning', code: 'renamed' }));
  });

  it('answers from the cache when the network fails, and keeps the failure', async () => {
    await keepListing();
    await keepRef();
    const down = new LinkDown('no route');
    for (const hub of [{ resolveRevision: fails(down) }, { resolveRevision: resolvesTo(), listTree: fails(down) }]) {
      expect(await look('main', hub).found).toMatchObject({ commit: oldCommit, listing: { files }, hubFailure: down });
    }
  });

  it('does not, when the hub refused, or when the cache knows nothing', async () => {
    const down = new LinkDown('no route');
    await expect(look('main', { resolveRevision: fails(down) }).found).rejects.toBe(down);
    await keepListing();
    await keepRef();
    const refused = new Refused('gated');
    await expect(look('main', { resolveRevision: fails(refused) }).found).rejects.toBe(refused);
  });

  it('refuses a listing that can’t be trusted, also one that was kept', async () => {
    const bad = [listed('../climbs.bin', bytesOf(10))];
    const listTree = vi.fn(() => Promise.resolve({ commit: newCommit, files: bad }));
    await expect(look('main', { resolveRevision: resolvesTo(), listTree }).found).rejects.toMatchObject({
      exitCode: 6,
    });
    await writeListing(place.layout, place.files, { commit: oldCommit, files: bad });
    await expect(look(oldCommit).found).rejects.toMatchObject({ exitCode: 6 });
  });
});

describe('tellHubFailure', () => {
  it('warns that the cache answers, where it does', () => {
    const { tell, events } = contextWith(settingsWith(place.folder));
    const found = { commit: oldCommit, listing: undefined };
    tellHubFailure({ ...found, hubFailure: undefined }, repo, tell);
    expect(events).toEqual([]);
    tellHubFailure({ ...found, hubFailure: new LinkDown('no route') }, repo, tell);
    expect(events).toMatchObject([
      {
        type: 'warning',
        code: 'hub-unreachable',
        message: expect.stringMatching(/no route; going on with a{10}/) as string,
      },
    ]);
  });
});

describe('lookUp offline', () => {
  it('knows full and short commits, and refs', async () => {
    await keepListing();
    await keepRef();
    for (const revision of [oldCommit, 'main']) {
      const { found, client } = look(revision, {}, true);
      expect(await found).toMatchObject({ commit: oldCommit, listing: { files } });
      expect(client).not.toHaveBeenCalled();
    }
    expect(await look(newCommit, {}, true).found).toEqual({
      commit: newCommit,
      listing: undefined,
      hubFailure: undefined,
    });
  });

  it('does not know what nobody asked for', async () => {
    await expect(look('v1', {}, true).found).rejects.toBeInstanceOf(NotCached);
  });
});

describe('offline', () => {
  const lookFor = (name: string) => {
    const context = contextWith(settingsWith(place.folder, { offline: true, cacheDir: place.folder }));
    const asked: RepoId = { type: 'model', name };
    const layout = repoLayout(place.folder, asked);
    return lookUp({ repo: asked, revision: 'main', layout, client: () => Promise.reject(new Error('asked')) }, context);
  };

  it('names the repos of the cache that may have been meant', async () => {
    await expect(lookFor('org/nmae')).rejects.toMatchObject({
      code: 'not-cached',
      hint: expect.stringMatching(/ Did you mean: org\/name\?$/) as string,
    });
    await expect(lookFor('name')).rejects.toMatchObject({ hint: expect.stringMatching(/org\/name/) as string });
  });

  it('names none for a repo that is there, and lacks the revision alone', async () => {
    await expect(lookFor('org/name')).rejects.toMatchObject({
      hint: expect.not.stringContaining('Did you mean') as string,
    });
  });
});
