import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CacheFiles } from '../../src/cache/files.js';
import { type Lease, Leases } from '../../src/cache/leases.js';
import { ownIdentity } from '../../src/cache/process-identity.js';
import { Interrupted } from '../../src/errors.js';
import { type LeaseProcess, startLeaseProcess } from './lease-process.js';
import { age, workplace, writerA, writerB, writerC } from './support.js';

const place = workplace();
const held: Lease[] = [];
const processes: LeaseProcess[] = [];
const never = new AbortController().signal;
const subject = 'd'.repeat(64);

beforeEach(() => mkdirSync(place.layout.leases, { recursive: true }));
afterEach(async () => {
  vi.useRealTimers();
  for (const lease of held.splice(0)) await lease.release();
  for (const other of processes.splice(0)) await other.kill();
});

function leasesOf(writer: string, files = place.files): Leases {
  return new Leases({ folder: place.layout.leases, files, writer });
}

function pathOf(name: string): string {
  return join(place.layout.leases, name);
}

async function take(writer: string, what = subject, files = place.files): Promise<Lease> {
  const answer = await leasesOf(writer, files).tryExclusive(what);
  if (!('lease' in answer)) throw new Error(`held by ${answer.holder?.writer ?? 'somebody'}`);
  held.push(answer.lease);
  return answer.lease;
}

async function otherProcess(writer: string): Promise<LeaseProcess> {
  const other = await startLeaseProcess(place.folder, place.layout.leases, writer);
  processes.push(other);
  return other;
}

/** A lease of a process on another machine, of which only the age tells. */
function leaveLease(name: string, writer: string, ageMs: number): void {
  const holder = { format: 1, writer, host: 'elsewhere', pid: 1, bootId: 'another', startTime: '1' };
  writeFileSync(pathOf(name), `${JSON.stringify(holder)}\n`);
  age(pathOf(name), ageMs);
}

describe('an exclusive lease', () => {
  it('has one holder, whom the others are told', async () => {
    const lease = await take(writerA);
    expect(await leasesOf(writerB).tryExclusive(subject)).toMatchObject({
      holder: { writer: writerA, pid: process.pid },
    });
    await lease.release();
    await take(writerB);
  });

  // Who is killed between the two leaves a lease of somebody unknown, for which others wait.
  it('is never there without the name of its holder', async () => {
    for (let round = 0; round < 20; round += 1) {
      const taking = take(writerA, round.toString(16).padStart(64, '0'));
      const path = pathOf(`${round.toString(16).padStart(64, '0')}.exclusive`);
      while (!existsSync(path)) await new Promise((resolve) => setImmediate(resolve));
      expect(readFileSync(path, 'utf8')).toContain(writerA);
      await taking;
    }
  });

  it('is one for each subject', async () => {
    await take(writerA);
    await take(writerA, 'e'.repeat(64));
    await take(writerB, 'repo');
    expect(readdirSync(place.layout.leases).sort()).toEqual([
      `${subject}.exclusive`,
      `${'e'.repeat(64)}.exclusive`,
      'repo.exclusive',
    ]);
  });

  it('of a process that was killed is replaced at once', async () => {
    const other = await otherProcess(writerB);
    expect(await other.tell(`take ${subject}`)).toBe('taken');
    expect(await leasesOf(writerA).tryExclusive(subject)).toMatchObject({ holder: { pid: other.pid } });
    await other.kill();
    await take(writerA);
  });

  it('of a process whose number somebody else has now is replaced at once', async () => {
    const holder = { format: 1, writer: writerB, ...ownIdentity(), startTime: '1' };
    writeFileSync(pathOf(`${subject}.exclusive`), `${JSON.stringify(holder)}\n`);
    await take(writerA);
  });

  it('that was beaten on less than 8 s ago is alive, and later it is dead', async () => {
    leaveLease(`${subject}.exclusive`, writerB, 7000);
    expect(await leasesOf(writerA).tryExclusive(subject)).toMatchObject({ holder: { writer: writerB } });
    leaveLease(`${subject}.exclusive`, writerB, 8100);
    await take(writerA);
    expect(readdirSync(place.layout.leases)).toEqual([`${subject}.exclusive`]);
  });

  it('without readable text is alive or dead by its age alone', async () => {
    writeFileSync(pathOf(`${subject}.exclusive`), '');
    expect(await leasesOf(writerA).tryExclusive(subject)).toEqual({ holder: undefined });
    age(pathOf(`${subject}.exclusive`), 8100);
    await take(writerA);
  });

  it.each([
    ['an hour ahead of ours', 3_600_000],
    ['an hour behind ours', -3_600_000],
  ])('is judged by the clock of the file system, also where that is %s', async (_, aheadMs) => {
    class ShiftedFiles extends CacheFiles {
      override async create(path: string): Promise<FileHandle> {
        const handle = await super.create(path);
        const time = (Date.now() + aheadMs) / 1000;
        await handle.utimes(time, time);
        return handle;
      }
    }
    const files = new ShiftedFiles(place.folder);
    leaveLease(`${subject}.exclusive`, writerB, 1000 - aheadMs);
    expect(await leasesOf(writerA, files).tryExclusive(subject)).toMatchObject({ holder: { writer: writerB } });
    leaveLease(`${subject}.exclusive`, writerB, 9000 - aheadMs);
    await take(writerA, subject, files);
  });

  it('is kept alive while its holder lives', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const lease = await take(writerA);
    const text = readFileSync(pathOf(`${subject}.exclusive`), 'utf8');
    age(pathOf(`${subject}.exclusive`), 60_000);
    vi.advanceTimersByTime(2000);
    const { mtimeMs } = statSync(pathOf(`${subject}.exclusive`));
    expect(Date.now() - mtimeMs).toBeLessThan(2000);
    expect(readFileSync(pathOf(`${subject}.exclusive`), 'utf8')).toBe(text);
    await lease.release();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that was given away while its holder was paused stays the other’s', async () => {
    const paused = await take(writerA);
    age(pathOf(`${subject}.exclusive`), 9000);
    await take(writerB);
    await paused.release();
    expect(readFileSync(pathOf(`${subject}.exclusive`), 'utf8')).toContain(writerB);
  });

  it('is beaten on only while it is one’s own', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await take(writerA);
    leaveLease('of-another', writerB, 5000);
    renameSync(pathOf('of-another'), pathOf(`${subject}.exclusive`));
    vi.advanceTimersByTime(2000);
    expect(Date.now() - statSync(pathOf(`${subject}.exclusive`)).mtimeMs).toBeGreaterThan(4000);
  });

  it('costs nobody the run when the disk refuses a beat', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await take(writerA);
    rmSync(place.layout.leases, { recursive: true });
    expect(() => vi.advanceTimersByTime(2000)).not.toThrow();
  });

  it('is removed by its own holder alone', async () => {
    const lease = await take(writerA);
    leaveLease('of-another', writerB, 0);
    renameSync(pathOf('of-another'), pathOf(`${subject}.exclusive`));
    await lease.release();
    expect(readFileSync(pathOf(`${subject}.exclusive`), 'utf8')).toContain(writerB);
  });

  it('is gone after release, also if its file was gone before', async () => {
    const lease = await take(writerA);
    renameSync(pathOf(`${subject}.exclusive`), join(place.folder, 'elsewhere'));
    await lease.release();
    expect(readdirSync(place.layout.leases)).toEqual([]);
  });

  it('that is dead goes to one of two processes that want it', async () => {
    const [a, b] = await Promise.all([otherProcess(writerA), otherProcess(writerB)]);
    for (let round = 0; round < 25; round += 1) {
      leaveLease(`${subject}.exclusive`, writerC, 9000);
      const answers = await Promise.all([a.tell(`take ${subject}`), b.tell(`take ${subject}`)]);
      expect(answers.sort(), `round ${round}`).toEqual(['held', 'taken']);
      await Promise.all([a.tell('release'), b.tell('release')]);
      expect(readdirSync(place.layout.leases)).toEqual([]);
    }
  });
});

describe('shared leases', () => {
  it('are held by many at once', async () => {
    held.push(await leasesOf(writerA).takeShared(never), await leasesOf(writerB).takeShared(never));
    expect(await leasesOf(writerC).livingWriters()).toEqual(new Set([writerA, writerB]));
  });

  it('name those who live: not the dead, and not those of whom nothing was heard for 8 s', async () => {
    const other = await otherProcess(writerB);
    await other.tell('shared');
    held.push(await leasesOf(writerA).takeShared(never));
    leaveLease(`${writerC}.shared`, writerC, 9000);
    leaveLease(`${'1'.repeat(16)}.shared`, '1'.repeat(16), 25 * 60 * 60 * 1000);
    leaveLease('notes.txt', writerC, 0);
    expect(await leasesOf(writerA).livingWriters()).toEqual(new Set([writerA, writerB]));
    await other.kill();
    expect(await leasesOf(writerA).livingWriters()).toEqual(new Set([writerA]));
    // One that only looks dead may be asleep.
    expect(readdirSync(place.layout.leases).sort()).toEqual([`${writerA}.shared`, `${writerC}.shared`, 'notes.txt']);
  });

  it('wait for who deletes, who sees them meanwhile', async () => {
    const deleting = await take(writerB, 'repo');
    let isTaken = false;
    const waiting = leasesOf(writerA)
      .takeShared(never)
      .then((lease) => {
        isTaken = true;
        held.push(lease);
      });
    await vi.waitFor(() => expect(existsSync(pathOf(`${writerA}.shared`))).toBe(true));
    expect(await leasesOf(writerB).livingWriters()).toEqual(new Set([writerA]));
    expect(isTaken).toBe(false);
    await deleting.release();
    await waiting;
    expect(isTaken).toBe(true);
  });

  it('do not wait for a deleter that is dead', async () => {
    leaveLease('repo.exclusive', writerB, 9000);
    held.push(await leasesOf(writerA).takeShared(never));
  });

  it('are not left behind when the wait is called off', async () => {
    const controller = new AbortController();
    await take(writerB, 'repo');
    const waiting = leasesOf(writerA).takeShared(controller.signal);
    await vi.waitFor(() => expect(existsSync(pathOf(`${writerA}.shared`))).toBe(true));
    controller.abort(new Interrupted());
    await expect(waiting).rejects.toBeInstanceOf(Interrupted);
    expect(readdirSync(place.layout.leases)).toEqual(['repo.exclusive']);
  });
});

describe('what the dead left', () => {
  it('is cleared away: leases that nobody will beat on, and what was there for a moment', async () => {
    const hour = 60 * 60 * 1000;
    const dead = await otherProcess(writerB);
    await dead.tell('shared');
    await dead.tell(`take ${subject}`);
    await dead.kill();
    leaveLease(`${'e'.repeat(64)}.exclusive`, writerC, 25 * hour);
    // These may be of one who is only asleep, or is at it now.
    leaveLease(`${'f'.repeat(64)}.exclusive`, writerC, hour);
    leaveLease(`${writerC}.shared`, writerC, 9000);
    leaveLease(`${writerC}.1.clock`, writerC, hour);
    leaveLease(`${writerC}.2.clock`, writerC, 0);
    leaveLease(`${writerC}.3.dead`, writerC, hour);
    leaveLease('notes.txt', writerC, 25 * hour);
    held.push(await leasesOf(writerA).takeShared(never));
    await leasesOf(writerA).clearForgotten();
    expect(readdirSync(place.layout.leases).sort()).toEqual([
      `${writerA}.shared`,
      `${writerC}.2.clock`,
      `${writerC}.shared`,
      `${'f'.repeat(64)}.exclusive`,
      'notes.txt',
    ]);
  });
});
