import { join, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  blobPath,
  entryPath,
  entryTarget,
  parsePartialName,
  partialPath,
  refPath,
  repoFolderName,
  repoLayout,
  treePath,
} from '../../src/cache/layout.js';
import { commitOf, writerA } from './support.js';

const root = join(sep, 'cache', 'datasets--org--name');
const layout = repoLayout(join(sep, 'cache'), { type: 'dataset', name: 'org/name' });
const commit = commitOf('c');
const digest = { algorithm: 'sha256', hex: 'd'.repeat(64) } as const;

describe('the layout', () => {
  it('names a repo’s folder as Python does', () => {
    expect(repoFolderName({ type: 'model', name: 'gpt2' })).toBe('models--gpt2');
    expect(repoFolderName({ type: 'space', name: 'org/my-app' })).toBe('spaces--org--my-app');
    expect(repoFolderName({ type: 'kernel', name: 'org/k' })).toBe('kernels--org--k');
  });

  it('has each path below it', () => {
    expect(blobPath(layout, digest)).toBe(join(root, 'blobs', digest.hex));
    expect(refPath(layout, 'refs/pr/1')).toBe(join(root, 'refs', 'refs', 'pr', '1'));
    expect(entryPath(layout, commit, 'a/b.bin')).toBe(join(root, 'snapshots', commit, 'a', 'b.bin'));
    expect(treePath(layout, commit)).toBe(join(root, 'trees', `${commit}.json`));
  });

  it('leads from an entry to its blob', () => {
    for (const path of ['a', 'a/b', 'a/b/c d']) {
      const target = join(entryPath(layout, commit, path), '..', ...entryTarget(path, digest).split('/'));
      expect(target).toBe(blobPath(layout, digest));
    }
  });

  it('reads a partial’s name back, and no other name', () => {
    const name = `${digest.hex}.${writerA}`;
    expect(partialPath(layout, digest, writerA)).toBe(join(layout.partials, name));
    expect(parsePartialName(name)).toEqual({ hex: digest.hex, writer: writerA });
    expect(parsePartialName(`${name}.whole`)).toEqual({ hex: digest.hex, writer: writerA });
    for (const other of [
      '',
      digest.hex,
      `${name}.incomplete`,
      `${name}x`,
      `.${name}`,
      `${digest.hex.slice(1)}.${writerA}`,
    ]) {
      expect(parsePartialName(other), other).toBeUndefined();
    }
  });
});
