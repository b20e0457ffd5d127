import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Interrupted } from '../../src/errors.js';
import type { Digest } from '../../src/repo/digest.js';
import { DigestFront } from '../../src/transfer/digest-front.js';
import { DigestThread } from '../../src/transfer/digest-thread.js';
import { type HashedFile, InlineHasher, type PrefixHasher } from '../../src/transfer/prefix-hasher.js';
import { type Segment, SegmentSet } from '../../src/transfer/segments.js';
import { MiB, bytesOf, gitSha1Of, sha256Of } from './fakes.js';

let descriptor: number;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'digest-front-'));
  descriptor = openSync(join(folder, 'bytes'), 'w+');
  rmSync(folder, { recursive: true });
});
afterEach(() => closeSync(descriptor));

const running = new AbortController().signal;
const both = ['sha256', 'git-sha1'] as const;

function put(content: Buffer, { start, end }: Segment): void {
  writeSync(descriptor, content, start, end - start, start);
}

const thread = new DigestThread();
afterAll(() => thread.close());

describe.each([
  ['on this thread', (file: HashedFile): PrefixHasher => new InlineHasher(file)],
  ['on a thread of its own', (file: HashedFile): PrefixHasher => thread.hasher(file)],
])('DigestFront, hashing %s', (_, hasherOf) => {
  function frontOf(algorithms: readonly Digest['algorithm'][], fileBytes: number): DigestFront {
    return new DigestFront(algorithms, fileBytes, hasherOf({ algorithms, fileBytes }));
  }

  it('gives the right digests whatever the order of the writes', async () => {
    const content = bytesOf(4 * MiB + 12_345);
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: content.length - 1 }), { maxLength: 12 });
    const order = fc.array(fc.nat(), { minLength: 13, maxLength: 13 });
    await fc.assert(
      fc.asyncProperty(cuts, order, async (places, ranks) => {
        ftruncateSync(descriptor);
        const edges = [0, ...places.sort((a, b) => a - b), content.length];
        const pieces = edges.slice(1).map((end, index) => ({ start: edges[index] ?? 0, end }));
        const shuffled = pieces.map((piece, index) => ({ piece, rank: ranks[index] ?? 0 }));
        shuffled.sort((a, b) => a.rank - b.rank);
        const front = frontOf(both, content.length);
        const written = new SegmentSet();
        for (const { piece } of shuffled) {
          put(content, piece);
          written.add(piece);
          front.follow(descriptor, written.contiguousEnd);
          await new Promise(setImmediate);
        }
        expect(await front.finish(descriptor, running)).toEqual([sha256Of(content), gitSha1Of(content)]);
      }),
      { numRuns: 25 },
    );
  });

  it('goes on with what is written while it reads, and judges nothing beyond the front', async () => {
    const content = bytesOf(9 * MiB);
    const front = frontOf(['sha256'], content.length);
    for (let end = MiB; end <= content.length; end += MiB) {
      // What lies beyond the front is another file's: whoever read it would have it in the digest.
      writeSync(descriptor, Buffer.alloc(MiB, end / MiB), 0, MiB, end);
      put(content, { start: end - MiB, end });
      front.follow(descriptor, end);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await front.finish(descriptor, running)).toEqual([sha256Of(content)]);
  });

  it('takes bytes that were read back anyway, in order, and reads the others itself', async () => {
    const content = bytesOf(3 * MiB);
    put(content, { start: 0, end: content.length });
    const front = frontOf(both, content.length);
    front.visit(0, content.subarray(0, 1000));
    front.visit(5000, content.subarray(5000, 6000));
    front.visit(1000, content.subarray(1000, 2000));
    expect(await front.finish(descriptor, running)).toEqual([sha256Of(content), gitSha1Of(content)]);
  });

  it('judges what is in the file, not what was visited, after a restart', async () => {
    const content = bytesOf(2 * MiB);
    const front = frontOf(both, content.length);
    front.visit(0, Buffer.alloc(2 * MiB));
    expect(await front.finish(descriptor, running)).not.toEqual([sha256Of(content), gitSha1Of(content)]);
    front.restart();
    put(content, { start: 0, end: content.length });
    expect(await front.finish(descriptor, running)).toEqual([sha256Of(content), gitSha1Of(content)]);
  });

  it('knows the digests of nothing, without a file', async () => {
    expect(await frontOf(both, 0).finish(undefined, running)).toEqual([
      sha256Of(Buffer.alloc(0)),
      gitSha1Of(Buffer.alloc(0)),
    ]);
  });

  it('gives the same when it is asked twice', async () => {
    const content = bytesOf(1000);
    put(content, { start: 0, end: 1000 });
    const front = frontOf(['sha256'], 1000);
    expect(await front.finish(descriptor, running)).toEqual(await front.finish(descriptor, running));
  });

  it('fails on a file that is too short, also when it noticed in the background, and recovers from it', async () => {
    const content = bytesOf(2 * MiB);
    put(content, { start: 0, end: 1000 });
    const front = frontOf(['sha256'], content.length);
    front.follow(descriptor, content.length);
    await front.settle();
    await expect(front.finish(descriptor, running)).rejects.toThrow(/became shorter/);
    put(content, { start: 0, end: content.length });
    front.restart();
    expect(await front.finish(descriptor, running)).toEqual([sha256Of(content)]);
  });

  it('settles soon, however much there is to read, and goes on later', async () => {
    const large = 256 * MiB;
    ftruncateSync(descriptor, large);
    const front = frontOf(['git-sha1'], large);
    front.follow(descriptor, large);
    const settling = await msOf(() => front.settle());
    const finishing = await msOf(() => front.finish(descriptor, running));
    expect(settling).toBeLessThan(finishing / 4);
  });

  it('stops reading when it is called off', async () => {
    const controller = new AbortController();
    put(bytesOf(MiB), { start: 0, end: MiB });
    const front = frontOf(['sha256'], MiB);
    const finished = front.finish(descriptor, controller.signal);
    controller.abort(new Interrupted());
    await expect(finished).rejects.toBeInstanceOf(Interrupted);
  });
});

async function msOf(action: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await action();
  return performance.now() - begun;
}
