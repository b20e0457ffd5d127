import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BlobToFetch, type Claim, type ClaimContext, tryClaim, waitForClaim } from '../../src/cache/claim.js';
import { blobPath, partialPath } from '../../src/cache/layout.js';
import { moveInto } from '../../src/cache/move.js';
import { type Lease, Leases } from '../../src/cache/leases.js';
import { turns } from '../../src/cache/turns.js';
import { Interrupted } from '../../src/errors.js';
import { MiB, bytesOf, sha256Of } from '../transfer/fakes.js';
import { makeRepoFolder, rememberRepoFolder } from '../../src/cache/repo-folder.js';
import { below, leftBehind, workplace, writerA, writerB } from './support.js';

const place = workplace();
const content = bytesOf(2 * MiB);
const digest = sha256Of(content);
const never = new AbortController().signal;
const origin = 'https://hub.test';
const atTheEnd: (() => Promise<void>)[] = [];

let shared: Lease[];
beforeEach(async () => {
  shared = [];
  await makeRepoFolder(place.layout, place.files);
  for (const writer of [writerA, writerB]) shared.push(await contextOf(writer).leases.takeShared(never));
});
afterEach(async () => {
  for (const action of atTheEnd.splice(0)) await action();
  for (const lease of shared) await lease.release();
});

function contextOf(writer: string, stallTimeoutMs = 30_000): ClaimContext {
  const { layout, files } = place;
  const leases = new Leases({ folder: layout.leases, files, writer });
  return {
    layout,
    files,
    leases,
    writer,
    stallTimeoutMs,
    leftBehind: leftBehind(layout),
    inTurn: turns(2),
    assertThere: rememberRepoFolder(layout),
  };
}

function blobOf(bytes = content): BlobToFetch {
  const path = blobPath(place.layout, sha256Of(bytes));
  const put = (from: string) => moveInto(from, path);
  return { digest: sha256Of(bytes), size: bytes.length, isPublished: () => existsSync(path), put };
}

async function claimed(answer: Awaited<ReturnType<typeof tryClaim>>): Promise<Claim> {
  if (answer === 'published' || 'holder' in answer) throw new Error('not claimed');
  await answer.target.missing(() => undefined);
  atTheEnd.push(async () => {
    await answer.target.close();
    await answer.release({ published: false });
  });
  return answer;
}

function publishByHand(bytes = content): void {
  const path = blobPath(place.layout, sha256Of(bytes));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

async function write({ target }: Claim, start: number, end: number): Promise<void> {
  await target.write({ offset: start, buffers: [content.subarray(start, end)], origin });
}

const partials = () => below(place.layout.partials).filter((name) => !name.includes('/'));

describe('tryClaim', () => {
  it('gives one process the right to fetch a blob, and tells the other who has it', async () => {
    await claimed(await tryClaim(blobOf(), contextOf(writerA)));
    expect(await tryClaim(blobOf(), contextOf(writerB))).toMatchObject({ holder: { writer: writerA } });
  });

  it('needs no lease for a small one', async () => {
    const small = content.subarray(0, MiB);
    await claimed(await tryClaim(blobOf(small), contextOf(writerA)));
    await claimed(await tryClaim(blobOf(small), contextOf(writerB)));
    expect(below(place.layout.leases).filter((name) => name.endsWith('.exclusive'))).toEqual([]);
  });

  it('says that the blob is there, also when it was published between look and lease', async () => {
    publishByHand();
    expect(await tryClaim(blobOf(), contextOf(writerA))).toBe('published');
    let looks = 0;
    const late: BlobToFetch = { ...blobOf(), isPublished: () => (looks += 1) > 1 };
    expect(await tryClaim(late, contextOf(writerA))).toBe('published');
    expect(below(place.layout.leases).filter((name) => name.endsWith('.exclusive'))).toEqual([]);
  });

  it('goes on with what a dead process left, and leaves a living one’s alone', async () => {
    const first = await claimed(await tryClaim(blobOf(), contextOf(writerA)));
    await write(first, 0, MiB);
    await first.target.close();
    await first.release({ published: false });
    const beside = await claimed(await tryClaim(blobOf(), contextOf(writerB)));
    expect(partials()).toEqual([`${digest.hex}.${writerA}`]);
    await beside.release({ published: false });

    await shared[0]?.release();
    const second = await claimed(await tryClaim(blobOf(), contextOf(writerB)));
    expect(partials()).toEqual([`${digest.hex}.${writerB}`]);
    await write(second, MiB, 2 * MiB);
    await second.target.publish();
    expect(readFileSync(blobPath(place.layout, digest)).equals(content)).toBe(true);
  });

  it('clears away what the dead left once the blob is there, and nothing of the living', async () => {
    const dead = '1'.repeat(16);
    for (const writer of [dead, writerA]) mkdirSync(partialPath(place.layout, digest, writer), { recursive: true });
    writeFileSync(join(place.layout.partials, `${digest.hex}.${'2'.repeat(16)}.whole`), '');
    const claim = await claimed(await tryClaim(blobOf(), contextOf(writerB)));
    await claim.release({ published: true });
    expect(partials()).toEqual([`${digest.hex}.${writerA}`]);
  });

  describe('of a small one that somebody had written when he was killed', () => {
    const small = content.subarray(0, 1000);
    const dead = '1'.repeat(16);
    const left = (writer: string, bytes: Uint8Array) => {
      writeFileSync(join(place.layout.partials, `${sha256Of(small).hex}.${writer}.whole`), bytes);
    };

    it('publishes it, if it is right', async () => {
      left('2'.repeat(16), small.subarray(0, 500));
      left(dead, small);
      expect(await tryClaim(blobOf(small), contextOf(writerA))).toBe('published');
      expect(readFileSync(blobPath(place.layout, sha256Of(small))).equals(small)).toBe(true);
      expect(partials()).toEqual([]);
    });

    it.each([
      { what: 'has other bytes', bytes: content.subarray(1, 1001) },
      { what: 'is cut short', bytes: content.subarray(0, 999) },
      { what: 'is too long', bytes: content.subarray(0, 1001) },
    ])('drops one that $what, and has it fetched', async ({ bytes }) => {
      left(dead, bytes);
      await claimed(await tryClaim(blobOf(small), contextOf(writerA)));
      expect(partials()).toEqual([]);
    });

    it('leaves a living one’s alone', async () => {
      left(writerB, small);
      await claimed(await tryClaim(blobOf(small), contextOf(writerA)));
      expect(partials()).toEqual([`${sha256Of(small).hex}.${writerB}.whole`]);
    });

    it('never follows a link', async () => {
      const elsewhere = join(place.layout.root, 'elsewhere');
      writeFileSync(elsewhere, small);
      symlinkSync(elsewhere, join(place.layout.partials, `${sha256Of(small).hex}.${dead}.whole`));
      await claimed(await tryClaim(blobOf(small), contextOf(writerA)));
      expect(existsSync(blobPath(place.layout, sha256Of(small)))).toBe(false);
      expect(readFileSync(elsewhere).equals(small)).toBe(true);
    });
  });

  it('lets go of the lease when it is done', async () => {
    const claim = await claimed(await tryClaim(blobOf(), contextOf(writerA)));
    await claim.release({ published: false });
    await claimed(await tryClaim(blobOf(), contextOf(writerB)));
  });
});

describe('waitForClaim', () => {
  it('ends when the holder has published', async () => {
    const holder = await claimed(await tryClaim(blobOf(), contextOf(writerA)));
    const waiting = waitForClaim(blobOf(), contextOf(writerB), never);
    publishByHand();
    await holder.release({ published: true });
    expect(await waiting).toBe('published');
  });

  it('ends with the claim when the holder gave up', async () => {
    const holder = await claimed(await tryClaim(blobOf(), contextOf(writerA)));
    const waiting = waitForClaim(blobOf(), contextOf(writerB), never);
    await holder.release({ published: false });
    await claimed(await waiting);
  });

  it('begins an own partial beside a living holder whose partial has not grown for two stall timeouts', async () => {
    const holder = await claimed(await tryClaim(blobOf(), contextOf(writerA)));
    await write(holder, 0, 1000);
    const begun = performance.now();
    const beside = await claimed(await waitForClaim(blobOf(), contextOf(writerB, 200), never));
    expect(performance.now() - begun).toBeGreaterThan(400);
    await write(beside, 0, 2000);
    expect(partials()).toEqual([`${digest.hex}.${writerA}`, `${digest.hex}.${writerB}`]);
    await write(holder, 1000, 2000);
    await beside.release({ published: false });
    expect(await tryClaim(blobOf(), contextOf(writerB))).toMatchObject({ holder: { writer: writerA } });
  });

  it('waits on while the partial grows', async () => {
    const holder = await claimed(await tryClaim(blobOf(), contextOf(writerA)));
    await write(holder, 0, 1000);
    let looks = 0;
    const growing: BlobToFetch = {
      ...blobOf(),
      isPublished: () => {
        appendFileSync(join(partialPath(place.layout, digest, writerA), 'journal'), 'a record');
        looks += 1;
        return looks > 5;
      },
    };
    expect(await waitForClaim(growing, contextOf(writerB, 150), never)).toBe('published');
  });

  it('waits on while the holder is at another file: this one’s turn will come', async () => {
    await claimed(await tryClaim(blobOf(), contextOf(writerA)));
    const other = partialPath(place.layout, sha256Of(bytesOf(3 * MiB)), writerA);
    mkdirSync(other, { recursive: true });
    let looks = 0;
    const inTurn: BlobToFetch = {
      ...blobOf(),
      isPublished: () => {
        appendFileSync(join(other, 'journal'), 'a record');
        looks += 1;
        return looks > 5;
      },
    };
    expect(await waitForClaim(inTurn, contextOf(writerB, 150), never)).toBe('published');
  });

  it('ends at once when it is called off', async () => {
    await claimed(await tryClaim(blobOf(), contextOf(writerA)));
    const controller = new AbortController();
    const waiting = waitForClaim(blobOf(), contextOf(writerB), controller.signal);
    controller.abort(new Interrupted());
    await expect(waiting).rejects.toBeInstanceOf(Interrupted);
  });
});
