import { describe, expect, it } from 'vitest';
import { type PruneRules, chooseForPrune } from '../../src/retention/prune.js';
import { dayMs, hourMs } from '../support/cache-builder.js';
import { type RepoInMemory, inventoryOf, nowMs, wordsOf } from './support.js';

function prune(repo: RepoInMemory, rules: Partial<PruneRules> = {}): { gone: string[]; kept: string[] } {
  const all = { nowMs, graceMs: hourMs, held: new Set<string>(), all: false, ...rules };
  const { targets, kept } = chooseForPrune(inventoryOf({ 'org/a': repo }), all);
  return { gone: wordsOf(targets), kept: kept.map(({ part, reason }) => `${part.kind} ${reason}`) };
}

const file = { blobs: { a: 1 } };
const nameless = (ageMs: number): RepoInMemory => ({ ...file, revisions: { 1: { files: { a: 'a' }, ageMs } } });

describe('prune', () => {
  it('takes a revision that no ref names and nobody used for 30 days', () => {
    expect(prune(nameless(31 * dayMs))).toEqual({ gone: ['org/a revision 111'], kept: [] });
    expect(prune(nameless(29 * dayMs))).toEqual({ gone: [], kept: ['revision young'] });
  });

  it('never takes one that a ref names', () => {
    const repo = { ...file, revisions: { 1: { files: { a: 'a' }, refs: ['main'], ageMs: 900 * dayMs } } };
    expect(prune(repo, { all: true })).toEqual({ gone: [], kept: [] });
  });

  it('with --all takes it at any age, but not what was used within the grace', () => {
    expect(prune(nameless(2 * hourMs), { all: true }).gone).toEqual(['org/a revision 111']);
    expect(prune(nameless(hourMs / 2), { all: true })).toEqual({ gone: [], kept: ['revision recently-used'] });
    expect(prune(nameless(0), { all: true, graceMs: 0 }).gone).toEqual(['org/a revision 111']);
  });

  it('leaves alone what a process holds', () => {
    const held = new Set(['models--org--a']);
    expect(prune(nameless(31 * dayMs), { held })).toEqual({ gone: [], kept: ['revision in-use'] });
  });

  it('takes an unfinished download that nobody touched for 7 days', () => {
    const unfinished = (ageMs: number): RepoInMemory => ({ ...file, requests: { 1: { blobs: ['a'], ageMs } } });
    expect(prune(unfinished(8 * dayMs)).gone).toEqual(['org/a unfinished 111']);
    expect(prune(unfinished(6 * dayMs))).toEqual({ gone: [], kept: ['unfinished young'] });
    expect(prune(unfinished(6 * dayMs), { all: true }).gone).toEqual(['org/a unfinished 111']);
  });

  it('takes a partial file by its own age only where no download asks for it', () => {
    const partials = { p: { bytes: 5, ageMs: 8 * dayMs } };
    expect(prune({ partials }).gone).toEqual(['org/a partial p']);
    expect(prune({ partials, requests: { 1: { blobs: [], partials: ['p'], ageMs: dayMs } } }).gone).toEqual([]);
  });

  it.each([
    { what: 'a blob that nothing names', repo: (ageMs: number) => ({ blobs: { a: { size: 1, ageMs } } }) },
    {
      what: "Python's unfinished file",
      repo: (ageMs: number) => ({ partials: { p: { bytes: 5, tool: 'python' as const, ageMs } } }),
    },
  ])('takes $what after an hour, whatever is asked', ({ repo }) => {
    expect(prune(repo(2 * hourMs)).gone).toHaveLength(1);
    expect(prune(repo(hourMs / 2), { all: true, graceMs: 0 }).kept).toEqual([
      expect.stringMatching(/^(?:blob|partial) somebody-at-work$/),
    ]);
  });

  it('leaves a repo alone in which Python fetches this very minute', () => {
    const partials = { p: { bytes: 5, tool: 'python' as const, ageMs: 1000 } };
    expect(prune({ ...nameless(31 * dayMs), partials }).kept).toEqual(['revision in-use', 'partial in-use']);
  });

  it('visits a repo of which nothing is left but a killed removal', () => {
    const { targets } = chooseForPrune(inventoryOf({ 'org/a': {}, 'org/b': nameless(0) }), {
      nowMs,
      graceMs: 0,
      held: new Set(),
      all: false,
    });
    expect([...targets.keys()].map(({ repo }) => repo.name)).toEqual(['org/a']);
  });
});
