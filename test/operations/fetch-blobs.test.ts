import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClaimContext } from '../../src/cache/claim.js';
import { DiskError } from '../../src/cache/disk-errors.js';
import { blobPath, partialPath } from '../../src/cache/layout.js';
import { type Lease, Leases } from '../../src/cache/leases.js';
import { turns } from '../../src/cache/turns.js';
import { ExitCode, HubError, Interrupted } from '../../src/errors.js';
import type { HubEvent } from '../../src/events.js';
import { cacheBlob } from '../../src/operations/bring-missing.js';
import { type FetchedBlobs, fetchBlobs } from '../../src/operations/fetch-blobs.js';
import { SharedTransfer } from '../../src/operations/shared-transfer.js';
import type { Source } from '../../src/transfer/source.js';
import { makeRepoFolder, rememberRepoFolder } from '../../src/cache/repo-folder.js';
import { below, commitOf, leftBehind, workplace, writerA, writerB } from '../cache/support.js';
import { LinkDown, ManualSource, MiB, Refused, ScriptedSource, bytesOf, turnsPass } from '../transfer/fakes.js';
import { fakeHub, listed } from './support.js';

const place = workplace();

let controller: AbortController;
let events: HubEvent[];
let leases: Lease[];
beforeEach(async () => {
  controller = new AbortController();
  events = [];
  leases = [];
  await makeRepoFolder(place.layout, place.files);
  for (const writer of [writerA, writerB]) leases.push(await claimsOf(writer).leases.takeShared(controller.signal));
});
afterEach(async () => {
  vi.useRealTimers();
  for (const lease of leases) await lease.release();
});

function claimsOf(writer: string, stallTimeoutMs = 30_000): ClaimContext {
  const { layout, files } = place;
  const ofWriter = new Leases({ folder: layout.leases, files, writer });
  return {
    layout,
    files,
    leases: ofWriter,
    writer,
    stallTimeoutMs,
    leftBehind: leftBehind(layout),
    inTurn: turns(2),
    assertThere: rememberRepoFolder(layout),
  };
}

type ContentSource = Source & { readonly content: Uint8Array };

interface Run {
  force?: boolean;
  writer?: string;
  stallTimeoutMs?: number;
  connections?: number;
  bytesHere?: ReadonlyMap<string, number>;
}

async function fetch(sources: Record<string, ContentSource>, run: Run = {}): Promise<FetchedBlobs> {
  const { force = false, writer = writerA, stallTimeoutMs = 30_000, connections = 4, bytesHere = new Map() } = run;
  const { signal } = controller;
  const tell = (event: HubEvent) => events.push(event);
  const settings = { concurrency: connections, limitRate: undefined, stallTimeoutMs };
  const transfer = new SharedTransfer({ settings, tell, signal, repos: 'one' });
  const fetched = fetchBlobs({
    repo: { type: 'model', name: 'org/name' },
    commit: commitOf('c'),
    files: Object.entries(sources).map(([path, { content }]) => listed(path, content)),
    bytesHere,
    client: fakeHub({ sources }),
    claims: claimsOf(writer, stallTimeoutMs),
    transfer,
    blobOf: (file) => cacheBlob(place.layout, file, { force }),
    tell,
    signal,
  });
  return fetched.finally(() => transfer.close());
}

function blobOf(content: Uint8Array): string {
  return blobPath(place.layout, listed('', content).digest);
}

function told(type: HubEvent['type']): HubEvent[] {
  return events.filter((event) => event.type === type);
}

describe('fetchBlobs', () => {
  it('brings small and large files, tells what each cost, and leaves only blobs', async () => {
    const contents = { large: bytesOf(3 * MiB), small: bytesOf(500, 2), empty: Buffer.alloc(0) };
    const sources = Object.fromEntries(
      Object.entries(contents).map(([path, content]) => [path, new ScriptedSource(content)]),
    );
    const { outcomes, sources: origins } = await fetch(sources);
    for (const [path, content] of Object.entries(contents)) {
      expect(outcomes.get(path)).toMatchObject({ state: 'fetched', bytesFetched: content.length, bytesWasted: 0 });
      expect(readFileSync(blobOf(content)).equals(content)).toBe(true);
    }
    expect(origins).toEqual({ 'http://hub.test': 3 * MiB + 500 });
    expect(below(place.layout.partials)).toEqual([]);
    expect(below(place.layout.leases).filter((name) => name.endsWith('.exclusive'))).toEqual([]);
    expect(told('file-done')).toHaveLength(3);
    expect(told('progress').at(-1)).toMatchObject({
      progress: { bytesDone: 3 * MiB + 500, bytesTotal: 3 * MiB + 500, filesDone: 3, filesTotal: 3, active: [] },
    });
  });

  it('goes on with the other files when one fails', async () => {
    const refused = new Refused('gated');
    const bad = new ScriptedSource(bytesOf(100), () => Promise.reject(refused));
    const good = new ScriptedSource(bytesOf(2 * MiB, 3));
    const { outcomes } = await fetch({ bad, good });
    expect(outcomes.get('bad')).toEqual({ state: 'failed', bytesFetched: 0, bytesWasted: 0, error: refused });
    expect(outcomes.get('good')).toMatchObject({ state: 'fetched' });
    expect(told('file-failed')).toEqual([{ type: 'file-failed', path: 'bad', message: 'gated' }]);
  });

  it.each([
    ['a full disk', new DiskError('no-space', 'no space left', {})],
    [
      'a bad token',
      new (class extends Refused {
        override readonly code = 'bad-token' as 'refused';
      })('bad token'),
    ],
  ])('stops everything at %s', async (_, error) => {
    const waiting = new ManualSource(bytesOf(4 * MiB, 5));
    const bad = new ScriptedSource(bytesOf(100), async () => {
      while (waiting.open.length === 0) await turnsPass();
      throw error;
    });
    const { outcomes } = await fetch({ waiting, bad });
    expect(outcomes.get('bad')).toMatchObject({ state: 'failed', error });
    expect(outcomes.get('waiting')).toMatchObject({ state: 'failed', error });
  });

  it('fails with the signal’s reason what is not complete, and the next run goes on from what has arrived', async () => {
    const content = bytesOf(4 * MiB, 6);
    const first = new ManualSource(content);
    const running = fetch({ first, done: new ScriptedSource(bytesOf(100)) });
    while (first.open.length === 0 || told('file-done').length === 0) await turnsPass();
    await first.open[0]?.send(MiB);
    controller.abort(new Interrupted(ExitCode.terminated));
    const interrupted = (await running).outcomes;
    expect(interrupted.get('first')).toMatchObject({
      state: 'failed',
      bytesFetched: MiB,
      error: { exitCode: ExitCode.terminated },
    });
    expect(interrupted.get('done')).toMatchObject({ state: 'fetched' });
    expect(told('file-failed')).toEqual([]);
    expect(below(place.layout.leases).filter((name) => name.endsWith('.exclusive'))).toEqual([]);

    controller = new AbortController();
    await leases[0]?.release();
    const { outcomes } = await fetch(
      { first: new ScriptedSource(content) },
      { writer: writerB, bytesHere: new Map([['first', MiB]]) },
    );
    expect(told('checking')).toEqual([{ type: 'checking', path: 'first', bytes: MiB }]);
    expect(outcomes.get('first')).toMatchObject({ state: 'resumed', bytesFetched: 3 * MiB });
    expect(told('file-started').at(-1)).toMatchObject({ bytesHere: MiB });
  });

  it('is not held up by a signal that comes while files are being claimed', async () => {
    const sources = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`${index}`, new ScriptedSource(bytesOf(100, index + 1))]),
    );
    const running = fetch(sources);
    controller.abort(new Interrupted());
    const { outcomes } = await running;
    expect([...outcomes.values()].filter(({ error }) => error instanceof Interrupted)).toHaveLength(40);
  });

  it('fetches nothing that is there, unless it is forced to', async () => {
    const content = bytesOf(100);
    mkdirSync(place.layout.blobs, { recursive: true });
    writeFileSync(blobOf(content), content);
    const source = new ScriptedSource(content);
    expect((await fetch({ source })).outcomes.get('source')).toMatchObject({ state: 'cached', bytesFetched: 0 });
    expect(source.ranges).toEqual([]);
    expect((await fetch({ source }, { force: true })).outcomes.get('source')).toMatchObject({ state: 'fetched' });
  });

  it('waits for another process that fetches the same, and says so', async () => {
    const content = bytesOf(2 * MiB, 7);
    const theirs = new ManualSource(content);
    const first = fetch({ theirs }, { writer: writerB });
    while (theirs.open.length === 0) await turnsPass();
    const ours = new ScriptedSource(content);
    const second = fetch({ ours });
    while (told('waiting').length === 0) await turnsPass();
    while (theirs.open.length > 0) await theirs.open[0]?.finish();
    expect((await first).outcomes.get('theirs')).toMatchObject({ state: 'fetched' });
    expect((await second).outcomes.get('ours')).toMatchObject({ state: 'cached', bytesFetched: 0 });
    expect(ours.ranges).toEqual([]);
    expect(told('waited')).toHaveLength(1);
  });

  it('begins anew beside a process that took its file over, and counts all that it received', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const content = bytesOf(4 * MiB, 9);
    const source = new ManualSource(content);
    const running = fetch({ source }, { connections: 1 });
    while (source.open.length === 0) await turnsPass();
    await source.open[0]?.send(MiB / 2);
    const { digest } = listed('', content);
    renameSync(partialPath(place.layout, digest, writerA), partialPath(place.layout, digest, writerB));
    vi.setSystemTime(Date.now() + 2000);
    await source.open[0]?.send(MiB / 2).catch(() => undefined);
    for (let read = 0; read < 4; read += 1) {
      while (source.open.length === 0) await turnsPass();
      await source.open[0]?.finish();
    }
    expect((await running).outcomes.get('source')).toMatchObject({ state: 'fetched', bytesFetched: 5 * MiB });
    expect(below(place.layout.partials).filter((name) => !name.includes('/'))).toEqual([`${digest.hex}.${writerB}`]);
  });

  it('never takes back what it told of the bytes in place', async () => {
    const large = new ManualSource(bytesOf(8 * MiB, 10));
    const small = new ManualSource(bytesOf(1000, 11));
    const running = fetch({ large, small }, { connections: 1 });
    const inPlace = () => told('progress').map((event) => (event.type === 'progress' ? event.progress.bytesDone : 0));
    while (large.open.length + small.open.length === 0) await turnsPass();
    while (large.sent + small.sent < 8 * MiB + 1000) {
      const [read] = [...small.open, ...large.open];
      await read?.finish();
      await turnsPass();
    }
    await running;
    expect(inPlace()).toEqual([...inPlace()].sort((a, b) => a - b));
    expect(inPlace().at(-1)).toBe(8 * MiB + 1000);
  });

  it('is the first to publish or is content with what another process published', async () => {
    const content = bytesOf(2 * MiB, 8);
    const stuck = new ManualSource(content);
    const first = fetch({ stuck }, { writer: writerB });
    while (stuck.open.length === 0) await turnsPass();
    await stuck.open[0]?.send(1000);
    const { outcomes } = await fetch({ beside: new ScriptedSource(content) }, { stallTimeoutMs: 100 });
    expect(outcomes.get('beside')).toMatchObject({ state: 'fetched', bytesFetched: content.length });
    while (stuck.open.length > 0) await stuck.open[0]?.finish();
    expect((await first).outcomes.get('stuck')?.error).toBeUndefined();
    expect(readFileSync(blobOf(content)).equals(content)).toBe(true);
  });

  it('ends with a defect as a defect', async () => {
    const source = new ScriptedSource(bytesOf(100), () => Promise.reject(new TypeError('a defect')));
    await expect(fetch({ source })).rejects.toBeInstanceOf(TypeError);
  });

  it('gives up a file after the last try, and stores nothing of it', async () => {
    const content = bytesOf(100);
    const source = new ScriptedSource(content, () => Promise.reject(new LinkDown('reset')));
    const { outcomes } = await fetch({ source });
    expect(outcomes.get('source')?.error).toBeInstanceOf(HubError);
    expect(source.ranges).toHaveLength(3);
    expect(existsSync(blobOf(content))).toBe(false);
  });
});
