import { describe, expect, it } from 'vitest';
import type { HubSettings } from '../../src/hub/client.js';
import { closing, serve } from '../net/server.js';
import { type HubOptions, startHub } from '../support/hub-server/server.js';
import { repoWith } from '../support/hub-server/repos.js';
import { type TestClient, clientFor, commitHash, model, noSignal } from './support.js';

const repo = (files = 3) =>
  repoWith({
    id: 'org/name',
    files: Object.fromEntries(Array.from({ length: files }, (_, n) => [`sub/f${n}.txt`, `content ${n}`])),
    branches: { 'refs/x y': { a: '1' } },
    formerIds: ['org/before'],
  });

async function setUp({ hub: options = {}, settings = {} }: { hub?: HubOptions; settings?: Partial<HubSettings> } = {}) {
  const hub = closing(await startHub({ repos: [repo()], ...options }));
  const client = closing(clientFor(hub.endpoint, settings));
  return { hub, client };
}

const resolve = (client: TestClient, revision = 'main', name = 'org/name') =>
  client.resolveRevision({ type: 'model', name }, revision, { signal: noSignal });

async function list(client: TestClient, onPage?: (filesSoFar: number) => void) {
  const { commit } = await resolve(client);
  return client.listTree(model, commit, { signal: noSignal, ...(onPage === undefined ? {} : { onPage }) });
}

describe('resolveRevision', () => {
  it('asks once', async () => {
    const { hub, client } = await setUp();
    expect(await resolve(client)).toEqual({ commit: hub.head('org/name'), name: 'org/name' });
    expect(hub.requests).toHaveLength(1);
  });

  it('follows a rename and tells the new name', async () => {
    const { hub, client } = await setUp();
    expect(await resolve(client, 'main', 'org/before')).toEqual({ commit: hub.head('org/name'), name: 'org/name' });
  });

  it('asks for branches with odd names', async () => {
    const { hub, client } = await setUp();
    expect((await resolve(client, 'refs/x y')).commit).toBe(hub.head('org/name', 'refs/x y'));
  });

  it('goes on after 5xx and tells each failed try', async () => {
    const { hub, client } = await setUp();
    hub.fault({ status: 503, times: 8 });
    expect((await resolve(client)).commit).toBe(hub.head('org/name'));
    expect(client.clock.slept).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    const told = client.events.filter(({ type }) => type === 'retrying');
    expect(told).toHaveLength(8);
    expect(told[0]).toMatchObject({ what: 'the revision main', why: 'answered 503', attempt: 1, attempts: 9 });
  });

  it('gives up after all tries', async () => {
    const { hub, client } = await setUp({ settings: { retries: 2 } });
    hub.fault({ status: 500, times: 100 });
    await expect(resolve(client)).rejects.toMatchObject({ code: 'server-error', exitCode: 5 });
    expect(hub.requests).toHaveLength(3);
  });

  it('needs 3 tries to tell that nobody is there', async () => {
    const { hub, client } = await setUp();
    hub.fault({ beforeHeaders: 'reset', times: 100 });
    await expect(resolve(client)).rejects.toMatchObject({ code: 'unreachable', exitCode: 5 });
    expect(hub.requests).toHaveLength(3);
  });

  it('waits out an outage as long as --retry-for says, without spending a try', async () => {
    const { hub, client } = await setUp({ settings: { retries: 0, retryForMs: 600_000 } });
    hub.fault({ beforeHeaders: 'reset', times: 6 });
    expect((await resolve(client)).commit).toBe(hub.head('org/name'));
    expect(client.events.filter(({ type }) => type === 'retrying')).toEqual([]);
    expect(client.events).toContainEqual({ type: 'waited', reason: 'outage', on: expect.any(String) as string });
  });

  it.each([{ retryAfter: 40 }, { rateLimit: { left: 0, resetSeconds: 39 } }])('waits out 429 with %o', async (hint) => {
    const { hub, client } = await setUp({ settings: { retries: 0 } });
    hub.fault({ status: 429, times: 2, ...hint });
    expect((await resolve(client)).commit).toBe(hub.head('org/name'));
    expect(client.clock.slept.map((ms) => Math.round(ms / 1000))).toEqual([40, 40]);
  });

  it('ends at once when the hub wants more patience than 15 minutes', async () => {
    const { hub, client } = await setUp();
    hub.fault({ status: 429, retryAfter: 3600, times: 100 });
    await expect(resolve(client)).rejects.toMatchObject({ code: 'rate-limited', exitCode: 5, retryAfter: 3600 });
    expect(hub.requests).toHaveLength(1);
  });

  it('ends a wait for headers, and tries again', async () => {
    const { hub, client } = await setUp({ settings: { headersTimeoutMs: 50 } });
    hub.fault({ beforeHeaders: 'hang' });
    expect((await resolve(client)).commit).toBe(hub.head('org/name'));
  });

  it('ends when its deadline is over, retries included', async () => {
    const { hub, client } = await setUp();
    hub.fault({ beforeHeaders: 'hang', times: 100 });
    const looked = client.resolveRevision(model, 'main', { signal: noSignal, deadlineMs: 50 });
    await expect(looked).rejects.toMatchObject({ code: 'unreachable', exitCode: 5 });
    expect(hub.requests).toHaveLength(1);
  });

  it('stops when it is called off', async () => {
    const { hub, client } = await setUp();
    const calledOff = new AbortController();
    hub.fault({ beforeHeaders: 'hang' });
    const looked = client.resolveRevision(model, 'main', { signal: calledOff.signal });
    await hub.waitFor(() => true);
    calledOff.abort();
    await expect(looked).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('tells a login page as such', async () => {
    const { hub, client } = await setUp({ settings: { retries: 0 } });
    hub.fault({ captivePortal: true });
    await expect(resolve(client)).rejects.toMatchObject({ code: 'not-the-hub', exitCode: 5 });
  });

  it.each([
    [{ id: 'org/name' }, 'sha'],
    [{ sha: 'main' }, 'sha'],
    [{ sha: 7 }, 'sha'],
    [[], 'the answer'],
  ])('names endpoint and field of an answer like %o', async (json, field) => {
    const { hub, client } = await setUp();
    hub.fault({ json });
    const looked = resolve(client);
    await expect(looked).rejects.toMatchObject({ code: 'unexpected-answer', exitCode: 6 });
    await expect(looked).rejects.toThrow(field);
    await expect(looked).rejects.toThrow(`${hub.endpoint}/api/models/org/name/revision/main`);
    expect(hub.requests).toHaveLength(1);
  });
});

describe('listTree', () => {
  it('reads all pages and tells how far it is', async () => {
    const { hub, client } = await setUp({ hub: { repos: [repo(7)], pageSize: 3 } });
    const told: number[] = [];
    const { files, commit } = await list(client, (files) => told.push(files));
    expect(commit).toBe(hub.head('org/name'));
    expect(files.map(({ path }) => path).sort()).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => `sub/f${n}.txt`));
    expect(told.at(-1)).toBe(7);
    expect(hub.count({ kind: 'tree' })).toBeGreaterThan(1);
  });

  it('asks the endpoint in use although Link names another origin, as a mirror passes it on', async () => {
    const { hub, client } = await setUp({ hub: { repos: [repo(7)], pageSize: 3, linkOrigin: 'https://hub.invalid' } });
    expect((await list(client)).files).toHaveLength(7);
    expect(hub.count({ kind: 'tree' })).toBeGreaterThan(1);
  });

  const commit = commitHash('0123456789012345678901234567890123456789');
  const treeOf = (link: (url: string) => string) =>
    serve(({ url = '' }, response) => {
      response.writeHead(200, { link: `<${link(url)}>; rel="next"` }).end('[]');
    });

  it.each([
    ['leads elsewhere', () => 'https://evil.invalid/api/other'],
    ['leads back', (url: string) => url],
  ])('refuses a Link that %s', async (problem, link) => {
    const { origin, requests } = await treeOf(link);
    const listed = closing(clientFor(origin)).listTree(model, commit, { signal: noSignal });
    await expect(listed).rejects.toMatchObject({ code: 'unexpected-answer', exitCode: 6 });
    await expect(listed).rejects.toThrow(problem);
    expect(requests).toHaveLength(1);
  });

  it('does not read pages for ever', async () => {
    let page = 0;
    const entry = JSON.stringify(Array.from({ length: 200_000 }, () => ({ type: 'directory' })));
    const { origin } = await serve((_, response) => {
      page += 1;
      response.writeHead(200, { link: `<?cursor=${page}>; rel="next"` }).end(entry);
    });
    const listed = closing(clientFor(origin)).listTree(model, commit, { signal: noSignal });
    await expect(listed).rejects.toThrow('goes on after 1000000 entries');
  });

  const file = { type: 'file', path: 'a', oid: 'a'.repeat(40), size: 1 };
  it.each([
    [{ ...file, size: undefined }, '[0].size'],
    [{ ...file, size: -1 }, '[0].size'],
    [{ ...file, size: 2 ** 60 }, '[0].size'],
    [{ ...file, size: '1' }, '[0].size'],
    [{ ...file, path: undefined }, '[0].path'],
    [{ ...file, oid: 'xyz' }, '[0].oid'],
    [{ ...file, lfs: { oid: '*'.repeat(64), size: 1 } }, '[0].lfs.oid'],
    [{ ...file, type: undefined }, '[0].type'],
  ])('names the field of an entry like %o', async (entry, field) => {
    const { hub, client } = await setUp();
    hub.fault({ match: { kind: 'tree' }, json: [entry] });
    const listed = list(client);
    await expect(listed).rejects.toMatchObject({ code: 'unexpected-answer', exitCode: 6 });
    await expect(listed).rejects.toThrow(`the field ${field} `);
  });

  it('takes the digest and size of the content, and no hash that is masked', async () => {
    const { hub, client } = await setUp();
    const sha256 = 'b'.repeat(64);
    hub.fault({
      match: { kind: 'tree' },
      json: [
        { ...file, unknown: true, xetHash: '*'.repeat(64) },
        { ...file, path: 'b', size: 9, lfs: { oid: sha256, size: 9, pointerSize: 130 }, xetHash: 'c'.repeat(64) },
      ],
    });
    expect((await list(client)).files).toEqual([
      { path: 'a', size: 1, digest: { algorithm: 'git-sha1', hex: file.oid }, gitOid: file.oid },
      { path: 'b', size: 9, digest: { algorithm: 'sha256', hex: sha256 }, gitOid: file.oid, xetHash: 'c'.repeat(64) },
    ]);
  });
});

describe('refusals', () => {
  const answering = async (status: number, headers: Record<string, string>, body = '', token?: string) => {
    const { origin, requests } = await serve((_, response) => response.writeHead(status, headers).end(body));
    const looked = resolve(closing(clientFor(origin, { token })));
    looked.catch(() => undefined);
    return { looked, requests };
  };

  it.each([
    [404, { 'x-error-code': 'RevisionNotFound' }, 'revision-not-found', 3],
    [404, { 'x-error-code': 'EntryNotFound' }, 'file-not-found', 3],
    [401, { 'x-error-code': 'GatedRepo' }, 'gated', 4],
    [403, { 'x-error-code': 'GatedRepo' }, 'gated', 4],
    [403, { 'x-error-message': 'Access to this resource is disabled.' }, 'disabled', 4],
    [404, { 'x-error-code': 'RepoNotFound' }, 'repo-not-found', 3],
    [401, { 'x-error-message': 'Invalid username or password.' }, 'repo-not-found', 3],
    [401, { 'x-error-message': 'Invalid credentials in Authorization header' }, 'bad-token', 4],
    [401, {}, 'repo-not-found', 3],
    [403, { 'x-error-message': 'Forbidden: no right' }, 'access-denied', 4],
    [404, {}, 'repo-not-found', 3],
    [403, { 'content-type': 'text/html' }, 'not-the-hub', 5],
    [400, {}, 'unexpected-status', 5],
  ])('%i with %o is %s', async (status, headers, code, exitCode) => {
    const { looked } = await answering(status, headers);
    await expect(looked).rejects.toMatchObject({ code, exitCode });
  });

  it('asks once for what is not there', async () => {
    const { looked, requests } = await answering(404, { 'x-error-code': 'RepoNotFound' });
    await expect(looked).rejects.toMatchObject({ retryable: false });
    expect(requests).toHaveLength(1);
  });

  it('knows a missing revision by its text where a mirror strips headers', async () => {
    const { looked } = await answering(404, {}, '{"error":"Invalid rev id: nope"}');
    await expect(looked).rejects.toMatchObject({ code: 'revision-not-found' });
  });

  it('hints an anonymous caller at a token, and where to ask for access', async () => {
    await expect((await answering(401, {})).looked).rejects.toMatchObject({
      hint: expect.stringMatching(/private.*HF_TOKEN.*--token/) as string,
    });
    await expect((await answering(401, { 'x-error-code': 'GatedRepo' })).looked).rejects.toMatchObject({
      hint: expect.stringMatching(/Ask for access at http.*\/org\/name/) as string,
    });
  });

  it('escapes what a server says, and never shows the token', async () => {
    const { looked } = await answering(403, {}, '{"error":"\\u001b[31mno\\u0007"}', 'hf_secret');
    const error: unknown = await looked.catch((reason: unknown) => reason);
    expect(String(error)).toContain('\\u{1b}[31mno\\u{7}');
    expect(JSON.stringify(error) + String(error)).not.toContain('hf_secret');
  });
});
