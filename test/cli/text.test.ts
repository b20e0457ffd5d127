import { describe, expect, it } from 'vitest';
import {
  displayWidth,
  escapeControl,
  formatBytes,
  formatDuration,
  padColumns,
  stringifyForTerminal,
  truncateEnd,
  truncateMiddle,
} from '../../src/cli/text.js';

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

describe('truncateMiddle', () => {
  it('keeps what fits', () => {
    expect(truncateMiddle('model.bin', 9)).toBe('model.bin');
  });

  it('takes out the middle and keeps the end, which tells files apart', () => {
    expect(truncateMiddle('folder/model-00001-of-00012.safetensors', 20)).toBe('folder…2.safetensors');
  });

  it.each(['模型权重文件名字很长很长.safetensors', '👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻', 'e\u0301'.repeat(30)])(
    'measures %j by the columns that it takes',
    (name) => {
      for (let width = 0; width <= 20; width++) {
        expect(displayWidth(truncateMiddle(name, width)), `width ${width}`).toBeLessThanOrEqual(width);
        expect(displayWidth(truncateEnd(name, width)), `width ${width}`).toBeLessThanOrEqual(width);
      }
    },
  );
});

describe('padColumns', () => {
  it('counts wide characters as two columns', () => {
    expect(padColumns('模型', 6)).toBe('模型  ');
  });
});
