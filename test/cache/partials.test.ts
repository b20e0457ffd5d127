import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeHave, encodeHeader } from '../../src/cache/journal.js';
import { blobPath, partialPath } from '../../src/cache/layout.js';
import { Leases } from '../../src/cache/leases.js';
import { blobState } from '../../src/cache/blobs.js';
import { clearLeftovers } from '../../src/cache/leftovers.js';
import type { ListedFile } from '../../src/repo/listing.js';
import {
  type FoundPartial,
  abandonedPartials,
  listPartials,
  recordedBytesOf,
  showWork,
  signOfWork,
  takeOver,
} from '../../src/cache/partials.js';
import { type Digest, formatDigest } from '../../src/repo/digest.js';
import { asNobody, below, workplace, writerA, writerB, writerC } from './support.js';

const place = workplace();
const digest: Digest = { algorithm: 'sha256', hex: 'd'.repeat(64) };
const other: Digest = { algorithm: 'sha256', hex: 'e'.repeat(64) };
const size = 1000;

beforeEach(() => mkdirSync(place.layout.partials, { recursive: true }));

/** A partial that records that many bytes. */
function leavePartial(
  writer: string,
  bytes: number,
  of = digest,
  header = { size, digests: [formatDigest(of)] },
): void {
  const records = bytes === 0 ? [] : [encodeHave({ start: 0, end: bytes, crc32: 0, origin: 0n })];
  leaveJournal(writer, Buffer.concat([encodeHeader(header), ...records]), of);
}

function leaveJournal(writer: string, journal: Buffer, of = digest): void {
  const folder = partialPath(place.layout, of, writer);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'journal'), journal);
  writeFileSync(join(folder, 'bytes'), writer);
}

/** As a later version of this program might write it. */
function laterJournal(): Buffer {
  const json = '{"format":2,"chunks":[]}';
  return Buffer.from(`${json} ${crc32(json).toString(16).padStart(8, '0')}\n`);
}

function found(writer: string): FoundPartial {
  return { hex: digest.hex, writer, path: partialPath(place.layout, digest, writer) };
}

const names = () => below(place.layout.partials).filter((name) => !name.includes('/'));

describe('listPartials', () => {
  it('finds folders and single files, and nothing that is not ours to understand', async () => {
    leavePartial(writerA, 10);
    leavePartial(writerB, 10, other);
    const whole = `${'f'.repeat(40)}.${writerC}.whole`;
    for (const name of [whole, '.tmp-1234', `${digest.hex}.incomplete`, `${digest.hex}.xyz`, 'notes']) {
      writeFileSync(join(place.layout.partials, name), '');
    }
    expect((await listPartials(place.layout)).sort((a, b) => a.writer.localeCompare(b.writer))).toEqual([
      found(writerA),
      { hex: other.hex, writer: writerB, path: partialPath(place.layout, other, writerB) },
      { hex: 'f'.repeat(40), writer: writerC, path: join(place.layout.partials, whole) },
    ]);
  });

  it('finds none where there is no folder yet', async () => {
    const nowhere = { ...place.layout, partials: join(place.folder, 'nowhere') };
    expect(await listPartials(nowhere)).toEqual([]);
  });
});

describe('recordedBytesOf', () => {
  const file = { digest, size };

  it('counts what the journal records', async () => {
    leavePartial(writerA, 123);
    expect(await recordedBytesOf(found(writerA), file)).toBe(123);
  });

  it('is 0 for what is broken, and for a single file', async () => {
    leaveJournal(writerA, Buffer.from('garbage'));
    writeFileSync(`${found(writerB).path}.whole`, '');
    expect(await recordedBytesOf(found(writerA), file)).toBe(0);
    expect(await recordedBytesOf({ ...found(writerB), path: `${found(writerB).path}.whole` }, file)).toBe(0);
    expect(await recordedBytesOf(found(writerC), file)).toBe(0);
  });

  it('is unknown for another version and for another file', async () => {
    leaveJournal(writerA, laterJournal());
    leavePartial(writerB, 10, digest, { size: size + 1, digests: [formatDigest(digest)] });
    leavePartial(writerC, 10, digest, { size, digests: [formatDigest(other)] });
    for (const writer of [writerA, writerB, writerC]) {
      expect(await recordedBytesOf(found(writer), file)).toBeUndefined();
    }
  });
});

describe('abandonedPartials', () => {
  it('are those of the digest whose writers are dead, and never one’s own', async () => {
    leavePartial(writerA, 1);
    leavePartial(writerB, 1);
    leavePartial(writerC, 1);
    leavePartial('1'.repeat(16), 1, other);
    const living = () => Promise.resolve(new Set([writerC]));
    expect(await abandonedPartials(place.layout, digest, { writer: writerA, living })).toEqual([found(writerB)]);
  });

  it('do not ask who lives where there is nothing to judge', async () => {
    leavePartial(writerA, 1);
    const living = vi.fn();
    expect(await abandonedPartials(place.layout, digest, { writer: writerA, living })).toEqual([]);
    expect(living).not.toHaveBeenCalled();
  });
});

describe('takeOver', () => {
  const file = { digest, size };

  it('takes the fullest, and leaves the others', async () => {
    leavePartial(writerA, 10);
    leavePartial(writerB, 500);
    await takeOver(place.layout, file, { writer: writerC, abandoned: [found(writerA), found(writerB)] });
    expect(names()).toEqual([`${digest.hex}.${writerA}`, `${digest.hex}.${writerC}`]);
    expect(await recordedBytesOf(found(writerC), file)).toBe(500);
  });

  it('leaves alone what another version wrote, what is of another file, and what has nothing', async () => {
    leaveJournal(writerA, laterJournal());
    leavePartial(writerB, 0);
    const before = names();
    await takeOver(place.layout, file, { writer: writerC, abandoned: [found(writerA), found(writerB)] });
    expect(names()).toEqual(before);
  });

  it('takes the next one when somebody else was faster', async () => {
    leavePartial(writerA, 10);
    leavePartial(writerB, 500);
    const abandoned = [found(writerA), found(writerB)];
    const rival = '1'.repeat(16);
    await Promise.all([
      takeOver(place.layout, file, { writer: writerC, abandoned }),
      takeOver(place.layout, file, { writer: rival, abandoned }),
    ]);
    expect(names()).toEqual([`${digest.hex}.${rival}`, `${digest.hex}.${writerC}`]);
  });

  it('leaves alone what another user keeps to himself', async () => {
    leavePartial(writerA, 10);
    leavePartial(writerB, 500);
    chmodSync(place.folder, 0o777);
    chmodSync(found(writerB).path, 0);
    await asNobody(async () => {
      expect(await recordedBytesOf(found(writerB), file)).toBeUndefined();
      await takeOver(place.layout, file, { writer: writerC, abandoned: [found(writerB), found(writerA)] });
    });
    chmodSync(found(writerB).path, 0o700);
    expect(names()).toContain(`${digest.hex}.${writerB}`);
  });

  it('keeps its own where it has one', async () => {
    leavePartial(writerA, 10);
    leavePartial(writerC, 20);
    await takeOver(place.layout, file, { writer: writerC, abandoned: [found(writerA)] });
    expect(await recordedBytesOf(found(writerC), file)).toBe(20);
  });
});

describe('signOfWork', () => {
  it('changes with the journals and those that are being made from them, and is 0 where there is none', async () => {
    leavePartial(writerA, 10);
    const sign = await signOfWork(place.layout, writerA);
    leavePartial(writerA, 20);
    leavePartial(writerA, 10, other);
    const later = await signOfWork(place.layout, writerA);
    expect(later).not.toBe(sign);
    writeFileSync(join(found(writerA).path, 'journal.new'), 'five!');
    expect(await signOfWork(place.layout, writerA)).not.toBe(later);
    expect(await signOfWork(place.layout, writerB)).toBe(0);
  });

  it('changes when work is shown, and stays where nothing is done', async () => {
    leavePartial(writerA, 10);
    const longAgo = new Date('2020-01-01');
    utimesSync(found(writerA).path, longAgo, longAgo);
    const sign = await signOfWork(place.layout, writerA);
    expect(await signOfWork(place.layout, writerA)).toBe(sign);
    showWork(place.layout, digest, writerA);
    expect(await signOfWork(place.layout, writerA)).toBeGreaterThan(sign);
    showWork(place.layout, other, writerA);
  });

  it('counts small files in one piece too', async () => {
    writeFileSync(join(place.layout.partials, `${digest.hex}.${writerA}.whole`), 'small');
    expect(await signOfWork(place.layout, writerA)).toBe(5);
  });
});

describe('clearLeftovers', () => {
  const listed = (of: Digest) => ({ path: of.hex, size, digest: of, gitOid: 'c'.repeat(40) });
  const clear = async () => {
    const leases = new Leases({ folder: place.layout.leases, files: place.files, writer: writerA });
    const lease = await leases.takeShared(new AbortController().signal);
    const selected = [listed(digest), listed(other)];
    const isWhole = ({ digest, size }: ListedFile) => blobState(place.layout, digest, size) === 'whole';
    await clearLeftovers(leases, { partials: await listPartials(place.layout), selected, isWhole });
    await lease.release();
  };

  it('removes what the dead have of blobs that are there, and nothing else', async () => {
    mkdirSync(place.layout.blobs, { recursive: true });
    writeFileSync(blobPath(place.layout, digest), Buffer.alloc(size));
    leavePartial(writerB, 10);
    leavePartial(writerB, 10, other);
    leaveJournal(writerC, laterJournal());
    writeFileSync(`${partialPath(place.layout, digest, '1'.repeat(16))}.whole`, 'half');
    await clear();
    expect(names()).toEqual([`${digest.hex}.${writerC}`, `${other.hex}.${writerB}`]);
  });

  it('leaves alone what somebody alive works at', async () => {
    mkdirSync(place.layout.blobs, { recursive: true });
    writeFileSync(blobPath(place.layout, digest), Buffer.alloc(size));
    leavePartial(writerB, 10);
    const alive = new Leases({ folder: place.layout.leases, files: place.files, writer: writerB });
    const lease = await alive.takeShared(new AbortController().signal);
    await clear();
    await lease.release();
    expect(names()).toEqual([`${digest.hex}.${writerB}`]);
  });
});
