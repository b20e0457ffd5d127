import { describe, expect, it } from 'vitest';
import { RepoNotFound } from '../../src/hub/errors.js';
import { download } from '../../src/operations/download.js';
import { suggestSimilar } from '../../src/operations/similar-repos.js';
import type { HubError } from '../../src/errors.js';
import type { RepoId, RepoType } from '../../src/repo/reference.js';
import type { Settings } from '../../src/settings/settings.js';
import { repoWith } from '../support/hub-server/repos.js';
import type { Hub } from '../support/hub-server/server.js';
import { contextAt, serve } from './hub-support.js';

const files = { a: 'a' };
const models = ['meta/opt-13b', 'copies/opt-13b-gguf', 'x/my-opt-13b', 'y/opt-13b', 'z/opt-13b', 'w/opt-13b'];
const repos = [
  ...models.map((id, rank) => repoWith({ id, files, downloads: 100 - rank })),
  repoWith({ id: 'rajpurkar/squad', type: 'dataset', formerIds: ['squad'], files }),
  repoWith({ id: 'meta/demo', type: 'space', files }),
];

async function hintFor(
  hub: Hub,
  repo: string,
  { type = 'model', ...settings }: Partial<Settings & { type: RepoType }>,
) {
  const context = await contextAt(hub, settings);
  const request = { repo: { type, name: repo }, paths: [], include: [], exclude: [] };
  const error: unknown = await download(request, context).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RepoNotFound);
  return (error as HubError).hint ?? '';
}

const repo: RepoId = { type: 'model', name: 'squad' };
const notFoundAs = (it: RepoId) => new RepoNotFound({ repo: it, host: 'hub.test', anonymous: true });
const notFound = () => notFoundAs(repo);

describe('before a repo is not found', () => {
  it('the same name is looked up under the other types, by its name of now', async () => {
    const hub = await serve({ repos });
    const hint = await hintFor(hub, 'squad', {});
    expect(hint).toContain('If it is private, give a token');
    expect(hint).toMatch(/Did you mean: datasets\/rajpurkar\/squad\?$/);
    expect(await hintFor(hub, 'meta/opt-13b', { type: 'dataset' })).toMatch(/Did you mean: models\/meta\/opt-13b\?$/);
  });

  it('the hub’s search is asked: at most five, the likest first, then those that are used most', async () => {
    const hint = await hintFor(await serve({ repos }), 'mta/opt-13b', {});
    const named = hint.replace(/^.*Did you mean: (.*)\?$/, '$1').split(', ');
    expect(named).toHaveLength(5);
    expect(named[0]).toBe('meta/opt-13b');
    expect(named).toContain('copies/opt-13b-gguf');
  });

  it('so it is for a caller whose token sees nothing either', async () => {
    const hub = await serve({ repos, users: [{ token: 'hf_x', name: 'me' }] });
    const hint = await hintFor(hub, 'meta/demo', { token: 'hf_x' });
    expect(hint).toMatch(/the token in use has no right to see it\. Did you mean: spaces\/meta\/demo\?$/);
  });

  it('the names of the cache are looked at too, and come before what a search found; five in all', async () => {
    const hub = await serve({ repos: [...repos, repoWith({ id: 'meta/opt-13c', files })] });
    const context = await contextAt(hub);
    await download({ repo: { type: 'model', name: 'meta/opt-13c' }, paths: [], include: [], exclude: [] }, context);
    const asked: RepoId = { type: 'model', name: 'mta/opt-13b' };
    const online = await suggestSimilar(notFoundAs(asked), asked, { context });
    const named = online.hint?.replace(/^.*Did you mean: (.*)\?$/, '$1').split(', ');
    expect(named).toHaveLength(5);
    expect(named?.slice(0, 2)).toEqual(['meta/opt-13c', 'meta/opt-13b']);
    // Nothing of this needs the hub.
    await hub.close();
    const alone = await suggestSimilar(notFoundAs(asked), asked, { context });
    expect(alone.hint).toMatch(/Did you mean: meta\/opt-13c\?$/);
  });

  it('what fails of the look leaves the error as it was, and is told to nobody', async () => {
    const hub = await serve({ repos });
    hub.fault({ match: { kind: 'list' }, status: 429, retryAfter: 60, times: Infinity });
    hub.fault({ match: { kind: 'info', repo: 'spaces/squad' }, status: 500, times: Infinity });
    hub.fault({ match: { kind: 'info', repo: 'datasets/squad' }, captivePortal: true, times: Infinity });
    const context = await contextAt(hub);
    const error = notFound();
    expect(await suggestSimilar(error, repo, { context, limitMs: 300 })).toMatchObject({
      code: 'repo-not-found',
      hint: error.hint,
    });
    expect(context.events).toEqual([]);
  });

  it('it takes no longer than its limit, and has what came by then', async () => {
    const hub = await serve({ repos });
    hub.fault({ match: { kind: 'list' }, beforeHeaders: 'hang' });
    const startedMs = performance.now();
    const { hint } = await suggestSimilar(notFound(), repo, { context: await contextAt(hub), limitMs: 500 });
    expect(performance.now() - startedMs).toBeLessThan(3000);
    expect(hint).toMatch(/Did you mean: datasets\/rajpurkar\/squad\?$/);
  });

  it('a signal ends it at once', async () => {
    const hub = await serve({ repos });
    hub.fault({ match: { kind: 'list' }, beforeHeaders: 'hang' });
    const context = await contextAt(hub);
    const suggested = suggestSimilar(notFound(), repo, { context, limitMs: 60_000 });
    await hub.waitFor(({ kind }) => kind === 'list');
    context.controller.abort();
    await expect(suggested).rejects.toMatchObject({ code: 'interrupted' });
  });
});
