import { describe, expect, it } from 'vitest';
import { type Target, planRemoval } from '../../src/retention/removal.js';
import { Space } from '../../src/retention/space.js';
import { commitOf } from '../support/cache-builder.js';
import { nowMs, repoOf } from './support.js';

function revision(digit: string): Target {
  return { kind: 'revision', commit: commitOf(digit) };
}

const twoRevisions = {
  blobs: { shared: 100, old: 10, new: 20 },
  revisions: {
    1: { files: { 'model.bin': 'shared', 'config.json': 'old', 'copy.json': 'old' } },
    2: { files: { 'model.bin': 'shared', 'config.json': 'new' }, refs: ['main'] },
  },
};

function namesOf({ blobs }: { blobs: readonly { name: string }[] }): string[] {
  return blobs.map(({ name }) => name).sort();
}

describe('the removal of a revision', () => {
  it('frees what no other revision needs, and tells what stays', () => {
    const removal = planRemoval(repoOf('org/a', twoRevisions), [revision('1')]);
    expect(namesOf(removal)).toEqual(['old']);
    expect(removal.items).toMatchObject([
      { what: 'revision', commit: commitOf('1'), bytes: 10, stays: [{ reason: 'needed', files: 1, bytes: 100 }] },
    ]);
    expect(removal).toMatchObject({ folder: 'stays', forgotten: [commitOf('1')] });
  });

  it('together with the other one frees what both have, and the repo is gone', () => {
    const removal = planRemoval(repoOf('org/a', twoRevisions), [revision('1'), revision('2')]);
    expect(namesOf(removal)).toEqual(['new', 'old', 'shared']);
    expect(removal.items.map(({ bytes }) => bytes)).toEqual([10, 120]);
    expect(removal.folder).toBe('goes-if-empty');
  });

  it('leaves what an unfinished download of another commit has', () => {
    const repo = repoOf('org/a', { ...twoRevisions, requests: { 3: { blobs: ['old'] } } });
    expect(namesOf(planRemoval(repo, [revision('1')]))).toEqual([]);
  });

  it('of which a download is unfinished leaves that, and its records', () => {
    const repo = repoOf('org/a', { ...twoRevisions, requests: { 1: { blobs: ['old'] } } });
    expect(planRemoval(repo, [revision('1')])).toMatchObject({ blobs: [], forgotten: [], unfinished: [] });
  });

  it('frees nothing of what another repo shares, until both go', () => {
    const blobs = { w: { size: 100, links: 2, inode: 'same' } };
    const about = { blobs, revisions: { 1: { files: { w: 'w' } } } };
    const [a, b] = [repoOf('org/a', about), repoOf('org/b', about)];
    const space = new Space();
    expect(planRemoval(a, [revision('1')], space).items).toMatchObject([
      { bytes: 0, stays: [{ reason: 'hard-linked', files: 1, bytes: 100 }] },
    ]);
    expect(planRemoval(b, [revision('1')], space).items).toMatchObject([{ bytes: 100, stays: [] }]);
  });

  it("frees nothing of Python's shared store", () => {
    const blobs = { w: { size: 100, inStore: true as const } };
    const repo = repoOf('org/a', { blobs, revisions: { 1: { files: { w: 'w' } } } });
    expect(planRemoval(repo, [revision('1')]).items).toMatchObject([
      { bytes: 0, stays: [{ reason: 'shared-store', files: 1, bytes: 100 }] },
    ]);
  });

  it('spares one that was used since it was chosen, or that a ref names now', () => {
    const repo = repoOf('org/a', twoRevisions);
    const used = planRemoval(repo, [{ kind: 'revision', commit: commitOf('1'), usedMs: nowMs - 1 }]);
    const named = planRemoval(repo, [{ kind: 'revision', commit: commitOf('2'), nameless: true }]);
    for (const removal of [used, named]) expect(removal).toMatchObject({ items: [], revisions: [], spared: [{}] });
  });

  it('that is not there any more is nothing', () => {
    expect(planRemoval(repoOf('org/a', twoRevisions), [revision('9')])).toMatchObject({ items: [], blobs: [] });
  });
});

describe('the removal of a file', () => {
  const file = (digit: string, path: string): Target => ({ kind: 'file', commit: commitOf(digit), path });

  it('out of all revisions frees its blob', () => {
    const removal = planRemoval(repoOf('org/a', twoRevisions), [file('1', 'model.bin'), file('2', 'model.bin')]);
    expect(namesOf(removal)).toEqual(['shared']);
    expect(removal.items.map(({ bytes }) => bytes)).toEqual([0, 100]);
    expect(removal).toMatchObject({ revisions: [], entries: [{}, {}], folder: 'stays', forgotten: [] });
  });

  it('leaves the blob that another file of the revision has', () => {
    const removal = planRemoval(repoOf('org/a', twoRevisions), [file('1', 'copy.json')]);
    expect(removal).toMatchObject({ blobs: [], entries: [{ entry: { path: 'copy.json' } }] });
  });

  it('that is the last of a revision takes the revision, and its refs', () => {
    const repo = repoOf('org/a', { blobs: { a: 1 }, revisions: { 1: { files: { 'sub/a': 'a' }, refs: ['main'] } } });
    const removal = planRemoval(repo, [file('1', 'sub/')]);
    expect(removal).toMatchObject({ revisions: [{ refs: ['main'] }], entries: [], folder: 'goes-if-empty' });
  });

  it('of a revision that goes too is no second removal', () => {
    const removal = planRemoval(repoOf('org/a', twoRevisions), [file('1', 'model.bin'), revision('1')]);
    expect(namesOf(removal)).toEqual(['old']);
    expect(removal.items).toHaveLength(1);
  });
});

describe('the removal of what is unfinished', () => {
  const about = {
    blobs: { arrived: 10, shared: 100 },
    revisions: { 1: { files: { a: 'shared' } } },
    requests: { 1: { blobs: ['arrived'], partials: ['p'] }, 2: { blobs: ['shared'] } },
    partials: { p: { bytes: 5 }, lone: { bytes: 7 } },
  };

  it('takes what has arrived and nobody else needs', () => {
    const removal = planRemoval(repoOf('org/a', about), [
      { kind: 'unfinished', commit: commitOf('1') },
      { kind: 'unfinished', commit: commitOf('2') },
      { kind: 'partial', path: 'lone' },
    ]);
    expect(namesOf(removal)).toEqual(['arrived']);
    expect(removal.partials.map(({ path }) => path)).toEqual(['p', 'lone']);
    expect(removal.items.map(({ bytes }) => bytes)).toEqual([15, 0, 7]);
    expect(removal).toMatchObject({ unfinished: [commitOf('1')], forgotten: [commitOf('2')] });
  });
});

describe('the removal of a repo', () => {
  it('takes all of it, also what nothing names', () => {
    const repo = repoOf('org/a', {
      ...twoRevisions,
      blobs: { ...twoRevisions.blobs, orphan: 1 },
      partials: { p: { bytes: 5 } },
    });
    const removal = planRemoval(repo, [{ kind: 'repo' }, revision('1')]);
    expect(removal).toMatchObject({ items: [{ what: 'repo', bytes: 136 }], folder: 'all' });
    expect(removal.revisions).toHaveLength(2);
  });
});

describe('what a killed removal has left', () => {
  it('goes with any removal, but for blobs that something needs by now', () => {
    const repo = repoOf('org/a', {
      ...twoRevisions,
      blobs: { ...twoRevisions.blobs, left: 3 },
      discarded: { 5: ['left', 'old'] },
    });
    const removal = planRemoval(repo, []);
    expect(namesOf(removal)).toEqual(['left']);
    expect(removal).toMatchObject({
      items: [{ what: 'leftover', bytes: 3, stays: [{ reason: 'needed' }] }],
      forgotten: [commitOf('5')],
    });
  });

  it('of a commit that is here again leaves its records', () => {
    const repo = repoOf('org/a', { ...twoRevisions, discarded: { 1: ['old'] } });
    expect(planRemoval(repo, [])).toMatchObject({ blobs: [], forgotten: [] });
  });
});
