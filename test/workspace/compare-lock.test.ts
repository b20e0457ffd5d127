import { describe, expect, it } from 'vitest';
import { LockStale, compareLock, describeDifference } from '../../src/workspace/compare-lock.js';
import type { Entry, LockedEntry } from '../../src/workspace/entry.js';
import { entryOf, lockedOf } from './locked.js';

const dataset = { repo: { type: 'dataset', name: 'org/data' } } as const;

function differences(wanted: readonly Entry[], locked: readonly LockedEntry[]): string[] {
  return compareLock({ endpoints: [], entries: wanted }, { entries: locked }).map(describeDifference);
}

describe('compareLock', () => {
  it('finds nothing where each entry is locked, in whichever order and way it is written', () => {
    const wanted = [entryOf(dataset), entryOf({ weights: { framework: 'all' } })];
    expect(differences(wanted, [lockedOf(), lockedOf(dataset)])).toEqual([]);
  });

  it('names what is not locked, and what is not wanted any more', () => {
    expect(differences([entryOf(dataset)], [lockedOf({ revision: 'v1' })])).toEqual([
      'datasets/org/data is in hub.toml, and not locked',
      'facebook/opt-13b@v1 is locked, and not in hub.toml any more',
    ]);
  });

  it('names the filters that are not those of the lock', () => {
    const wanted = entryOf({ include: ['*.json'], weights: { framework: 'safetensors' } });
    const locked = lockedOf({ include: ['*.txt'], localDir: 'models/x' });
    expect(differences([wanted], [locked])).toEqual([
      'facebook/opt-13b is locked with other filters: include, framework, local-dir',
    ]);
  });

  it('of several entries of one repo compares only those that have no equal', () => {
    const json = { include: ['*.json'] };
    const texts = { include: ['*.txt'] };
    const both = [entryOf(json), entryOf(texts)];
    expect(differences(both, [lockedOf(texts)])).toEqual(['facebook/opt-13b is in hub.toml, and not locked']);
    expect(differences([entryOf(texts)], [lockedOf(json), lockedOf(texts)])).toEqual([
      'facebook/opt-13b is locked, and not in hub.toml any more',
    ]);
  });

  it('of another revision makes another entry', () => {
    expect(differences([entryOf({ revision: 'v2' })], [lockedOf({ revision: 'v1' })])).toHaveLength(2);
  });
});

describe('LockStale', () => {
  it('tells the first difference, how many more there are, and what to do', () => {
    const found = compareLock({ endpoints: [], entries: [entryOf(dataset)] }, { entries: [lockedOf()] });
    expect(new LockStale('hub.lock', found)).toMatchObject({
      exitCode: 9,
      message: 'hub.lock does not fit hub.toml: datasets/org/data is in hub.toml, and not locked, and 1 more',
      hint: 'Run "hub lock".',
    });
    expect(new LockStale('hub.lock', []).message).toBe('hub.lock is not there');
  });
});
