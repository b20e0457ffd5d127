import { createHash } from 'node:crypto';
import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { bytesOf, sha256Of } from './hub-server/content.js';
import { repoWith } from './hub-server/repos.js';
import { startHub, type Hub, type HubOptions } from './hub-server/server.js';

const MB = 1_000_000;
const agent = new Agent({ keepAlive: true });

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** One exchange, redirects not followed. Rejects where the body is cut off. */
function ask(url: string, headers: Record<string, string> = {}, method = 'GET', form?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, headers, method }, (incoming) => {
      buffer(incoming).then(
        (body) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
        reject,
      );
    });
    outgoing.on('error', reject).end(form);
  });
}

function json({ body }: Answer): unknown {
  return JSON.parse(body.toString());
}

let hub: Hub;
afterEach(() => hub.close());

async function hubWith(options: HubOptions = {}): Promise<Hub> {
  hub = await startHub({
    repos: [
      repoWith({
        id: 'org/name',
        files: { 'config.json': '{"a": 1}\n', 'sub/model.bin': { size: 3 * MB, lfs: true, seed: 1 }, empty: '' },
        branches: { dev: { 'config.json': '{}' } },
        tags: { 'v1.0': 'main' },
        pullRequests: { 1: { 'config.json': '[]' } },
      }),
    ],
    ...options,
  });
  return hub;
}

async function signedUrl(): Promise<string> {
  const { headers } = await ask(`${hub.endpoint}/org/name/resolve/main/sub/model.bin`);
  return headers.location ?? '';
}

describe('revisions', () => {
  it.each(['main', 'dev', 'v1.0', 'refs/pr/1'])('resolves %s', async (revision) => {
    await hubWith();
    const answer = await ask(`${hub.endpoint}/api/models/org/name/revision/${encodeURIComponent(revision)}`);
    expect(json(answer)).toMatchObject({ id: 'org/name', sha: answer.headers['x-repo-commit'] });
  });

  it('resolves full and short commits, old ones too', async () => {
    await hubWith();
    const old = hub.head('org/name');
    const commit = hub.commit('org/name', { 'config.json': '{"a": 2}', empty: null });
    for (const revision of [old, old.slice(0, 10)]) {
      expect(json(await ask(`${hub.endpoint}/api/models/org/name/revision/${revision}`))).toMatchObject({ sha: old });
    }
    const info = json(await ask(`${hub.endpoint}/api/models/org/name`));
    const siblings = [{ rfilename: 'config.json' }, { rfilename: 'sub/model.bin' }];
    expect(info).toMatchObject({ sha: commit, siblings });
  });

  it('lists refs', async () => {
    await hubWith();
    const ref = { name: '1', ref: 'refs/pr/1' };
    expect(json(await ask(`${hub.endpoint}/api/models/org/name/refs?include_prs=1`))).toMatchObject({
      branches: [{ name: 'main', ref: 'refs/heads/main', targetCommit: hub.head('org/name') }, { name: 'dev' }],
      tags: [{ name: 'v1.0' }],
      pullRequests: [ref],
    });
  });
});

describe('listings', () => {
  it('tells size and digest of each file, as git and LFS count them', async () => {
    await hubWith();
    const sha256 = await sha256Of(hub.file('org/name', 'sub/model.bin').content);
    const tree = json(await ask(`${hub.endpoint}/api/models/org/name/tree/main?recursive=true`));
    expect(tree).toMatchObject([
      { type: 'file', path: 'config.json', size: 9, oid: gitOid('{"a": 1}\n') },
      { type: 'file', path: 'empty', size: 0, oid: 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391' },
      { type: 'directory', path: 'sub' },
      {
        path: 'sub/model.bin',
        size: 3 * MB,
        oid: gitOid(`version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${3 * MB}\n`),
        lfs: { oid: sha256, size: 3 * MB, pointerSize: 132 },
      },
    ]);
  });

  it.each([
    { linkOrigin: undefined, expected: /^<http:\/\/127\.0\.0\.1:\d+\/api\/models\/org\/name\/tree\/main\?.*cursor=/ },
    { linkOrigin: 'https://huggingface.co', expected: /^<https:\/\/huggingface\.co\/api\/models\/org\/name\/tree/ },
    { linkOrigin: '', expected: /^<\/api\/models\/org\/name\/tree/ },
  ])('comes in pages, their links naming $linkOrigin', async ({ linkOrigin, expected }) => {
    await hubWith({ pageSize: 3, ...(linkOrigin !== undefined && { linkOrigin }) });
    const first = await ask(`${hub.endpoint}/api/models/org/name/tree/main?recursive=true`);
    expect(first.headers['link']).toMatch(expected);
    const next = new URL(/<(.*)>/.exec(String(first.headers['link']))?.[1] ?? '', hub.endpoint);
    const second = await ask(hub.endpoint + next.pathname + next.search);
    expect(json(second)).toMatchObject([{ path: 'sub/model.bin' }]);
    expect(second.headers['link']).toBeUndefined();
  });

  it('answers for chosen paths', async () => {
    await hubWith();
    const url = `${hub.endpoint}/api/models/org/name/paths-info/main`;
    expect(json(await ask(url, {}, 'POST', 'paths=empty&paths=no&expand=false'))).toMatchObject([{ path: 'empty' }]);
  });

  it('finds repos by author and words', async () => {
    await hubWith({ repos: ['a/one', 'a/two', 'b/one'].map((id) => repoWith({ id, files: {} })) });
    expect(json(await ask(`${hub.endpoint}/api/models?author=a&search=ON`))).toMatchObject([{ id: 'a/one' }]);
  });
});

describe('files', () => {
  it('sends a small one by a relative redirect', async () => {
    await hubWith();
    const answer = await ask(`${hub.endpoint}/org/name/resolve/main/config.json`);
    expect(answer.status).toBe(307);
    expect(answer.headers).toMatchObject({
      'x-repo-commit': hub.head('org/name'),
      'x-linked-etag': `"${gitOid('{"a": 1}\n')}"`,
      'x-linked-size': '9',
    });
    expect(answer.headers.location).toMatch(/^\/api\/resolve-cache\/models\/org\/name\/[0-9a-f]{40}\/config\.json\?/);
    const bytes = await ask(hub.endpoint + (answer.headers.location ?? ''), { Range: 'bytes=1-3' });
    expect([bytes.status, bytes.body.toString()]).toEqual([206, '"a"']);
  });

  it('sends an LFS file from another origin, any part of it', async () => {
    await hubWith();
    const url = await signedUrl();
    const bytes = await bytesOf(hub.file('org/name', 'sub/model.bin').content);
    expect(url).toMatch(/^http:\/\/localhost:.*Expires=.*Signature=/);
    expect((await ask(url)).body.equals(bytes)).toBe(true);
    const part = await ask(url, { Range: 'bytes=1234567-2234567' });
    expect(part.headers['content-range']).toBe(`bytes 1234567-2234567/${3 * MB}`);
    expect(part.body.equals(bytes.subarray(1_234_567, 2_234_568))).toBe(true);
    expect((await ask(url, { Range: 'bytes=-5' })).body.equals(bytes.subarray(-5))).toBe(true);
    expect((await ask(url, { Range: 'bytes=3000000-' })).status).toBe(416);
    expect((await ask(url, {}, 'HEAD')).headers['content-length']).toBe(String(3 * MB));
  });

  it('ends a signed address by count and on demand', async () => {
    await hubWith({ urlLifetime: { uses: 1 } });
    const url = await signedUrl();
    expect([(await ask(url)).status, (await ask(url)).status]).toEqual([200, 403]);
    hub.urlLifetime = {};
    const other = await signedUrl();
    hub.expireUrls();
    expect((await ask(other)).status).toBe(403);
  });

  it('compresses for whoever takes gzip', async () => {
    await hubWith({ repos: [repoWith({ id: 'a', files: { big: 'x'.repeat(5000) } })] });
    const { headers } = await ask(`${hub.endpoint}/a/resolve/main/big`);
    const answer = await ask(hub.endpoint + (headers.location ?? ''), {
      'Accept-Encoding': 'gzip',
      Range: 'bytes=0-9',
    });
    expect(answer).toMatchObject({ status: 200, headers: { 'content-encoding': 'gzip' } });
  });
});

describe('refusals', () => {
  const users = [
    { token: 'hf_insider', name: 'in', mayRead: ['org/private', 'org/gated'] },
    { token: 'hf_outsider', name: 'out' },
  ];
  const repos = [
    repoWith({ id: 'org/private', private: true, files: { f: '' } }),
    repoWith({ id: 'org/gated', gated: 'auto', files: { f: { size: 10, lfs: true } } }),
    repoWith({ id: 'org/disabled', disabled: true, files: {} }),
    repoWith({ id: 'org/public', formerIds: ['org/old'], files: { f: '' } }),
  ];

  it.each([
    { path: '/api/models/org/none', status: 401, code: undefined },
    { path: '/api/models/org/none', token: 'hf_outsider', status: 404, code: 'RepoNotFound' },
    { path: '/api/models/org/private', token: 'hf_outsider', status: 404, code: 'RepoNotFound' },
    { path: '/api/models/org/private', token: 'hf_insider', status: 200, code: undefined },
    { path: '/api/models/org/gated', status: 200, code: undefined },
    { path: '/org/gated/resolve/main/f', status: 401, code: 'GatedRepo' },
    { path: '/org/gated/resolve/main/f', token: 'hf_outsider', status: 403, code: 'GatedRepo' },
    { path: '/org/gated/resolve/main/f', token: 'hf_insider', status: 302, code: undefined },
    { path: '/api/models/org/disabled', status: 403, code: undefined },
    { path: '/api/models/org/public', token: 'hf_wrong', status: 401, code: undefined },
    { path: '/api/models/org/public/revision/none', status: 404, code: 'RevisionNotFound' },
    { path: '/org/public/resolve/main/none', status: 404, code: 'EntryNotFound' },
    { path: '/api/models/org/old/tree/main', status: 307, code: undefined },
    { path: '/api/whoami-v2', token: 'hf_insider', status: 200, code: undefined },
  ])('$path with $token: $status $code', async ({ path, token, status, code }) => {
    await hubWith({ repos, users });
    const answer = await ask(hub.endpoint + path, token === undefined ? {} : { Authorization: `Bearer ${token}` });
    expect([answer.status, answer.headers['x-error-code']]).toEqual([status, code]);
  });

  it('hides Xet hashes of a gated repo and redirects a renamed one', async () => {
    await hubWith({ repos });
    expect(json(await ask(`${hub.endpoint}/api/models/org/gated/tree/main`))).toMatchObject([
      { xetHash: '*'.repeat(64) },
    ]);
    const renamed = await ask(`${hub.endpoint}/org/old/resolve/main/f?a=b`);
    expect(renamed.headers.location).toBe('/org/public/resolve/main/f?a=b');
  });
});

describe('faults', () => {
  it.each([
    { effect: { closeAfter: MB }, code: 'ECONNRESET' },
    { effect: { resetAfter: MB }, code: 'ECONNRESET' },
    { effect: { headers: { 'Content-Length': '3000001' } }, code: 'ECONNRESET' },
    { effect: { beforeHeaders: 'close' as const }, code: 'ECONNRESET' },
    { effect: { beforeHeaders: 'reset' as const }, code: 'ECONNRESET' },
    { effect: { hugeHeaderBytes: 100_000 }, code: 'HPE_HEADER_OVERFLOW' },
  ])('breaks one connection: $effect', async ({ effect, code }) => {
    await hubWith();
    const url = await signedUrl();
    const fault = hub.fault({ match: { kind: 'cdn', path: /bin$/ }, ...effect });
    await expect(ask(url)).rejects.toMatchObject({ code });
    expect(fault.met).toBe(1);
    expect((await ask(url)).body).toHaveLength(3 * MB);
  });

  it('does what a script decides by what an answer would carry, and tells of every byte', async () => {
    await hubWith();
    const url = await signedUrl();
    hub.faultScript = ({ kind }, { status, start, end }) =>
      kind === 'cdn' && status === 206 && start <= MB && end > MB ? { closeAfter: MB - start } : undefined;
    let sent = 0;
    hub.watch(({ kind, bytesSent }) => (sent = kind === 'cdn' ? Math.max(sent, bytesSent) : sent));
    await expect(ask(url, { Range: 'bytes=900000-1999999' })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(sent).toBe(100_000);
    expect((await ask(url, { Range: 'bytes=1000001-1999999' })).body).toHaveLength(999_999);
  });

  it('flips a byte of the answer that carries it, in the nth and later ones', async () => {
    await hubWith();
    const url = await signedUrl();
    const { body } = await ask(url);
    hub.fault({ match: { kind: 'cdn' }, nth: 2, times: Infinity, flipByteAt: 2 * MB });
    expect((await ask(url)).body.equals(body)).toBe(true);
    await ask(url, { Range: 'bytes=0-1999999' });
    const flipped = (await ask(url)).body;
    expect(flipped.equals(body)).toBe(false);
    expect(flipped[2 * MB]).toBe((body[2 * MB] ?? 0) ^ 0xff);
  });

  it.each([
    [
      { status: 503, retryAfter: 7 },
      { status: 503, headers: { 'retry-after': '7' } },
    ],
    [
      { status: 429, retryAfter: new Date(0), rateLimit: { left: 0, resetSeconds: 9 } },
      {
        status: 429,
        headers: { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT', ratelimit: '"resolvers";r=0;t=9' },
      },
    ],
    [{ captivePortal: true as const }, { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } }],
    [{ redirectTo: 'http://elsewhere/' }, { status: 302, headers: { location: 'http://elsewhere/' } }],
    [{ expired: true as const }, { status: 403 }],
    [{ ignoreRange: true as const }, { status: 200, headers: { 'content-length': '3000000' } }],
    [{ truncateTo: 9 }, { status: 206, headers: { 'content-length': '9', 'content-range': 'bytes 0-99/3000000' } }],
    [{ shiftContentRangeBy: 5 }, { status: 206, headers: { 'content-range': 'bytes 5-104/3000000' } }],
    [{ gzip: true as const }, { status: 200, headers: { 'content-encoding': 'gzip' } }],
    [{ headers: { etag: null, 'Content-Length': null } }, { headers: { 'transfer-encoding': 'chunked' } }],
  ])('spoils an answer: %j', async (effect, expected) => {
    await hubWith();
    const url = await signedUrl();
    hub.fault({ match: { kind: 'cdn' }, ...effect });
    expect(await ask(url, { Range: 'bytes=0-99' })).toMatchObject(expected);
  });

  it('adds entries to a listing', async () => {
    await hubWith();
    hub.fault({ match: { kind: 'tree' }, entries: [{ type: 'file', path: '../evil' }] });
    const tree = await ask(`${hub.endpoint}/api/models/org/name/tree/main`);
    expect(json(tree)).toContainEqual({ type: 'file', path: '../evil' });
  });

  it('stalls until released', async () => {
    await hubWith();
    const url = await signedUrl();
    const fault = hub.fault({ match: { kind: 'cdn' }, stallAfter: MB });
    const answer = ask(url);
    await hub.waitFor(({ bytesSent }) => bytesSent === MB);
    fault.release();
    expect((await answer).body).toHaveLength(3 * MB);
  });

  it('keeps to a rate, evenly, that can be changed meanwhile', async () => {
    await hubWith({ bytesPerSecond: 2 * MB });
    const url = await signedUrl();
    const begin = performance.now();
    const answer = ask(url);
    await hub.waitFor(({ kind, bytesSent }) => kind === 'cdn' && bytesSent >= 0.5 * MB);
    const seconds = (performance.now() - begin) / 1000;
    expect(seconds).toBeGreaterThan(0.2);
    hub.bytesPerSecond = undefined;
    expect((await answer).body).toHaveLength(3 * MB);
  });
});

it('goes on when clients leave in the middle of an answer', async () => {
  await hubWith({ repos: [repoWith({ id: 'big', files: { f: { size: 100 * MB, lfs: true } } })] });
  const { headers } = await ask(`${hub.endpoint}/big/resolve/main/f`);
  const leave = () =>
    new Promise((resolve, reject) => {
      const outgoing = request(headers.location ?? '', (incoming) => {
        incoming.once('error', () => undefined).once('close', resolve);
        incoming.once('data', () => incoming.socket.resetAndDestroy());
      });
      outgoing.on('error', reject).end();
    });
  await Promise.all(Array.from({ length: 10 }, leave));
  await hub.waitFor(() => hub.requests.every(({ ended }) => ended));
  expect((await ask(headers.location ?? '', { Range: 'bytes=5-9' })).body).toHaveLength(5);
});

it('records each request and closes while one is under way', async () => {
  await hubWith();
  const url = await signedUrl();
  hub.fault({ match: { kind: 'cdn' }, beforeHeaders: 'hang' });
  const answer = ask(url, { 'User-Agent': 'test' });
  const recorded = await hub.waitFor(({ kind }) => kind === 'cdn');
  expect(recorded).toMatchObject({ method: 'GET', repo: 'org/name', path: 'sub/model.bin', ended: false });
  expect(recorded.headers['user-agent']).toBe('test');
  expect([hub.count(), hub.count({ kind: 'resolve' }), hub.bytesSent()]).toEqual([2, 1, 0]);
  const refused = expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
  await hub.close();
  await refused;
});

function gitOid(text: string): string {
  return createHash('sha1').update(`blob ${text.length}\0${text}`).digest('hex');
}
