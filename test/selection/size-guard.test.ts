import { expect, test } from 'vitest';
import { isGuarded } from '../../src/selection/size-guard.js';

const large = { type: 'dataset', namesFiles: false, quantisations: 0, bytesToFetch: 420e9, sizeGuard: 50e9 } as const;

test.each([
  ['a large dataset', {}, true],
  ['what is not more than the guard', { bytesToFetch: 50e9 }, false],
  ['files that were named', { namesFiles: true }, false],
  ['a model', { type: 'model' }, false],
  ['a model with one quantisation', { type: 'model', quantisations: 1 }, false],
  ['a model with several', { type: 'model', quantisations: 2 }, true],
  ['a space', { type: 'space' }, false],
] as const)('%s: %o', (_what, difference, expected) => {
  expect(isGuarded({ ...large, ...difference })).toBe(expected);
});
