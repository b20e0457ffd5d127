import { expect, it } from 'vitest';
import { takeQuantSuffix } from '../../src/repo/quant-suffix.js';

it.each([
  ['org/name:Q4_K_M', { text: 'org/name', quant: 'Q4_K_M' }],
  ['org/name:Q4_K_M@main', { text: 'org/name@main', quant: 'Q4_K_M' }],
  ['hf.co/org/name:UD-Q4_K_XL', { text: 'hf.co/org/name', quant: 'UD-Q4_K_XL' }],
  ['org/name', { text: 'org/name' }],
  ['hf://org/name', { text: 'hf://org/name' }],
  ['http://127.0.0.1:8080/org/name', { text: 'http://127.0.0.1:8080/org/name' }],
  ['127.0.0.1:8080/org/name', { text: '127.0.0.1:8080/org/name' }],
  ['org/name:', { text: 'org/name:' }],
  ['org/name@a:b', { text: 'org/name@a:b' }],
])('%s', (text, expected) => {
  expect(takeQuantSuffix(text)).toEqual(expected);
});
