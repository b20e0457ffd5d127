import { expect, it } from 'vitest';
import type { LockedEntry } from '../../src/workspace/entry.js';
import { lockChanges } from '../../src/workspace/lock-changes.js';
import { commitOf } from '../cache/support.js';
import { lockedFile, lockedOf } from './locked.js';

const changes = (before: readonly LockedEntry[], after: readonly LockedEntry[]) =>
  lockChanges({ entries: before }, after);

it('tells what came, went and stayed', () => {
  const other = lockedOf({ revision: 'v1' });
  const added = lockedOf({ revision: 'v2' });
  expect(changes([lockedOf(), other], [lockedOf(), added])).toEqual([
    { state: 'kept', entry: lockedOf() },
    { state: 'added', entry: added },
    { state: 'removed', entry: other },
  ]);
});

it('counts the files that a new commit brings, changes and drops', () => {
  const before = lockedOf({ files: [lockedFile('a'), lockedFile('b', { size: 5 }), lockedFile('c')] });
  const after = lockedOf({
    commit: commitOf('d'),
    files: [lockedFile('a'), lockedFile('b', { content: 'other', size: 7 }), lockedFile('d', { size: 100 })],
  });
  expect(changes([before], [after])).toEqual([
    {
      state: 'changed',
      entry: after,
      before,
      added: { files: 1, bytes: 100 },
      changed: { files: 1, bytes: 7 },
      removed: { files: 1, bytes: 10 },
    },
  ]);
});

it('calls a commit that moved without a file of the selection a change too', () => {
  const moved = lockedOf({ commit: commitOf('d') });
  expect(changes([lockedOf()], [moved])).toMatchObject([{ state: 'changed', added: { files: 0 } }]);
});

it('calls other filters that select the same files a change', () => {
  expect(changes([lockedOf()], [lockedOf({ include: ['*.json'] })])).toMatchObject([{ state: 'changed' }]);
});
