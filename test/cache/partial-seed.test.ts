import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobPath, partialPath } from '../../src/cache/layout.js';
import { moveInto } from '../../src/cache/move.js';
import { Partial } from '../../src/cache/partial.js';
import { makeRepoFolder } from '../../src/cache/repo-folder.js';
import { turns } from '../../src/cache/turns.js';
import { fixedConcurrency } from '../../src/transfer/concurrency.js';
import { Engine } from '../../src/transfer/engine.js';
import { FakeBudget, MiB, ScriptedSource, bytesOf, sha256Of } from '../transfer/fakes.js';
import { workplace, writerA } from './support.js';

const place = workplace();
const open: Partial[] = [];
let engine: Engine;
beforeEach(async () => {
  await makeRepoFolder(place.layout, place.files);
  engine = new Engine({ concurrency: fixedConcurrency(2), signal: new AbortController().signal });
});
afterEach(async () => {
  for (const partial of open.splice(0)) await partial.close();
  await engine.close();
});

const content = bytesOf(4 * MiB + 12_345);
const digest = sha256Of(content);
const size = content.length;
const seedBytes = 2 * MiB + 7;
const whole = { start: 0, end: size };

const seedPath = () => join(place.folder, 'left-behind');
const blob = () => blobPath(place.layout, digest);

function partialWith(seed: { path: string; bytes: number } | undefined): Partial {
  const partial = new Partial({
    folder: partialPath(place.layout, digest, writerA),
    put: (from) => moveInto(from, blob()),
    size,
    digests: [digest],
    mayBeBegun: true,
    seed,
    files: place.files,
    inTurn: turns(2),
  });
  open.push(partial);
  return partial;
}

function seeded(bytes: Uint8Array = content.subarray(0, seedBytes)): Partial {
  writeFileSync(seedPath(), bytes);
  return partialWith({ path: seedPath(), bytes: bytes.length });
}

const missingOf = (partial: Partial) => partial.missing(() => undefined);

async function transfer(target: Partial) {
  const source = new ScriptedSource(content);
  const result = await engine.transfer({
    path: 'model.bin',
    size,
    digests: [digest],
    source,
    target,
    retry: new FakeBudget(),
  });
  return { ...result, source };
}

describe('Partial: a seed', () => {
  it('counts as here, and is shown in ascending order', async () => {
    const partial = seeded();
    let end = 0;
    const gaps = await partial.missing((offset, bytes) => {
      expect(offset).toBe(end);
      end += bytes.length;
    });
    expect(end).toBe(seedBytes);
    expect(gaps).toEqual([{ start: seedBytes, end: size }]);
    expect(partial.unproved).toEqual([{ start: 0, end: seedBytes }]);
  });

  it('is told apart from what servers sent by a later run, and taken over only where bytes are missing', async () => {
    const first = seeded(content.subarray(0, MiB));
    await missingOf(first);
    await first.write({ offset: MiB, buffers: [content.subarray(MiB, 2 * MiB)], origin: 'https://hub.test' });
    await first.close();
    const second = seeded(content.subarray(0, 3 * MiB));
    expect(await missingOf(second)).toEqual([{ start: 3 * MiB, end: size }]);
    expect(second.unproved).toEqual([
      { start: 0, end: MiB },
      { start: 2 * MiB, end: 3 * MiB },
    ]);
  });

  it('that is gone by then leaves everything to be fetched', async () => {
    const partial = seeded();
    rmSync(seedPath());
    expect(await missingOf(partial)).toEqual([whole]);
    expect(partial.unproved).toEqual([]);
  });

  it('saves the bytes that it holds, and is left alone', async () => {
    const { failure, bytesFetched, bytesResumed } = await transfer(seeded());
    expect({ failure, bytesFetched, bytesResumed }).toEqual({
      failure: undefined,
      bytesFetched: size - seedBytes,
      bytesResumed: seedBytes,
    });
    expect(readFileSync(blob()).equals(content)).toBe(true);
    expect(statSync(seedPath()).size).toBe(seedBytes);
  });

  it('that is wrong costs its own bytes once more, and no others', async () => {
    const { failure, bytesFetched, bytesResumed } = await transfer(seeded(bytesOf(seedBytes, 99)));
    expect({ failure, bytesFetched, bytesResumed }).toEqual({
      failure: undefined,
      bytesFetched: size,
      bytesResumed: 0,
    });
    expect(readFileSync(blob()).equals(content)).toBe(true);
  });

  it('that is wrong is not taken again by a later run', async () => {
    const first = seeded(bytesOf(seedBytes, 99));
    await missingOf(first);
    await first.drop([{ start: 0, end: seedBytes }]);
    await first.close();
    expect(await missingOf(seeded(bytesOf(seedBytes, 99)))).toEqual([whole]);
  });
});
