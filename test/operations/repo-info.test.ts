import { describe, expect, it } from 'vitest';
import { repoInfo } from '../../src/operations/repo-info.js';
import type { RepoId } from '../../src/repo/reference.js';
import { repoWith } from '../support/hub-server/repos.js';
import { contextAt, serve } from './hub-support.js';

const repo: RepoId = { type: 'model', name: 'org/name' };
const files = { 'config.json': '{}', 'a.bin': { size: 3000, lfs: true }, 'sub/b.bin': { size: 500 }, LICENSE: 'MIT' };
const spec = {
  id: 'org/name',
  files,
  branches: { dev: { x: 'x' } },
  tags: { v1: 'main' },
  pullRequests: { 7: { x: 'y' } },
};
const about = { downloads: 12, likes: 3, lastModified: '2026-05-01T00:00:00.000Z', gated: 'auto' } as const;
const card = {
  pretty_name: 'The Name',
  license: 'other',
  license_name: 'opt-license',
  license_link: 'https://example.test/license',
  language: 'en',
  pipeline_tag: 'text-generation',
  library_name: 'transformers',
};

async function infoOf(options: { of?: object; revision?: string; pullRequests?: boolean; answer?: object } = {}) {
  const hub = await serve({ repos: [repoWith({ ...spec, ...options.of })] });
  if (options.answer !== undefined) {
    hub.fault({ match: { kind: 'info' }, json: { sha: hub.head('org/name'), ...options.answer } });
  }
  const { revision, pullRequests = false } = options;
  const request = { repo, pullRequests, ...(revision === undefined ? {} : { revision }) };
  return { hub, info: await repoInfo(request, await contextAt(hub)) };
}

describe('repoInfo', () => {
  it('tells what the hub says: standing, card, sizes, refs', async () => {
    const { hub, info } = await infoOf({ of: { ...about, card } });
    const commit = hub.head('org/name');
    expect(info).toEqual({
      repo: 'org/name',
      type: 'model',
      revision: 'main',
      commit,
      page: `${hub.endpoint}/org/name`,
      private: false,
      gated: 'auto',
      disabled: false,
      createdAt: '2022-03-02T23:29:05.000Z',
      lastModified: '2026-05-01T00:00:00.000Z',
      downloads: 12,
      likes: 3,
      tags: ['license:other'],
      card: {
        title: 'The Name',
        task: 'text-generation',
        library: 'transformers',
        languages: ['en'],
        licenses: ['other'],
        licenseName: 'opt-license',
        licenseLink: 'https://example.test/license',
      },
      sizes: {
        files: 4,
        bytes: 3505,
        byExtension: [
          { extension: '.bin', files: 2, bytes: 3500 },
          { extension: '', files: 1, bytes: 3 },
          { extension: '.json', files: 1, bytes: 2 },
        ],
      },
      weights: [],
      refs: {
        branches: [
          { name: 'main', ref: 'refs/heads/main', commit },
          { name: 'dev', ref: 'refs/heads/dev', commit: hub.head('org/name', 'dev') },
        ],
        tags: [{ name: 'v1', ref: 'refs/tags/v1', commit }],
        converts: [],
      },
    });
  });

  it('asks for pull requests only on demand, and for any revision', async () => {
    const { hub, info } = await infoOf({ pullRequests: true, revision: 'refs/pr/7' });
    expect(info.refs.pullRequests).toEqual([{ name: '7', ref: 'refs/pr/7', commit: info.commit }]);
    expect(info.sizes.files).toBe(1);
    expect(hub.count({ kind: 'refs', when: ({ url }) => url.endsWith('?include_prs=1') })).toBe(1);
  });

  it('has null for what a hub leaves out, and for what it gets wrong', async () => {
    const bare = (await infoOf({ answer: {} })).info;
    expect(bare).toMatchObject({ private: null, gated: null, downloads: null, lastModified: null, tags: [] });
    expect(bare.card).toMatchObject({ title: null, languages: [], licenses: [] });
    const answer = {
      likes: '3',
      gated: 'maybe',
      tags: ['license:mit', 5],
      cardData: { language: ['en', false], pretty_name: 1 },
    };
    const wrong = (await infoOf({ answer })).info;
    expect(wrong).toMatchObject({ likes: null, gated: null, tags: ['license:mit'] });
    expect(wrong.card).toMatchObject({ title: null, languages: ['en'], licenses: ['mit'] });
  });

  it('tells the name that a repo bears now', async () => {
    const hub = await serve({ repos: [repoWith({ ...spec, id: 'org/new', formerIds: ['org/name'] })] });
    const context = await contextAt(hub);
    await repoInfo({ repo, pullRequests: false }, context);
    expect(context.events).toContainEqual(expect.objectContaining({ type: 'warning', code: 'renamed' }));
  });

  it('goes on where one request fails for a moment, and suggests where there is no such repo', async () => {
    const hub = await serve({ repos: [repoWith({ ...spec, type: 'dataset' })] });
    for (const kind of ['info', 'refs', 'tree'] as const) hub.fault({ match: { kind }, status: 503 });
    const context = await contextAt(hub);
    const found = await repoInfo({ repo: { ...repo, type: 'dataset' }, pullRequests: false }, context);
    expect(found.sizes.files).toBe(4);
    await expect(repoInfo({ repo, pullRequests: false }, context)).rejects.toMatchObject({
      code: 'repo-not-found',
      hint: expect.stringContaining('datasets/org/name') as string,
    });
  });

  it('makes no request offline, and takes no answer from the cache', async () => {
    const hub = await serve({ repos: [repoWith(spec)] });
    const context = await contextAt(hub, { offline: true });
    await expect(repoInfo({ repo, pullRequests: false }, context)).rejects.toMatchObject({ code: 'needs-hub' });
    expect(hub.requests).toEqual([]);
  });
});

describe('of what a repo consists', () => {
  it('tells the weights of a model by their format', async () => {
    const weights = { 'model.safetensors': { size: 500, lfs: true }, 'pytorch_model.bin': { size: 900, lfs: true } };
    const { info } = await infoOf({ of: { files: { ...files, ...weights } } });
    expect(info.weights).toEqual([
      { format: 'pytorch', files: 1, bytes: 900 },
      { format: 'safetensors', files: 1, bytes: 500 },
    ]);
    expect(info).not.toHaveProperty('subsets');
  });

  const dataset: RepoId = { type: 'dataset', name: 'org/name' };
  const infoOfDataset = async (its: Record<string, string>) => {
    const hub = await serve({ repos: [repoWith({ id: 'org/name', type: 'dataset', files: its })] });
    return repoInfo({ repo: dataset, pullRequests: false }, await contextAt(hub));
  };

  it('tells subsets and splits of a dataset, by its card', async () => {
    const card = '---\nconfigs:\n- config_name: en\n  data_dir: en\n- config_name: fr\n  data_dir: fr\n---\n';
    const info = await infoOfDataset({
      'README.md': card,
      'en/train.csv': 'a',
      'en/test.csv': 'bc',
      'fr/train.csv': 'd',
    });
    expect(info.subsets).toEqual([
      {
        name: 'en',
        isDefault: false,
        files: 2,
        bytes: 3,
        splits: [
          { name: 'train', files: 1, bytes: 1 },
          { name: 'test', files: 1, bytes: 2 },
        ],
      },
      { name: 'fr', isDefault: false, files: 1, bytes: 1, splits: [{ name: 'train', files: 1, bytes: 1 }] },
    ]);
    expect(info).not.toHaveProperty('weights');
  });

  it('says why nobody knows them', async () => {
    const info = await infoOfDataset({ 'name.py': 'print()', 'README.md': '' });
    expect(info.subsetsProblem).toMatch(/defined by a script/);
  });
});
