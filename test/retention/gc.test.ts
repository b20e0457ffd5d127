import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GcRules, chooseForGc } from '../../src/retention/gc.js';
import { bytesOfCache } from '../../src/retention/inventory.js';
import { commitOf, dayMs, hourMs } from '../support/cache-builder.js';
import { type RepoInMemory, inventoryOf, nowMs, wordsOf } from './support.js';

const nothingAsked: GcRules = {
  nowMs,
  graceMs: hourMs,
  held: new Set(),
  maxBytes: undefined,
  olderThanMs: undefined,
  keep: new Set(),
  locked: undefined,
};

function gc(repos: Record<string, RepoInMemory>, rules: Partial<GcRules>) {
  const choice = chooseForGc(inventoryOf(repos), { ...nothingAsked, ...rules });
  const kept = choice.kept.map(({ repo, part, reason }) => `${repo.repo.name} ${part.kind} ${reason}`);
  return { ...choice, gone: wordsOf(choice.targets), kept };
}

/** A repo with one revision that was used so many days ago. */
function one(size: number, days: number): RepoInMemory {
  return { blobs: { a: size }, revisions: { 1: { files: { a: 'a' }, refs: ['main'], ageMs: days * dayMs } } };
}

describe('gc --keep-lock', () => {
  const locked = new Map([['models--org--a', new Set([commitOf('1')])]]);
  const revision = { files: { a: 'a' }, ageMs: 2 * hourMs };

  it('takes whatever no lock names, however new and small, and no blob that what stays needs', () => {
    const repos: Record<string, RepoInMemory> = {
      'org/a': {
        blobs: { a: 10, b: 20 },
        revisions: { 1: revision, 2: { ...revision, files: { a: 'a', b: 'b' }, refs: ['main'] } },
      },
      'org/b': { blobs: { a: 10 }, revisions: { 1: revision } },
    };
    expect(gc(repos, { locked })).toMatchObject({
      gone: ['org/a revision 222', 'org/b revision 111'],
      kept: [],
      bytesAfter: 10,
    });
  });

  it('leaves what a lock names also where the cache does not fit otherwise', () => {
    const repos = { 'org/a': { blobs: { a: 10 }, revisions: { 1: revision } } };
    expect(gc(repos, { locked, maxBytes: 0, olderThanMs: 1 })).toMatchObject({
      gone: [],
      kept: ['org/a revision locked'],
    });
  });

  it('leaves what is in use, what was used within the grace, and what --keep names', () => {
    const repos = { 'org/held': one(1, 9), 'org/kept': one(1, 9), 'org/new': one(1, 0) };
    const held = new Set(['models--org--held']);
    expect(gc(repos, { locked, held, keep: new Set(['models--org--kept']) })).toMatchObject({
      gone: [],
      kept: ['org/held revision in-use', 'org/kept revision asked-for', 'org/new revision recently-used'],
    });
  });

  it('leaves the unfinished download of a commit that is named, and takes any other', () => {
    const begun = { blobs: ['a'], ageMs: 2 * hourMs };
    const repos: Record<string, RepoInMemory> = {
      'org/a': { blobs: { a: 10 }, requests: { 1: begun } },
      'org/b': { blobs: { a: 10 }, requests: { 1: begun } },
    };
    expect(gc(repos, { locked }).gone).toEqual(['org/b unfinished 111']);
  });
});

describe('gc --max-size', () => {
  const repos = { 'org/new': one(100, 1), 'org/old': one(100, 30), 'org/older': one(100, 60) };

  it('takes what was used least recently, until it fits', () => {
    expect(gc(repos, { maxBytes: 250 }).gone).toEqual(['org/older revision 111']);
    expect(gc(repos, { maxBytes: 200 }).gone).toEqual(['org/older revision 111']);
    expect(gc(repos, { maxBytes: 199 }).gone).toEqual(['org/older revision 111', 'org/old revision 111']);
    expect(gc(repos, { maxBytes: 300 }).gone).toEqual([]);
  });

  it('never takes what a process holds, what was used within the grace, or what shall be kept', () => {
    const rules = {
      maxBytes: 0,
      held: new Set(['models--org--older']),
      keep: new Set(['models--org--old']),
      graceMs: 2 * dayMs,
    };
    expect(gc(repos, rules)).toMatchObject({
      gone: [],
      kept: ['org/older revision in-use', 'org/old revision asked-for', 'org/new revision recently-used'],
      bytesAfter: 300,
    });
  });

  it('counts what two repos share once: it goes with the second', () => {
    const blobs = { a: { size: 100, links: 2, inode: 'same' } };
    const share = (days: number): RepoInMemory => ({
      blobs,
      revisions: { 1: { files: { a: 'a' }, ageMs: days * dayMs } },
    });
    const shared = { 'org/a': share(9), 'org/b': share(8), 'org/c': one(50, 1) };
    expect(gc(shared, { maxBytes: 149 })).toMatchObject({
      gone: ['org/a revision 111', 'org/b revision 111'],
      bytesBefore: 150,
      bytesAfter: 50,
    });
  });

  it('leaves what would go for nothing, since something that stays has all its bytes', () => {
    const blobs = { a: { size: 100, links: 2, inode: 'same' } };
    const share = (days: number): RepoInMemory => ({
      blobs,
      revisions: { 1: { files: { a: 'a' }, ageMs: days * dayMs } },
    });
    const shared = { 'org/a': share(9), 'org/b': share(8), 'org/c': one(50, 1) };
    const keep = new Set(['models--org--b']);
    expect(gc(shared, { maxBytes: 0, keep })).toMatchObject({ gone: ['org/c revision 111'], bytesAfter: 100 });
    expect(gc(shared, { olderThanMs: 2 * dayMs, keep }).gone).toEqual(['org/a revision 111']);
  });

  it('counts an unfinished download as a revision', () => {
    const unfinished: RepoInMemory = {
      blobs: { a: 100 },
      partials: { p: { bytes: 20, ageMs: 5 * dayMs } },
      requests: { 1: { blobs: ['a'], partials: ['p'], ageMs: 5 * dayMs } },
    };
    expect(gc({ 'org/part': unfinished, ...repos }, { maxBytes: 220 }).gone).toEqual([
      'org/older revision 111',
      'org/old revision 111',
    ]);
    expect(gc({ 'org/part': unfinished, ...repos }, { maxBytes: 100 })).toMatchObject({ bytesAfter: 100 });
  });

  it('begins with what is left over', () => {
    const leftover: RepoInMemory = { blobs: { orphan: { size: 150, ageMs: 2 * hourMs } } };
    expect(gc({ ...repos, 'org/z': leftover }, { maxBytes: 300 }).gone).toEqual(['org/z blob orphan']);
  });

  it('tells when it goes by access times', () => {
    const repo: RepoInMemory = {
      blobs: { a: 1 },
      revisions: { 1: { files: { a: 'a' }, ageMs: dayMs, by: 'access-time' } },
    };
    expect(gc({ 'org/a': repo }, { maxBytes: 0 }).basedOnAccessTime).toBe(true);
    expect(gc(repos, { maxBytes: 0 }).basedOnAccessTime).toBe(false);
  });
});

describe('gc --older-than', () => {
  it('takes what was not used for longer, whatever the size', () => {
    const repos = { 'org/new': one(100, 1), 'org/old': one(100, 30) };
    expect(gc(repos, { olderThanMs: 7 * dayMs })).toMatchObject({ gone: ['org/old revision 111'], bytesAfter: 100 });
    expect(gc(repos, { olderThanMs: 90 * dayMs }).gone).toEqual([]);
  });
});

describe('gc', () => {
  it('ends under the limit, or has taken all that it may: whatever the revisions share', () => {
    const blobNames = ['a', 'b', 'c', 'd'];
    const revision = fc.record({
      files: fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.constantFrom(...blobNames), { minKeys: 1 }),
      ageMs: fc.integer({ min: 0, max: 100 * dayMs }),
    });
    const repo = fc.record({
      blobs: fc.constant({
        a: { size: 7, ageMs: dayMs },
        b: { size: 11, ageMs: dayMs },
        c: { size: 13, ageMs: dayMs },
        d: { size: 17, ageMs: dayMs },
      }),
      revisions: fc.dictionary(fc.constantFrom('1', '2', '3'), revision),
    });
    const property = fc.property(fc.array(repo, { maxLength: 4 }), fc.nat(200), (repos, maxBytes) => {
      const inventory = inventoryOf(Object.fromEntries(repos.map((it, index) => [`org/r${String(index)}`, it])));
      const choice = chooseForGc(inventory, { ...nothingAsked, maxBytes });
      expect(choice.bytesAfter).toBeGreaterThanOrEqual(0);
      expect(choice.bytesAfter).toBeLessThanOrEqual(bytesOfCache(inventory));
      if (choice.bytesAfter > maxBytes) expect(choice.kept.length).toBeGreaterThan(0);
      expect(choice.kept.every(({ reason }) => reason === 'recently-used')).toBe(true);
    });
    fc.assert(property);
  });
});
