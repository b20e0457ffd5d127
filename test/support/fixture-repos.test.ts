import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { fixtureRepos, repoOfFolder } from './hub-server/fixture-repos.js';
import type { Repo, RepoFile } from './hub-server/repos.js';

function filesOf(repo: Repo | undefined): [string, RepoFile][] {
  return [...(repo?.commits.get(repo.refs.get('refs/heads/main') ?? '') ?? [])];
}

function lfsPathsOf(repo: Repo | undefined): string[] {
  return filesOf(repo).flatMap(([path, { lfs }]) => (lfs ? [path] : []));
}

describe('fixtures', () => {
  it('are a model in several formats and a dataset', async () => {
    const repos = new Map((await fixtureRepos('fixtures')).map((repo) => [repo.key, repo]));
    expect(lfsPathsOf(repos.get('facebook/opt-13b'))).toEqual([
      'exports/keras/embedding.h5',
      'exports/onnx/model.onnx',
      'flax_model.msgpack',
      'model.safetensors',
      'pytorch_model.bin',
      'tf_model.h5',
    ]);
    expect(lfsPathsOf(repos.get('datasets/stanfordnlp/imdb'))).toHaveLength(2);
    const served = filesOf(repos.get('gpt2')).map(([path]) => path);
    expect(served).toContain('.gitattributes');
    expect(served).not.toContain('gitattributes');
  });

  it('are the same commits in every run', async () => {
    const commits = async () => (await fixtureRepos('fixtures')).flatMap(({ refs }) => [...refs]);
    expect(await commits()).toEqual(await commits());
  });
});

it('takes binary files of a folder without LFS rules for LFS files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fixture-repos-'));
  try {
    await writeFile(join(folder, 'text'), 'text');
    await writeFile(join(folder, 'binary'), Buffer.alloc(3));
    expect(lfsPathsOf(await repoOfFolder(folder, { id: 'a' }))).toEqual(['binary']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('serves a folder from a process of its own, its address first on stdout', async () => {
  const runner = ['test/support/run-typescript.mjs', 'test/support/hub-server/serve.ts'];
  const server = spawn(process.execPath, [...runner, 'datasets/a/b=fixtures/tiny-dataset'], { stdio: 'pipe' });
  try {
    const [endpoint] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
    const answer = await fetch(`${endpoint}/api/datasets/a/b/tree/main`);
    expect(await answer.json()).toContainEqual(expect.objectContaining({ type: 'directory', path: 'data' }));
  } finally {
    server.kill();
  }
  expect(await once(server, 'close')).toEqual([0, null]);
});
