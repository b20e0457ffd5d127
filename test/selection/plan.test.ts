import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDigest } from '../../src/repo/digest.js';
import type { ListedFile } from '../../src/repo/listing.js';
import { bytesToFetch, planFiles } from '../../src/selection/plan.js';

/** Files of one digest have one size: `judgeListing` sees to that. */
function fileOf(path: string, content: number): ListedFile {
  const hex = content.toString(16).padStart(64, '0');
  return { path, size: content * 10, digest: { algorithm: 'sha256', hex }, gitOid: hex.slice(24) };
}

const nothing = { hasWhole: () => false, partialBytes: () => 0, elsewhere: () => undefined };

describe('planFiles', () => {
  it('fetches, resumes, links and leaves alone', () => {
    const [d, e] = [fileOf('d', 4), fileOf('e', 5)];
    const files = [fileOf('a', 1), fileOf('b', 2), fileOf('c', 3), fileOf('twin of c', 3), d, e, fileOf('empty', 0)];
    const plan = planFiles(files, {
      hasWhole: ({ path }) => path === 'a',
      partialBytes: ({ path }) => (path === 'b' || path === 'd' ? 12 : 0),
      elsewhere: ({ path }) =>
        path === 'd' || path === 'e' ? { path: `/elsewhere/${path}`, needsCopy: path === 'e' } : undefined,
    });
    expect(plan.files.map(({ file, ...rest }) => ({ path: file.path, ...rest }))).toEqual([
      { path: 'a', state: 'cached' },
      { path: 'b', state: 'resume', haveBytes: 12 },
      { path: 'c', state: 'fetch' },
      { path: 'twin of c', state: 'link', from: 'c' },
      { path: 'd', state: 'take', from: '/elsewhere/d', needsCopy: false },
      { path: 'e', state: 'take', from: '/elsewhere/e', needsCopy: true },
      { path: 'empty', state: 'fetch' },
    ]);
    expect(plan.totals).toEqual({
      files: 7,
      bytes: 180,
      bytesToFetch: 38,
      bytesCached: 10,
      bytesResumed: 12,
      bytesLinked: 120,
      bytesToWrite: 88,
    });
    expect(plan.files.map(bytesToFetch)).toEqual([0, 8, 30, 0, 0, 0, 0]);
  });

  it('takes digests of two algorithms apart, also where their hex is the same', () => {
    const hex = '0'.repeat(40);
    const files: ListedFile[] = [
      { path: 'a', size: 1, digest: { algorithm: 'git-sha1', hex }, gitOid: hex },
      { path: 'b', size: 1, digest: { algorithm: 'sha256', hex }, gitOid: hex },
    ];
    expect(planFiles(files, nothing).files.map(({ state }) => state)).toEqual(['fetch', 'fetch']);
  });

  it('fetches each digest once, links to that file alone, and adds up', () => {
    const content = fc.record({
      content: fc.nat(6),
      isWhole: fc.boolean(),
      here: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(content, { maxLength: 20 }), (contents) => {
        const files = contents.map((entry, index) => fileOf(`${index}`, entry.content));
        const of = ({ path }: ListedFile) => contents[Number(path)] ?? { isWhole: false, here: 0 };
        const { files: planned, totals } = planFiles(files, {
          ...nothing,
          hasWhole: (file) => of(file).isWhole,
          partialBytes: (file) => Math.floor(of(file).here * file.size),
        });
        expect(planned.map(({ file }) => file)).toEqual(files);
        const moving = planned.filter(({ state }) => state === 'fetch' || state === 'resume');
        const digests = moving.map(({ file }) => formatDigest(file.digest));
        expect(new Set(digests).size).toBe(digests.length);
        for (const entry of planned) {
          expect(entry.state === 'cached').toBe(of(entry.file).isWhole);
          if (entry.state !== 'link') continue;
          const from = moving.find(({ file }) => file.path === entry.from);
          expect(from?.file.digest).toEqual(entry.file.digest);
        }
        expect(totals.files).toBe(files.length);
        expect(totals.bytes).toBe(totals.bytesToFetch + totals.bytesCached + totals.bytesResumed + totals.bytesLinked);
      }),
    );
  });
});
