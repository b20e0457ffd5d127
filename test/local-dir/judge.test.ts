import { describe, expect, it } from 'vitest';
import { type Evidence, type Standing, judge } from '../../src/local-dir/judge.js';
import type { Digest } from '../../src/repo/digest.js';
import type { ListedFile } from '../../src/repo/listing.js';
import { bytesOf, gitSha1Of, sha256Of } from '../transfer/fakes.js';

const content = bytesOf(5000);
const wantedDigest = sha256Of(content);
const size = content.length;
const other = sha256Of(bytesOf(5000, 2));
const third = sha256Of(bytesOf(5000, 3));
const file: ListedFile = { path: 'model.bin', size, digest: wantedDigest, gitOid: 'a'.repeat(40) };
const gitDigest = gitSha1Of(content);
const gitFile: ListedFile = { path: 'config.json', size, digest: gitDigest, gitOid: gitDigest.hex };

const mtimeMs = 1_700_000_000_000;
const standing = (overrides: Partial<Extract<Standing, { kind: 'file' }>> = {}): Standing => ({
  kind: 'file',
  size,
  mtimeMs,
  isLink: false,
  ...overrides,
});
const record = (overrides = {}) => ({ size, mtimeMs, digest: wantedDigest, ...overrides });
const python = (overrides = {}) => ({ etag: wantedDigest.hex, atMs: mtimeMs + 5, ...overrides });
const read = (...digests: Digest[]) => ({ digests, pointerTo: undefined });
const pointer = (hex: string) => ({ digests: [], pointerTo: hex });

function judged(evidence: Partial<Evidence>, { of = file, force = false } = {}) {
  const nothingKnown = { record: undefined, python: undefined, isUnfinishedByAria2: false, content: undefined };
  return judge(of, { standing: standing(), ...nothingKnown, ...evidence }, { force });
}

const right = { is: 'right' };
const adopted = { is: 'adopted' };
const wanted = { is: 'wanted', seedBytes: 0 };
const kept = { is: 'kept' };
const unclear = (...algorithms: string[]) => ({ is: 'unclear', algorithms });
const newer = { mtimeMs: mtimeMs + 60_000 };

describe('what stands at a file’s place, without a look at its bytes', () => {
  it.each<[string, Partial<Evidence>, object]>([
    ['nothing', { standing: { kind: 'nothing' } }, wanted],
    ['a folder', { standing: { kind: 'in-the-way' } }, { is: 'blocked' }],
    ['a link into the cache', { standing: { kind: 'cache-link' } }, wanted],
    ['a link to no file', { standing: { kind: 'link' } }, kept],
    ['ours, untouched, of this digest', { record: record() }, right],
    ['ours, untouched, of another digest', { record: record({ digest: other }) }, wanted],
    ['ours behind a link of the user’s', { standing: standing({ isLink: true }), record: record() }, right],
    [
      'an old one of ours behind a link of the user’s',
      { standing: standing({ isLink: true }), record: record({ digest: other }) },
      kept,
    ],
    ['Python’s, untouched, of this etag', { python: python() }, adopted],
    ['Python’s, older than its note', { python: python({ atMs: mtimeMs + 1e9 }) }, adopted],
    ['Python’s, within its slack of a second', { python: python({ atMs: mtimeMs - 1000 }) }, adopted],
    ['Python’s, untouched, of another etag', { python: python({ etag: other.hex }) }, wanted],
    [
      'an older one of ours that Python has replaced',
      { record: record({ digest: other, mtimeMs: 1 }), python: python() },
      adopted,
    ],
  ])('%s', (_, evidence, verdict) => {
    expect(judged(evidence)).toEqual(verdict);
  });

  it.each<[string, Partial<Evidence>, object]>([
    ['of the right size, unknown', {}, unclear('sha256')],
    ['ours, written to since', { standing: standing(newer), record: record() }, unclear('sha256')],
    [
      'ours, of another time, and Python’s note is our own',
      { standing: standing({ mtimeMs: 1 }), record: record(), python: python() },
      unclear('sha256'),
    ],
    [
      'Python’s, written to since',
      { standing: standing(newer), python: python({ etag: gitDigest.hex }) },
      unclear('sha256', 'git-sha1'),
    ],
    [
      'Python’s by its time, of another size',
      { standing: standing({ size: 4000 }), python: python() },
      unclear('sha256'),
    ],
    [
      'ours by its size, of another commit',
      { standing: standing({ size: 99, mtimeMs: 1 }), record: record({ size: 99, digest: other }) },
      unclear('sha256'),
    ],
    ['so small that it may be a pointer', { standing: standing({ size: 130 }) }, unclear()],
  ])('%s: must be read', (_, evidence, question) => {
    expect(judged(evidence)).toEqual(question);
  });

  it('does not take a small file of git’s for a pointer', () => {
    expect(judged({ standing: standing({ size: 130 }) }, { of: gitFile })).toEqual({ is: 'wanted', seedBytes: 130 });
  });
});

describe('what stands at a file’s place, once it is read', () => {
  it.each<[string, Partial<Evidence>, object]>([
    ['unknown, the right bytes', { content: read(wantedDigest) }, adopted],
    ['unknown, others of the same size', { content: read(other) }, kept],
    ['unknown, longer', { standing: standing({ size: size + 1 }) }, kept],
    ['unknown, shorter', { standing: standing({ size: 4999 }) }, { is: 'wanted', seedBytes: 4999 }],
    ['unknown, empty', { standing: standing({ size: 0 }), content: read() }, wanted],
    ['the pointer of this file', { standing: standing({ size: 130 }), content: pointer(wantedDigest.hex) }, wanted],
    [
      'the pointer of another, which is shorter',
      { standing: standing({ size: 130 }), content: pointer(other.hex) },
      wanted,
    ],
    [
      'ours, touched, the right bytes',
      { standing: standing(newer), record: record(), content: read(wantedDigest) },
      adopted,
    ],
    [
      'ours, touched, as it was put there for another commit',
      { standing: standing(newer), record: record({ digest: other }), content: read(other) },
      wanted,
    ],
    ['ours, edited', { standing: standing(newer), record: record(), content: read(third) }, kept],
    ['ours, edited, and now shorter', { standing: standing({ ...newer, size: 4000 }), record: record() }, kept],
    [
      'ours, and the user has put the pointer back',
      { standing: standing({ ...newer, size: 130 }), record: record(), content: pointer(wantedDigest.hex) },
      wanted,
    ],
    ['Python’s, edited', { standing: standing(newer), python: python(), content: read(third) }, kept],
    [
      'Python’s, edited, and now shorter',
      { standing: standing({ ...newer, size: 4000 }), python: python(), content: read(third) },
      kept,
    ],
    [
      'Python’s, copied, of another commit',
      { standing: standing({ ...newer, size: 77 }), python: python({ etag: other.hex }), content: read(other) },
      wanted,
    ],
    ['unfinished by aria2, at its full size', { isUnfinishedByAria2: true, content: read(other) }, wanted],
    [
      'finished, with a control file that aria2 forgot',
      { isUnfinishedByAria2: true, content: read(wantedDigest) },
      adopted,
    ],
    [
      'the user’s link to the right bytes',
      { standing: standing({ isLink: true }), content: read(wantedDigest) },
      adopted,
    ],
    ['the user’s link to a shorter file', { standing: standing({ isLink: true, size: 4000 }) }, kept],
  ])('%s', (_, evidence, verdict) => {
    expect(judged(evidence)).toEqual(verdict);
  });

  it('asks no second time, whatever was found', () => {
    expect(judged({ standing: standing({ size: 0 }), record: record(), content: read() })).toEqual(kept);
  });
});

describe('with --force', () => {
  it.each<[string, Partial<Evidence>, object]>([
    ['ours', { record: record() }, wanted],
    ['the user’s', { standing: standing({ size: size + 1 }) }, wanted],
    ['a link', { standing: { kind: 'link' } }, wanted],
    ['a folder', { standing: { kind: 'in-the-way' } }, { is: 'blocked' }],
  ])('%s', (_, evidence, verdict) => {
    expect(judged(evidence, { force: true })).toEqual(verdict);
  });
});
