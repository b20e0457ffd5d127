import { describe, expect, it } from 'vitest';
import { type ListedFile, asCommitHash } from '../../src/repo/listing.js';
import type { Blob, CachedRepo, Content, PartialFile } from '../../src/retention/inventory.js';
import { judgeLeftover } from '../../src/retention/leftovers.js';
import {
  type DanglingEntry,
  type KnownRevision,
  type VerificationPlan,
  judgeSize,
  planVerification,
  problemsOf,
} from '../../src/retention/verification.js';

const commit = asCommitHash('c'.repeat(40)) ?? expect.fail();
const a = 'a'.repeat(64);
const b = 'b'.repeat(64);

function content(inode: string, size = 10): Content {
  return { size, inode: `1:${inode}`, links: 1, modifiedMs: 0, accessedMs: 0 };
}

function blob(name: string, size = 10): [string, Blob] {
  return [name, { ...content(name, size), name, isInStore: false }];
}

function listed(path: string, hex: string, size = 10): ListedFile {
  return { path, size, digest: { algorithm: 'sha256', hex }, gitOid: '0'.repeat(40) };
}

/** A repo with these blobs, and one revision with these entries: path to the name of its blob, or undefined. */
function repoOf(blobs: [string, Blob][], entries: Record<string, string | undefined>): CachedRepo {
  return {
    repo: { type: 'model', name: 'org/name' },
    folder: 'models--org--name',
    path: '/cache/models--org--name',
    blobs: new Map(blobs),
    revisions: [
      {
        commit,
        path: `/cache/models--org--name/snapshots/${commit}`,
        entries: Object.entries(entries).map(([path, name]) => ({
          path,
          blob: name,
          isLink: name !== undefined,
          content: content(name ?? path),
        })),
        refs: ['main'],
        lastUsedMs: 0,
        lastUsedBy: 'record',
        modifiedMs: 0,
      },
    ],
    refs: [{ name: 'main', commit }],
    partials: [],
    requests: [],
    discarded: [],
    findings: [],
  };
}

function planOf(
  repo: CachedRepo,
  known: Omit<KnownRevision, 'commit'>,
  dangling: readonly DanglingEntry[] = [],
): VerificationPlan {
  return planVerification(repo, { known: [{ commit, ...known }], dangling });
}

function told({ problems }: VerificationPlan): string[] {
  return problems.map(({ state, path }) => `${state} ${path ?? ''}`);
}

describe('what of a repo is to be read', () => {
  it('is every blob that bears a digest, with the paths that lead to it', () => {
    const plan = planOf(repoOf([blob(a), blob('notes.txt')], { 'x.bin': a, 'y.bin': a }), {
      listing: [listed('x.bin', a), listed('y.bin', a)],
      wanted: 'all',
    });
    expect(plan.problems).toEqual([]);
    expect(plan.checks.map(({ expected, expectedSize, places }) => [expected.hex, expectedSize, places])).toEqual([
      [
        a,
        10,
        [
          { path: 'x.bin', revisions: [commit] },
          { path: 'y.bin', revisions: [commit] },
        ],
      ],
    ]);
  });

  it('is a regular file without a blob too, by the listing', () => {
    const plan = planOf(repoOf([], { 'x.bin': undefined }), { listing: [listed('x.bin', a)], wanted: undefined });
    expect(plan.checks).toMatchObject([
      { location: `/cache/models--org--name/snapshots/${commit}/x.bin`, expected: { hex: a } },
    ]);
  });
});

describe('what is wrong with a repo before anything is read', () => {
  const entry = { path: 'x.bin', commit, location: '/x' };
  const cases: { name: string; plan: () => VerificationPlan; finds: string[] }[] = [
    {
      name: 'nothing, where a filter left a file out',
      plan: () =>
        planOf(repoOf([blob(a)], { 'x.bin': a }), {
          listing: [listed('x.bin', a), listed('y', b)],
          wanted: new Set(['x.bin']),
        }),
      finds: [],
    },
    {
      name: 'nothing, while no request is completed',
      plan: () => planOf(repoOf([], {}), { listing: [listed('x.bin', a)], wanted: new Set() }),
      finds: [],
    },
    {
      name: 'a file that was asked for and is not there',
      plan: () => planOf(repoOf([], {}), { listing: [listed('x.bin', a)], wanted: 'all' }),
      finds: ['missing x.bin'],
    },
    {
      name: 'the same without a listing',
      plan: () => planOf(repoOf([], {}), { listing: undefined, wanted: new Set(['x.bin']) }),
      finds: ['missing x.bin'],
    },
    {
      name: 'a listed file of which nobody knows whether it was asked for: told',
      plan: () => planOf(repoOf([], {}), { listing: [listed('x.bin', a)], wanted: undefined }),
      finds: ['not-here x.bin'],
    },
    {
      name: 'a listed file whose blob no revision has any more',
      plan: () => planOf(repoOf([blob(a)], {}), { listing: [listed('x.bin', a)], wanted: undefined }),
      finds: ['missing x.bin'],
    },
    {
      name: 'a link to another blob than the listing has',
      plan: () => planOf(repoOf([blob(a), blob(b)], { 'x.bin': b }), { listing: [listed('x.bin', a)], wanted: 'all' }),
      finds: ['wrong-link x.bin'],
    },
    {
      name: 'a link to nothing, and no second line for the same file',
      plan: () => planOf(repoOf([], {}), { listing: [listed('x.bin', a)], wanted: 'all' }, [{ ...entry, blob: a }]),
      finds: ['dangling x.bin'],
    },
    {
      name: 'a file that its commit does not have: told',
      plan: () => planOf(repoOf([blob(a)], { 'x.bin': a }), { listing: [], wanted: 'all' }),
      finds: ['foreign x.bin'],
    },
    {
      name: 'a regular file whose digest nobody knows: told',
      plan: () => planOf(repoOf([], { 'x.bin': undefined }), { listing: undefined, wanted: undefined }),
      finds: ['unknown x.bin'],
    },
  ];
  it.each(cases)('$name', ({ plan, finds }) => {
    expect(told(plan())).toEqual(finds);
  });
});

describe('what the size alone says', () => {
  const check = { location: '/x', expected: { algorithm: 'sha256', hex: a }, places: [] } as const;
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  it.each([
    { size: 10, expectedSize: 10, says: undefined },
    { size: 9, expectedSize: 10, says: 'short' },
    { size: 11, expectedSize: 10, says: 'corrupt' },
    { size: 11, expectedSize: undefined, says: undefined },
    { size: 0, expectedSize: undefined, says: 'short' },
  ])('of $size bytes instead of $expectedSize: $says', ({ size, expectedSize, says }) => {
    expect(judgeSize({ ...check, content: content('1', size), expectedSize })?.state).toBe(says);
  });

  it('of an empty file that shall be empty: nothing', () => {
    const expected = { algorithm: 'sha256', hex: empty } as const;
    expect(judgeSize({ ...check, expected, content: content('1', 0), expectedSize: undefined })).toBeUndefined();
  });

  it('is told of a blob that no revision names, too', () => {
    const problems = problemsOf(
      { ...check, content: content('1'), expectedSize: 11 },
      { state: 'short', reason: 'for a test' },
    );
    expect(problems).toMatchObject([{ path: undefined, revisions: [], location: '/x' }]);
  });
});

describe('an unfinished file', () => {
  const partial: PartialFile = {
    path: '/p',
    blob: a,
    tool: 'hub',
    writer: '0'.repeat(16),
    bytesHere: 1,
    size: 10,
    bytesOnDisk: 1,
    modifiedMs: 0,
  };
  const unfinished = { commit, revision: 'main', begunMs: 0, blobs: [], partials: [], touchedMs: 0 };
  const bad = problemsOf(
    { location: '/x', expected: { algorithm: 'sha256', hex: a }, expectedSize: 10, places: [], content: content('1') },
    { state: 'corrupt', reason: 'for a test' },
  );

  it('of a blob that is there is needless, but not where that blob is bad', () => {
    const repo = repoOf([blob(a)], {});
    expect(judgeLeftover(partial, repo, [])).toBe('of-whole-file');
    expect(judgeLeftover(partial, repo, bad)).toBe('work');
  });

  it('of another blob is work, if any request is unfinished, or another tool left it', () => {
    const repo = repoOf([], {});
    expect(judgeLeftover(partial, { ...repo, requests: [unfinished] }, [])).toBe('work');
    expect(judgeLeftover({ ...partial, tool: 'python', writer: undefined }, repo, [])).toBe('work');
    expect(judgeLeftover(partial, repo, [])).toBe('unwanted');
  });
});
