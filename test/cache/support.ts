import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { CacheFiles } from '../../src/cache/files.js';
import { type RepoLayout, repoLayout } from '../../src/cache/layout.js';
import { type CommitHash, asCommitHash } from '../../src/repo/listing.js';

export interface Workplace {
  folder: string;
  layout: RepoLayout;
  files: CacheFiles;
}

/** A cache in a new folder for each test of a file, removed behind it. */
export function workplace(): Workplace {
  const place = {} as Workplace;
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'cache-'));
    Object.assign(place, {
      folder,
      layout: repoLayout(folder, { type: 'model', name: 'org/name' }),
      files: new CacheFiles(folder),
    } satisfies Workplace);
  });
  afterEach(() => rmSync(place.folder, { recursive: true, force: true }));
  return place;
}

/** What a process that begins now finds there: the digests, in hex, of which somebody has a part. */
export function leftBehind({ partials }: RepoLayout): Set<string> {
  return new Set(readdirSync(partials).map((name) => name.split('.')[0] ?? ''));
}

export function commitOf(digit: string): CommitHash {
  const commit = asCommitHash(digit.repeat(40));
  if (commit === undefined) throw new Error(`${digit} is no hex digit`);
  return commit;
}

/** All paths below a folder, ascending. */
export function below(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

/** Makes a file look as if it had been written that long ago. */
export function age(path: string, ms: number): void {
  const then = (Date.now() - ms) / 1000;
  utimesSync(path, then, then);
}

export const writerA = 'a'.repeat(16);
export const writerB = 'b'.repeat(16);
export const writerC = 'c'.repeat(16);

/** Runs something as a user who may not do everything: root may. */
export async function asNobody<T>(action: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return action();
  process.seteuid?.(65_534);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
  }
}
