import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CacheFiles } from '../../../src/cache/files.js';
import { MirrorAtWork, MirrorState } from '../../../src/operations/mirror/state.js';
import { type LeaseProcess, startLeaseProcess } from '../../cache/lease-process.js';
import { commitOf } from '../../support/cache-builder.js';

let root = '';
let folder = '';
const { signal } = new AbortController();
const processes: LeaseProcess[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mirror-state-'));
  folder = join(root, 'mirrors', 'list');
});
afterEach(async () => {
  for (const other of processes.splice(0)) await other.kill();
  rmSync(root, { recursive: true, force: true });
});

function open(): Promise<MirrorState> {
  return MirrorState.open(folder, { files: CacheFiles.withUmask(folder), signal });
}

describe('MirrorState', () => {
  it('remembers what was brought until it has been reported', async () => {
    const killed = await open();
    killed.noteBegun('a', commitOf('1'));
    killed.noteBegun('b', commitOf('2'));
    await killed.close();
    const next = await open();
    expect(next.wasBegun('a', commitOf('1'))).toBe(true);
    expect(next.wasBegun('a', commitOf('3'))).toBe(false);
    await next.forgetAllBut(new Set());
    await next.close();
    const last = await open();
    expect(last.wasBegun('a', commitOf('1'))).toBe(false);
    await last.close();
  });

  it('notes a repo once, and leaves nothing behind when all is reported', async () => {
    const state = await open();
    state.noteBegun('a', commitOf('1'));
    state.noteBegun('a', commitOf('1'));
    const [journal = ''] = readdirSync(folder).filter((name) => name.startsWith('begun'));
    expect(readFileSync(join(folder, journal), 'utf8').trim().split('\n')).toHaveLength(1);
    await state.forgetAllBut(new Set());
    await state.close();
    expect(existsSync(folder)).toBe(false);
  });

  it('remembers what a report could not tell yet', async () => {
    const state = await open();
    state.noteBegun('a', commitOf('1'));
    state.noteBegun('b', commitOf('2'));
    await state.forgetAllBut(new Set(['b']));
    await state.close();
    const next = await open();
    expect(next.wasBegun('a', commitOf('1'))).toBe(false);
    expect(next.wasBegun('b', commitOf('2'))).toBe(true);
    await next.forgetAllBut(new Set());
    await next.close();
    expect(existsSync(folder)).toBe(false);
  });

  it('does without a line that was torn', async () => {
    const state = await open();
    state.noteBegun('a', commitOf('1'));
    const [journal = ''] = readdirSync(folder).filter((name) => name.startsWith('begun'));
    appendFileSync(join(folder, journal), '{"key":"b","com');
    await state.close();
    const next = await open();
    expect(next.wasBegun('a', commitOf('1'))).toBe(true);
    next.noteBegun('c', commitOf('3'));
    await next.close();
    const last = await open();
    expect(last.wasBegun('c', commitOf('3'))).toBe(true);
    await last.close();
  });

  it('is for one run at a time, and says whose', async () => {
    const state = await open();
    await expect(open()).rejects.toThrow(MirrorAtWork);
    await expect(open()).rejects.toThrow(`process ${String(process.pid)} on `);
    await state.close();
    const next = await open();
    await next.close();
  });

  it('is free again as soon as its holder was killed', async () => {
    await (await open()).close();
    const other = await startLeaseProcess(root, folder, 'b'.repeat(16));
    processes.push(other);
    expect(await other.tell('take mirror')).toBe('taken');
    await expect(open()).rejects.toThrow(MirrorAtWork);
    await other.kill();
    const beganMs = performance.now();
    const state = await open();
    await state.close();
    expect(performance.now() - beganMs).toBeLessThan(2_000);
  });
});
