import { describe, expect, it } from 'vitest';
import { searchRepos } from '../../src/operations/search-repos.js';
import { repoWith } from '../support/hub-server/repos.js';
import { contextAt, serve } from './hub-support.js';

const files = { a: 'a' };
const repos = [
  repoWith({ id: 'meta/opt-1', files, downloads: 10, likes: 2, lastModified: '2026-03-01T00:00:00.000Z' }),
  repoWith({ id: 'other/opt-2', files, downloads: 30, gated: 'auto' }),
  repoWith({ id: 'meta/opt-3', files, downloads: 20 }),
  repoWith({ id: 'meta/bert', files, downloads: 99 }),
  repoWith({ id: 'meta/secret-opt', files, private: true }),
  repoWith({ id: 'meta/opt-space', type: 'space', files, likes: 7 }),
];
const namesOf = ({ repos: found }: { repos: { repo: string }[] }) => found.map(({ repo }) => repo);

describe('searchRepos', () => {
  it('finds by name, those that are used most first, with what the hub says of each', async () => {
    const context = await contextAt(await serve({ repos }));
    const found = await searchRepos({ type: 'model', words: 'OPT', limit: 20 }, context);
    expect(namesOf(found)).toEqual(['other/opt-2', 'meta/opt-3', 'meta/opt-1']);
    expect(found.repos.at(-1)).toEqual({
      repo: 'meta/opt-1',
      type: 'model',
      downloads: 10,
      likes: 2,
      lastModified: '2026-03-01T00:00:00.000Z',
      private: false,
      gated: false,
    });
  });

  it('goes on over pages until the limit, and no further', async () => {
    const hub = await serve({ repos, pageSize: 1 });
    const context = await contextAt(hub);
    const search = { type: 'model', words: 'opt' } as const;
    expect(namesOf(await searchRepos({ ...search, limit: 2 }, context))).toEqual(['other/opt-2', 'meta/opt-3']);
    expect(hub.count({ kind: 'list' })).toBe(2);
    expect(namesOf(await searchRepos({ ...search, limit: 50 }, context))).toHaveLength(3);
  });

  it('asks of spaces what spaces have, and of one author alone', async () => {
    const context = await contextAt(await serve({ repos }));
    expect(await searchRepos({ type: 'space', words: 'opt', limit: 20 }, context)).toMatchObject({
      repos: [{ repo: 'meta/opt-space', likes: 7, downloads: null, gated: null }],
    });
    expect(namesOf(await searchRepos({ type: 'model', words: '', author: 'other', limit: 20 }, context))).toEqual([
      'other/opt-2',
    ]);
  });

  it('leaves out what is no name of a repo, and takes no offence at what it does not need', async () => {
    const hub = await serve({ repos });
    const entries = [{ id: '../../etc' }, { id: 'a/\u001b[31m' }, { id: 'a/b', likes: 'many', gated: 5 }];
    hub.fault({ match: { kind: 'list' }, json: entries });
    const found = await searchRepos({ type: 'model', words: 'x', limit: 20 }, await contextAt(hub));
    expect(found.repos).toMatchObject([{ repo: 'a/b', likes: null, gated: null }]);
  });

  it('tries again as every question is, and takes a refusal for one', async () => {
    const hub = await serve({ repos });
    const context = await contextAt(hub);
    hub.fault({ match: { kind: 'list' }, status: 503 });
    expect(namesOf(await searchRepos({ type: 'model', words: 'bert', limit: 1 }, context))).toEqual(['meta/bert']);
    expect(context.events).toContainEqual(expect.objectContaining({ type: 'retrying' }));
    const badToken = await contextAt(hub, { token: 'hf_bad' });
    await expect(searchRepos({ type: 'model', words: 'x', limit: 1 }, badToken)).rejects.toMatchObject({
      code: 'bad-token',
    });
  });

  it('makes no request offline', async () => {
    const hub = await serve({ repos });
    const context = await contextAt(hub, { offline: true });
    await expect(searchRepos({ type: 'model', words: 'x', limit: 1 }, context)).rejects.toMatchObject({ exitCode: 8 });
    expect(hub.requests).toEqual([]);
  });
});
