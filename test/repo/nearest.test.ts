import { expect, it } from 'vitest';
import { nearest } from '../../src/repo/nearest.js';

const names = [
  'config.json',
  'onnx/model.onnx',
  'README.md',
  'tokenizer.json',
  'stall-timeout',
  'retries',
  'retry-for',
];

it.each([
  ['confg.json', ['config.json']],
  ['cofnig.json', ['config.json']],
  ['readme.md', ['README.md']],
  ['model.onnx', ['onnx/model.onnx']],
  ['stall-timout', ['stall-timeout']],
  ['something else', []],
  ['x'.repeat(100_000), []],
])('nearest to %.20j', (text, expected) => {
  expect(nearest(text, names)).toEqual(expected);
});

it('gives the best first, and no more than asked for', () => {
  expect(nearest('model-1.bin', ['model-22.bin', 'model-2.bin', 'model-1.bin.x', 'nodel-3.bin'], 2)).toEqual([
    'model-2.bin',
    'model-1.bin.x',
  ]);
});

it('is quick for a long listing', () => {
  const many = Array.from({ length: 50_000 }, (_, index) => `data/train-${index.toString().padStart(6, '0')}.parquet`);
  const started = performance.now();
  nearest('data/train-00001x.parquet', many);
  expect(performance.now() - started).toBeLessThan(10_000);
});
