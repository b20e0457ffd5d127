import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { downloadSummary } from '../../src/cli/report/summary.js';
import { download } from '../../src/operations/download.js';
import type { DownloadResult } from '../../src/operations/download-result.js';
import type { Settings } from '../../src/settings/settings.js';
import { workplace } from '../cache/support.js';
import { closing } from '../net/server.js';
import type { Fault } from '../support/hub-server/faults.js';
import { repoWith } from '../support/hub-server/repos.js';
import { type Hub, startHub } from '../support/hub-server/server.js';
import { bytesOf } from '../transfer/fakes.js';
import { type RecordedContext, contextWith, settingsWith } from './support.js';

const place = workplace();
const MB = 1_000_000;
const content = bytesOf(8 * MB);
const small = bytesOf(1000, 2);

const hubOf = async (faults: readonly Fault[] = []): Promise<Hub> => {
  const files = {
    'model.bin': { content, lfs: true },
    'small.bin': { content: small, lfs: true },
    'config.json': '{}',
  };
  const hub = closing(await startHub({ repos: [repoWith({ id: 'org/name', files })] }));
  for (const fault of faults) hub.fault({ times: Infinity, ...fault });
  return hub;
};

interface Run {
  result: DownloadResult;
  context: RecordedContext;
}

async function run(hubs: readonly Hub[], settings: Partial<Settings> = {}): Promise<Run> {
  const endpoints = hubs.map(({ endpoint: url }, index) => ({ url, sendsToken: index === 0 }));
  const context = contextWith(settingsWith(place.folder, { endpoints, ...settings }));
  const request = { repo: { type: 'model', name: 'org/name' }, paths: [], include: [], exclude: [] } as const;
  const result = await download(request, context);
  expect(readFileSync(join(result.path, 'model.bin')).equals(content)).toBe(true);
  return { result, context };
}

const cdn = { kind: 'cdn' } as const;
/** It sends one byte of a file wrong, always. */
const flips = (at: number): Fault => ({ match: { ...cdn, path: 'model.bin' }, flipByteAt: at });

describe('a download from several endpoints', () => {
  it('comes from the first alone while it is sound', async () => {
    const [first, second] = [await hubOf(), await hubOf()];
    const { result } = await run([first, second]);
    expect(second.requests).toEqual([]);
    expect(result.droppedEndpoints).toBeUndefined();
  });

  it('ends well when the first dies in the middle, without a try spent', async () => {
    const [first, second] = [await hubOf(), await hubOf()];
    first.fault({ match: cdn, nth: 2, times: Infinity, resetAfter: 100_000 });
    first.fault({ match: { kind: 'resolve' }, nth: 2, times: Infinity, beforeHeaders: 'reset' });
    const { result } = await run([first, second], { retries: 0 });
    expect(result.totals.retries).toBe(0);
    expect(result.sources[second.cdnOrigin]).toBeGreaterThan(0);
  });

  it('leaves the slow one for the fast one, also in the middle of a request', async () => {
    const [first, second] = [await hubOf(), await hubOf()];
    first.bytesPerSecond = 100_000;
    const { result } = await run([first, second], { concurrency: 2 });
    expect(result.sources[second.cdnOrigin]).toBeGreaterThan(content.length / 2);
    expect(result.totals.retries).toBe(0);
    expect(result.droppedEndpoints).toBeUndefined();
  });

  it.each([
    ['one that serves web pages', { match: cdn, captivePortal: true } satisfies Fault, 'sent a web page'],
    ['one that flips a byte', flips(5_000_000), 'sent wrong bytes of model.bin'],
  ])('drops %s, and names it', async (_, fault, why) => {
    const [liar, sound] = [await hubOf([fault]), await hubOf()];
    const { result, context } = await run([liar, sound]);
    expect(result.droppedEndpoints).toEqual([{ endpoint: liar.endpoint, why }]);
    expect(downloadSummary(result).at(-1)).toBe(`${liar.endpoint} was not asked any more: it ${why}`);
    expect(context.events).toContainEqual({
      type: 'warning',
      code: 'endpoint-dropped',
      message: `${liar.endpoint} ${why}: it is not asked any more in this run`,
    });
  });
});

describe('a wrong digest', () => {
  /** The first brings the front of the file, then breaks; the mirror brings the rest. */
  const breaksAfterTheFront = { match: { ...cdn, path: 'model.bin' }, nth: 2, status: 500 } satisfies Fault;

  it('costs only what the mirror sent that lied', async () => {
    const liar = await hubOf([flips(5_000_000)]);
    const first = await hubOf([{ ...breaksAfterTheFront, times: 4 }]);
    const { result } = await run([first, liar], { concurrency: 1 });
    const wrong = result.sources[liar.cdnOrigin] ?? 0;
    expect(wrong).toBeGreaterThan(0);
    expect(result.totals.bytesWasted).toBeLessThanOrEqual(wrong);
    expect(result.totals.bytesFetched).toBe(content.length + small.length + 2 + result.totals.bytesWasted);
    expect(result.droppedEndpoints).toEqual([{ endpoint: liar.endpoint, why: 'sent wrong bytes of model.bin' }]);
  });

  it('is the first endpoint’s fault where it stays wrong without the mirror’s bytes', async () => {
    const mirror = await hubOf();
    const liar = await hubOf([{ ...breaksAfterTheFront, times: 1 }, flips(500_000)]);
    const { result } = await run([liar, mirror], { concurrency: 1 });
    expect(result.droppedEndpoints).toEqual([{ endpoint: liar.endpoint, why: 'sent wrong bytes of model.bin' }]);
  });

  it('is no reason to do without a sound mirror when the first endpoint, which lied, is away for good', async () => {
    const [first, mirror] = [await hubOf([flips(500_000)]), await hubOf()];
    for (const kind of ['cdn', 'resolve'] as const) {
      first.fault({ match: { kind, path: 'model.bin' }, nth: 2, times: Infinity, beforeHeaders: 'reset' });
    }
    const { result } = await run([first, mirror], { concurrency: 1, retries: 8 });
    expect(result.droppedEndpoints).toBeUndefined();
    expect(result.sources[first.cdnOrigin]).toBeGreaterThanOrEqual(1_000_000);
    expect(result.totals.bytesWasted).toBeGreaterThan(content.length);
    expect(result.sources[mirror.cdnOrigin]).toBeGreaterThanOrEqual(content.length);
  });

  it('of all endpoints ends the file after each was asked', async () => {
    const liars = [await hubOf([flips(5_000_000)]), await hubOf([flips(5_000_000)])];
    await expect(run(liars)).rejects.toMatchObject({ code: 'digest-mismatch', exitCode: 6 });
  });

  it('once, of the only endpoint that has the file, is healed by fetching it again', async () => {
    const first = await hubOf();
    first.fault(flips(5_000_000));
    const without = closing(await startHub());
    const { result } = await run([first, without]);
    expect(result.totals.bytesWasted).toBeGreaterThanOrEqual(content.length);
  });
});
