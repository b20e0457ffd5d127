import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import type { ListedFile } from '../../src/repo/listing.js';
import {
  judgeListing,
  judgeNamesFor,
  UnstorableName,
  UntrustedListing,
  type FileSystemTraits,
} from '../../src/repo/names.js';

function file(path: string, index = 0, size = 1): ListedFile {
  const hex = index.toString(16).padStart(40, '0');
  return { path, size, digest: { algorithm: 'git-sha1', hex }, gitOid: hex };
}

const files = (...paths: string[]): ListedFile[] => paths.map((path, index) => file(path, index));

describe('judgeListing', () => {
  it.each([
    '..',
    '.',
    '../../../etc/passwd',
    'folder/../../x',
    'a/./b',
    '..\\..\\x',
    'folder\\..\\..\\x',
    'a/b\\..',
    '/etc/passwd',
    'C:\\W\\x',
    'C:/W/x',
    'c:',
    'D:rel\\x',
    'D:rel',
    '\\\\host\\share\\x',
    '//host/share/x',
    '\\x',
    'folder/C:\\x',
    'folder/C:x',
    'a\\C:x',
    'folder/\\\\host\\x',
    'folder/\\x',
    '',
    'a//b',
    'a/',
    'a\0b',
  ])('refuses the path %j', (path) => {
    const judge = (): void => judgeListing([file('fine.txt'), file(path, 1)]);
    expect(judge).toThrow(UntrustedListing);
    expect(judge).toThrow(expect.objectContaining({ exitCode: ExitCode.integrity, code: 'untrusted-listing' }));
  });

  it('takes odd names as they are', () => {
    const odd = [
      'weird but valid/name.txt',
      'a\\b',
      'a\nb',
      'CON',
      'a.',
      '...',
      '..a',
      'ab:c',
      'awful?filename%you:should',
      '~',
      '-x',
    ];
    expect(() => judgeListing(files(...odd, 'é', 'e\u0301', 'README', 'readme'))).not.toThrow();
  });

  it.each([
    [['a', 'b', 'a'], 'twice'],
    [['a', 'a.b', 'a/b'], 'both as a file and as a folder'],
    [['x/y/z', 'x/y!', 'x/y', 'x/y0'], 'both as a file and as a folder'],
  ])('refuses %j together', (paths, message) => {
    expect(() => judgeListing(files(...paths))).toThrow(message);
  });

  it('refuses one digest with two sizes, and takes one with the same size', () => {
    expect(() => judgeListing([file('a', 7, 1), file('b', 7, 1)])).not.toThrow();
    expect(() => judgeListing([file('a', 7, 1), file('b', 7, 2)])).toThrow('two sizes');
  });

  it.each([-1, 0.5, NaN, Infinity, 2 ** 53])('refuses the size %d', (size) => {
    expect(() => judgeListing([file('a', 0, size)])).toThrow('impossible size');
  });

  it('judges 200,000 paths and a very deep one in a moment', () => {
    const many = Array.from({ length: 200_000 }, (_, index) => file(`data/part-${index % 1000}/${index}.bin`, index));
    const started = performance.now();
    judgeListing([...many, file('d/'.repeat(300_000) + 'x', 200_000), file('d/'.repeat(300_000) + 'y', 200_001)]);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('shows little of a very long path', () => {
    expect(() => judgeListing([file(`/${'x'.repeat(1_000_000)}`)])).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{1,400}$/) as string }),
    );
  });
});

describe('judgeNamesFor', () => {
  const linux: FileSystemTraits = {
    caseSensitive: true,
    unicodeSensitive: true,
    windowsNames: false,
    maxPartBytes: 255,
    maxPathBytes: 4000,
  };
  const mac: FileSystemTraits = { ...linux, caseSensitive: false, unicodeSensitive: false };
  const windows: FileSystemTraits = { ...linux, caseSensitive: false, windowsNames: true };

  it.each([
    'CON',
    'con',
    'a/NUL.txt',
    'aux.tar.gz',
    'COM1',
    'LPT9.x',
    'COM¹',
    'a./b',
    'a ',
    'a<b',
    'ab:c',
    'a"b',
    'a|b',
    'a?b',
    'a*b',
    'a\\b',
    'a\nb',
  ])('Windows can not hold %j, Linux can', (path) => {
    expect(() => judgeNamesFor(windows, [{ path }])).toThrow(
      expect.objectContaining({ code: 'unstorable-name', exitCode: ExitCode.disk }),
    );
    expect(() => judgeNamesFor(linux, [{ path }])).not.toThrow();
  });

  it.each(['CONFIG', 'console.txt', 'nul_x', 'COM10', '.gitattributes', 'a b.txt'])('Windows can hold %j', (path) => {
    expect(() => judgeNamesFor(windows, [{ path }])).not.toThrow();
  });

  it.each([
    ['README.md', 'readme.md'],
    ['caf\u00e9', 'cafe\u0301'],
    ['\u212a', 'k'],
    ['Data', 'data/x'],
  ])('keeps %j and %j apart where the file system does', (a, b) => {
    expect(() => judgeNamesFor(mac, [{ path: a }, { path: b }])).toThrow(UnstorableName);
    expect(() => judgeNamesFor(linux, [{ path: a }, { path: b }])).not.toThrow();
  });

  it('names the twins', () => {
    expect(() => judgeNamesFor(mac, [{ path: 'A' }, { path: 'x' }, { path: 'a' }])).toThrow('"A" and "a" are one name');
  });

  it('lets folders that differ in case be one', () => {
    expect(() => judgeNamesFor(mac, [{ path: 'Data/x' }, { path: 'data/y' }])).not.toThrow();
  });

  it('counts bytes, not characters', () => {
    expect(() => judgeNamesFor(linux, [{ path: `${'é'.repeat(127)}x` }])).not.toThrow();
    expect(() => judgeNamesFor(linux, [{ path: 'é'.repeat(128) }])).toThrow('longer than 255 bytes');
    expect(() => judgeNamesFor(linux, [{ path: 'a/'.repeat(2000) + 'x' }])).toThrow('longer than 4000 bytes');
  });

  it('refuses what is no Unicode', () => {
    expect(() => judgeNamesFor(linux, [{ path: 'a\ud800' }])).toThrow('not valid Unicode');
  });

  it('names a few of many', () => {
    const paths = Array.from({ length: 50 }, (_, index) => ({ path: `${index}?` }));
    expect(() => judgeNamesFor(windows, paths)).toThrow('and 45 more');
  });
});
