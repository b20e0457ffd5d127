import { createHash } from 'node:crypto';
import type { Entry, LockedEntry, LockedFile } from '../../src/workspace/entry.js';
import { commitOf } from '../cache/support.js';

/** All of a model's main. */
export function entryOf(change: Partial<Entry> = {}): Entry {
  return {
    repo: { type: 'model', name: 'facebook/opt-13b' },
    revision: 'main',
    paths: [],
    include: [],
    exclude: [],
    ...change,
  };
}

export function lockedOf(change: Partial<LockedEntry> = {}): LockedEntry {
  return { ...entryOf(), commit: commitOf('c'), files: [lockedFile('config.json')], ...change };
}

/** A small file, whose digests are those of no real content; `content` tells one from another. */
export function lockedFile(path: string, { content = path, size = 10 }: { content?: string; size?: number } = {}) {
  const gitOid = createHash('sha1').update(content).digest('hex');
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { path, size, gitOid, sha256, digest: { algorithm: 'git-sha1', hex: gitOid } } satisfies LockedFile;
}
