import { describe, expect, it } from 'vitest';
import { escapeControl, formatBytes, formatDuration, stringifyForTerminal } from '../../src/cli/text.js';

describe('escapeControl', () => {
  it.each([
    ['plain/name.bin', 'plain/name.bin'],
    ['a\u001b[31mred', 'a\\x1b[31mred'],
    ['two\nlines\r\t\u0000', 'two\\x0alines\\x0d\\x09\\x00'],
    ['\u007f\u009b2J', '\\x7f\\x9b2J'],
    ['\u202efdp.exe\u2066', '\\u202efdp.exe\\u2066'],
    ['line\u2028separator', 'line\\u2028separator'],
    ['模型 é 👩‍💻', '模型 é 👩‍💻'],
  ])('prints %j as %j', (text, expected) => {
    expect(escapeControl(text)).toBe(expected);
  });
});

describe('stringifyForTerminal', () => {
  it('escapes what a terminal could obey and stays the same document', () => {
    const value = { path: 'a\u001b\u009b\u202e模' };
    const text = stringifyForTerminal(value);
    expect(text).toBe('{"path":"a\\u001b\\u009b\\u202e模"}');
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [12_345, '12.3 kB'],
    [123_456, '123 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [9_995_000, '10.0 MB'],
    [90_900_000, '90.9 MB'],
    [1_234_000_000, '1.23 GB'],
    [5e15, '5.00 PB'],
  ])('%d is %s', (bytes, expected) => {
    expect(formatBytes(bytes)).toBe(expected);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0.0 s'],
    [420, '0.4 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min 00 s'],
    [200_000, '3 min 20 s'],
    [3_599_600, '1 h 00 min'],
    [7_500_000, '2 h 05 min'],
    [276_000_000, '3 d 05 h'],
  ])('%d ms is %s', (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });
});
