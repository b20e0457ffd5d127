import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { download } from '../../src/operations/download.js';
import { verifyLocalDir, type LocalVerifyRequest } from '../../src/operations/verify/verify-local.js';
import type { RepoId } from '../../src/repo/reference.js';
import type { Settings } from '../../src/settings/settings.js';
import { workplace } from '../cache/support.js';
import { closing } from '../net/server.js';
import { repoWith } from '../support/hub-server/repos.js';
import { type Hub, startHub } from '../support/hub-server/server.js';
import { bytesOf, sha256Of } from '../transfer/fakes.js';
import { contextWith, settingsWith } from './support.js';

const place = workplace();
const id = 'org/name';
const repo: RepoId = { type: 'model', name: id };
const weights = bytesOf(3_000_000);
const readme = 'a model\n';

let dir: string;
let hub: Hub;
beforeEach(async () => {
  dir = join(place.folder, 'dir');
  const files = { 'model.bin': { content: weights, lfs: true }, 'onnx/small.txt': 'small\n', 'README.md': readme };
  hub = closing(await startHub({ repos: [repoWith({ id, files })] }));
});

const at = (path: string) => join(dir, path);

function context(settings: Partial<Settings> = {}) {
  const endpoints = [{ url: hub.endpoint, sendsToken: true }];
  return contextWith(settingsWith(join(place.folder, 'cache'), { endpoints, retries: 1, ...settings }));
}

async function downloaded(): Promise<void> {
  await download({ repo, paths: [], include: [], exclude: [], localDir: dir }, context());
  hub.clearRequests();
}

async function verify(how: Partial<LocalVerifyRequest> = {}, settings: Partial<Settings> = {}) {
  const request = { localDir: dir, repo: undefined, repair: false, quick: false, ...how };
  const { result, damage } = await verifyLocalDir(request, context(settings));
  return { result, damage, told: result.files.map(({ state, path }) => `${state} ${String(path)}`).sort() };
}

/** Other bytes, and no trace of who wrote them: what a disk does. */
function rot(path: string): void {
  const before = join(place.folder, 'before');
  // To the nanosecond, as no call of Node's can set it.
  execFileSync('cp', ['-p', at(path), before]);
  const bytes = readFileSync(at(path));
  bytes[3] = (bytes[3] ?? 0) ^ 1;
  writeFileSync(at(path), bytes);
  execFileSync('touch', ['-r', before, at(path)]);
}

/** A file as Python's tools put it, and their note. */
function putAsPython(path: string, content: Uint8Array, commit = hub.head(id)): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
  const note = at(`.cache/huggingface/download/${path}.metadata`);
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(note, `${commit}\n${sha256Of(content).hex}\n${String(Date.now() / 1000)}\n`);
}

describe('verifyLocalDir', () => {
  it('reads all that was put there, and asks no hub', async () => {
    await downloaded();
    const { result, damage, told } = await verify({}, { offline: true });
    expect({ told, damage }).toEqual({ told: [], damage: undefined });
    expect(result).toMatchObject({ ok: true, complete: true, filesRight: 3, totals: { files: 3, filesSkipped: 0 } });
    expect(result.totals.bytesRead).toBe(result.totals.bytes);
    expect(hub.requests).toHaveLength(0);
  });

  it('tells rot and loss as damage, and what the user has changed or brought as his', async () => {
    await downloaded();
    rot('model.bin');
    rmSync(at('onnx/small.txt'));
    writeFileSync(at('README.md'), 'my own words\n');
    writeFileSync(at('notes.txt'), 'mine');
    const { told, damage, result } = await verify();
    expect(told).toEqual(['changed README.md', 'corrupt model.bin', 'foreign notes.txt', 'missing onnx/small.txt']);
    expect(damage).toMatchObject({ code: 'cache-damaged', exitCode: 6 });
    expect(damage?.hint).toContain(`--local-dir ${dir} --repair`);
    expect(result.totals).toMatchObject({ bad: 2, warnings: 2 });
  });

  it("does not take the user's own changes for damage", async () => {
    await downloaded();
    writeFileSync(at('README.md'), 'my own words\n');
    const { damage, result } = await verify();
    expect({ damage, ok: result.ok }).toEqual({ damage: undefined, ok: true });
  });

  it('repairs just what is bad, and keeps what is the user’s', async () => {
    await downloaded();
    rot('model.bin');
    rmSync(at('onnx'), { recursive: true });
    writeFileSync(at('README.md'), 'my own words\n');
    const { result, damage } = await verify({ repair: true });
    expect(damage).toBeUndefined();
    expect(result.totals).toMatchObject({ repaired: 2, bytesFetched: weights.byteLength + 6, bytesToFetch: 0 });
    expect(readFileSync(at('model.bin')).equals(weights)).toBe(true);
    expect(readFileSync(at('onnx/small.txt'), 'utf8')).toBe('small\n');
    expect(readFileSync(at('README.md'), 'utf8')).toBe('my own words\n');
    expect((await verify()).told).toEqual(['changed README.md']);
  });

  it('takes what is missing out of the cache without a request', async () => {
    await downloaded();
    await download({ repo, paths: [], include: [], exclude: [] }, context());
    hub.clearRequests();
    rmSync(at('model.bin'));
    const { result } = await verify({ repair: true }, { offline: true });
    expect(result).toMatchObject({ ok: true, totals: { repaired: 1, bytesFetched: 0 } });
    expect(hub.requests).toHaveLength(0);
  });

  it('offline, says of each damaged file that it could not be fetched', async () => {
    await downloaded();
    rot('model.bin');
    const { result, damage } = await verify({ repair: true }, { offline: true });
    expect(result.files).toMatchObject([{ path: 'model.bin', repaired: false, error: { code: 'not-cached' } }]);
    expect(damage).toMatchObject({ exitCode: 8 });
  });

  it('quick, skips what was found right and looks untouched', async () => {
    await downloaded();
    await verify();
    expect((await verify({ quick: true })).result.totals).toMatchObject({ filesSkipped: 3, bytesRead: 0 });
    utimesSync(at('model.bin'), 1, 1);
    expect((await verify({ quick: true })).result.totals).toMatchObject({ filesSkipped: 2 });
  });

  it("knows Python's notes, and repairs of the repo that is named", async () => {
    putAsPython('model.bin', weights);
    expect((await verify()).result).toMatchObject({ ok: true, filesRight: 1 });
    rot('model.bin');
    const unnamed = await verify({ repair: true });
    expect(unnamed.told).toEqual(['corrupt model.bin']);
    expect(unnamed.damage).toMatchObject({ code: 'not-repairable' });
    expect((await verify({ repair: true, repo })).result).toMatchObject({ ok: true, totals: { repaired: 1 } });
    expect(readFileSync(at('model.bin')).equals(weights)).toBe(true);
  });

  it('leaves alone a record whose name leads out of the folder', async () => {
    await downloaded();
    const outside = join(place.folder, 'outside');
    writeFileSync(outside, 'not mine to read');
    const digest = `sha256:${sha256Of(weights).hex}`;
    const line = { format: 1, path: '../outside', size: 16, mtimeMs: 1, digest, commit: hub.head(id) };
    const records = at('.cache/huggingface/model-hub/files.jsonl');
    expect(existsSync(records)).toBe(true);
    writeFileSync(records, `${readFileSync(records, 'utf8')}${JSON.stringify(line)}\n`);
    expect((await verify({ repair: true })).told).toEqual([]);
    expect(readFileSync(outside, 'utf8')).toBe('not mine to read');
  });

  it('says of a folder without records that it is none', async () => {
    mkdirSync(dir);
    await expect(verify()).rejects.toMatchObject({ code: 'nothing-recorded', exitCode: 3 });
  });
});
