import { expect, it } from 'vitest';
import { sizesByExtension } from '../../src/selection/sizes.js';

it('adds up sizes by extension, the heaviest first', () => {
  const sizes = { 'a/x.bin': 5, 'y.bin': 6, '.gitattributes': 1, 'a.b/README': 1, 'data.tar.gz': 7, 'z.json': 7 };
  const files = Object.entries(sizes).map(([path, size]) => ({ path, size }));
  expect(sizesByExtension(files)).toEqual([
    { extension: '.bin', files: 2, bytes: 11 },
    { extension: '.gz', files: 1, bytes: 7 },
    { extension: '.json', files: 1, bytes: 7 },
    { extension: '', files: 2, bytes: 2 },
  ]);
});
