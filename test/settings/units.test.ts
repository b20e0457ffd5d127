import { expect, it } from 'vitest';
import { parseDuration, parseSize } from '../../src/settings/units.js';

it.each([
  ['30', 30_000],
  ['0', 0],
  ['90s', 90_000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['7d', 604_800_000],
  ['1w', 604_800_000],
  [' 5 m ', 300_000],
])('the time %j is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each(['', 's', '-1', '1y', '1M', '1h30m', '1e3', '.5', 'Infinity', '9'.repeat(30), '0x10'])(
  '%j is no time',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

it.each([
  ['500', 500],
  ['500B', 500],
  ['1k', 1000],
  ['1kB', 1000],
  ['1.5GB', 1_500_000_000],
  ['50 GB', 50_000_000_000],
  ['200G', 200_000_000_000],
  ['2M', 2_000_000],
  ['1T', 1e12],
  ['1KiB', 1024],
  ['64MiB', 67_108_864],
  ['1GiB', 1_073_741_824],
  ['1TiB', 1_099_511_627_776],
  ['10m', 10_000_000],
])('the size %j is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

it.each(['', 'GB', '-1', '1PB', '1iB', '1Ki', '1 000', '1e3', '1,5G', '9'.repeat(30)])('%j is no size', (text) => {
  expect(parseSize(text)).toBeUndefined();
});
