import { expect, it } from 'vitest';
import { SentBytes } from './sent-bytes.js';

it('tells what was sent twice, file by file', () => {
  const sent = new SentBytes();
  const counts = { counts: true };
  expect(sent.add('a', { start: 0, end: 100 }, counts)).toBe(100);
  expect(sent.add('a', { start: 90, end: 130 }, counts)).toBe(30);
  expect(sent.add('b', { start: 0, end: 100 }, counts)).toBe(100);
  expect([sent.first, sent.twiceOf('a'), sent.twiceOf('b')]).toEqual([230, 10, 0]);
});

it('counts what nobody had asked for neither as the first nor as the second time', () => {
  const sent = new SentBytes();
  sent.add('a', { start: 50, end: 100 }, { counts: true });
  expect(sent.add('a', { start: 0, end: 100 }, { counts: false })).toBe(50);
  sent.add('a', { start: 0, end: 50 }, { counts: true });
  expect([sent.first, sent.twiceOf('a')]).toEqual([100, 0]);
});
