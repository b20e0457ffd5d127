import { describe, expect, it } from 'vitest';
import type { Standing } from '../../src/local-dir/judge.js';
import { type OnRecord, judgeRecorded } from '../../src/local-dir/recorded.js';
import { bytesOf, sha256Of } from '../transfer/fakes.js';

const ours = sha256Of(bytesOf(10, 1));
const theirs = sha256Of(bytesOf(10, 2));
const record = { size: 10, mtimeMs: 5000, digest: ours };
const noteOf = (digest = theirs, atMs = 9000) => ({ digest, atMs });
const file = (size: number, mtimeMs: number, isLink = false): Standing => ({ kind: 'file', size, mtimeMs, isLink });

const cases: { name: string; standing: Standing; known: Partial<OnRecord>; is: string }[] = [
  { name: 'nothing there', standing: { kind: 'nothing' }, known: { record }, is: 'missing' },
  { name: 'a folder there', standing: { kind: 'in-the-way' }, known: { record }, is: 'changed' },
  { name: 'looks as our record', standing: file(10, 5000), known: { record }, is: 'ours else corrupt' },
  { name: "a link of the user's", standing: file(10, 5000, true), known: { record }, is: 'ours else changed' },
  { name: 'touched, or copied', standing: file(10, 6000), known: { record }, is: 'ours else changed' },
  { name: 'of another size', standing: file(11, 6000), known: { record }, is: 'changed' },
  {
    name: "not newer than Python's note",
    standing: file(11, 9500),
    known: { note: noteOf() },
    is: 'theirs else corrupt',
  },
  {
    name: "newer than Python's note",
    standing: file(11, 19_000),
    known: { note: noteOf() },
    is: 'theirs else changed',
  },
  {
    name: 'Python came after us',
    standing: file(11, 8000),
    known: { record, note: noteOf() },
    is: 'theirs else corrupt',
  },
  {
    name: 'edited within the second of our own note',
    standing: file(11, 5500),
    known: { record, note: noteOf(ours, 5000) },
    is: 'changed',
  },
];

describe('judgeRecorded', () => {
  it.each(cases)('$name: $is', ({ standing, known, is }) => {
    const state = judgeRecorded(standing, { record: undefined, note: undefined, ...known });
    const told =
      state.is === 'to-read'
        ? `${state.expected.hex === ours.hex ? 'ours' : 'theirs'} else ${state.otherwise}`
        : state.is;
    expect(told).toBe(is);
  });
});
