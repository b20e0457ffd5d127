import { expect, it } from 'vitest';
import { rateHintMs } from '../../src/net/rate-hint.js';

const now = Date.parse('2026-11-24T12:00:00Z');

const cases: [status: number, headers: Record<string, string>, ms: number | undefined, why: string][] = [
  [429, { 'retry-after': '40' }, 40_000, 'seconds'],
  [429, { 'retry-after': 'Tue, 24 Nov 2026 12:01:00 GMT' }, 60_000, 'a date'],
  [
    429,
    { 'retry-after': 'Tue, 24 Nov 2026 12:01:00 GMT', date: 'Tue, 24 Nov 2026 12:00:50 GMT' },
    10_000,
    'by its clock',
  ],
  [429, { 'retry-after': 'Tue, 24 Nov 2026 11:00:00 GMT' }, 1000, 'a date that has passed'],
  [429, { 'retry-after': '0' }, 1000, 'at once, which could become a storm'],
  [429, { ratelimit: '"resolvers";r=0;t=42' }, 43_000, 'the window, rounded up'],
  [429, { ratelimit: '"api"; r=0; t=7', 'retry-after': '300' }, 8000, 'the window is more exact'],
  [429, { ratelimit: '"resolvers";r=3;t=42', 'retry-after': '5' }, 5000, 'something left: not this window'],
  [429, { ratelimit: '"resolvers";r=3;t=42' }, undefined, 'something left, no other hint'],
  [429, { ratelimit: 'nonsense' }, undefined, 'malformed'],
  [429, { 'retry-after': 'soon' }, undefined, 'malformed'],
  [429, {}, undefined, 'no hint'],
  [503, { 'retry-after': '2' }, 2000, 'a 503 may hint too'],
  [503, { ratelimit: '"api";r=0;t=42' }, undefined, 'a window says nothing about a 503'],
  [200, { ratelimit: '"api";r=0;t=42', 'retry-after': '9' }, undefined, 'told on good answers too'],
];

it.each(cases)('%i with %o asks for %s ms: %s', (status, headers, ms) => {
  expect(rateHintMs({ status, header: (name) => headers[name] }, now)).toBe(ms);
});
