import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { readFile } from '../../src/operations/read-file.js';
import type { RepoId } from '../../src/repo/reference.js';
import { bytesOf } from '../support/hub-server/content.js';
import { repoWith } from '../support/hub-server/repos.js';
import { contextAt, serve } from './hub-support.js';

const repo: RepoId = { type: 'model', name: 'org/name' };
const files = {
  'config.json': '{}',
  'tf/model.h5': { size: 3_000_000, lfs: true, seed: 1 },
  '[a].txt': 'odd',
  empty: '',
};

describe('readFile', () => {
  it('gives one file byte for byte, from the hub and then from the cache', async () => {
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files })] });
    const context = await contextAt(hub);
    const wanted = await bytesOf(hub.file('org/name', 'tf/model.h5').content);
    const first = await readFile({ repo, path: 'tf/model.h5' }, context);
    expect(first.isBinary).toBe(true);
    expect((await buffer(first.content)).equals(wanted)).toBe(true);
    hub.clearRequests();
    const offline = { ...context, settings: { ...context.settings, offline: true } };
    const second = await readFile({ repo, path: 'tf/model.h5' }, offline);
    expect((await buffer(second.content)).equals(wanted)).toBe(true);
    expect(hub.requests).toEqual([]);
  });

  it('takes a name with the characters of a pattern as a name, and an empty file as text', async () => {
    const context = await contextAt(await serve({ repos: [repoWith({ id: 'org/name', files })] }));
    const odd = await readFile({ repo, path: '[a].txt' }, context);
    expect([odd.isBinary, (await buffer(odd.content)).toString()]).toEqual([false, 'odd']);
    const empty = await readFile({ repo, path: 'empty' }, context);
    expect([empty.isBinary, (await buffer(empty.content)).length]).toEqual([false, 0]);
  });

  it.each([
    ['a folder', 'tf', /no file "tf"/, 'That is a folder.'],
    ['a folder with its slash', 'tf/', /no file "tf\/"/, 'That is a folder.'],
    ['a pattern', '*.h5', /no file "\*\.h5"/, undefined],
    ['a mistyped name', 'confg.json', /no file "confg\.json"/, 'Nearest: config.json'],
  ])('fetches nothing for %s', async (_, path, message, hint) => {
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files })] });
    const read = readFile({ repo, path }, await contextAt(hub));
    await expect(read).rejects.toMatchObject({ exitCode: 3, message: expect.stringMatching(message) as string, hint });
    expect(hub.count({ kind: ['resolve', 'cdn'] })).toBe(0);
  });

  it('answers from the cache where the hub does not, and fails where it lacks the file', async () => {
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files })] });
    const context = await contextAt(hub, { retries: 0 });
    (await readFile({ repo, path: 'config.json' }, context)).content.destroy();
    hub.fault({ match: { kind: 'info' }, status: 503, times: Infinity });
    const { content } = await readFile({ repo, path: 'config.json' }, context);
    expect((await buffer(content)).toString()).toBe('{}');
    expect(context.events).toContainEqual(expect.objectContaining({ code: 'hub-unreachable' }));
    await expect(readFile({ repo, path: 'empty' }, context)).rejects.toMatchObject({ exitCode: 5 });
  });

  it('gives nothing of a file whose bytes are wrong', async () => {
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files })] });
    hub.fault({ match: { path: 'tf/model.h5' }, flipByteAt: 5, times: Infinity });
    const read = readFile({ repo, path: 'tf/model.h5' }, await contextAt(hub, { retries: 0 }));
    await expect(read).rejects.toMatchObject({ exitCode: 6 });
  });
});
