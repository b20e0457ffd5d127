import { expect, it } from 'vitest';
import { parseRepoFolder } from '../../../src/cache/inventory/take-inventory.js';
import { repoFolderName } from '../../../src/cache/layout.js';

it.each([
  ['models--gpt2', { type: 'model', name: 'gpt2' }],
  ['models--org--my-model', { type: 'model', name: 'org/my-model' }],
  ['datasets--org--name', { type: 'dataset', name: 'org/name' }],
  ['kernels--org--name', { type: 'kernel', name: 'org/name' }],
] as const)('%s is the folder of a repo', (folder, repo) => {
  expect(parseRepoFolder(folder)).toEqual(repo);
  expect(repoFolderName(repo)).toBe(folder);
});

it.each(['models', 'models--', 'models--a--b--c', 'buckets--a--b', 'models--..--a', 'models--a--b.git', '.locks', ''])(
  '%j is none',
  (folder) => {
    expect(parseRepoFolder(folder)).toBeUndefined();
  },
);
