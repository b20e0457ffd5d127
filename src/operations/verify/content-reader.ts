import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../../cache/disk-errors.js';
import { unreadable } from '../../cache/verify/broken-paths.js';
import type { DigestPool, ReadFile } from '../../cache/verify/digest-pool.js';
import { HubError } from '../../errors.js';
import { repoPath } from '../../repo/reference.js';
import type { ContentCheck, Problem } from '../../retention/verification.js';
import type { RepoUnderTest } from './repo-under-test.js';

/** What is to be said of a content; undefined: it is right, or gone and nobody names it any more. */
export type Judgement = Pick<Problem, 'state' | 'reason'> | undefined;

/** Reads contents and judges them. What has several names is read once. */
export class ContentReader {
  readonly #pool: DigestPool;
  /** By inode and algorithm. */
  readonly #reads = new Map<string, Promise<ReadFile>>();

  constructor(pool: DigestPool) {
    this.#pool = pool;
  }

  /** Reads a content and, if it is right, notes that. @throws HubError  the signal's reason */
  async judge(repo: RepoUnderTest, check: ContentCheck): Promise<Judgement> {
    const { location, expected } = check;
    try {
      const read = await this.#readShared(repo, check);
      if (read.hex !== expected.hex) {
        return {
          state: 'corrupt',
          reason: `its digest is ${read.hex.slice(0, 10)}…, not ${expected.hex.slice(0, 10)}…`,
        };
      }
      repo.record.add(location, expected, read);
      repo.right += 1;
      return undefined;
    } catch (error) {
      if (error instanceof HubError || !(error instanceof Error && 'code' in error)) throw error;
      if (isSystemError(error, 'ENOENT')) return judgeGone(repo, check);
      return { state: 'unreadable', reason: unreadable(error, location) };
    }
  }

  async #readShared(repo: RepoUnderTest, check: ContentCheck): Promise<ReadFile> {
    const key = readKey(check);
    const known = this.#reads.get(key);
    if (known === undefined) {
      const read = this.#pool.read(fileOf(repo, check));
      this.#reads.set(key, read);
      return read;
    }
    try {
      return await known;
    } catch (error) {
      // It was read by another name, which may have gone meanwhile.
      if (isSystemError(error, 'ENOENT') && existsSync(check.location)) return this.#pool.read(fileOf(repo, check));
      throw error;
    }
  }
}

/** What is the same for all names of a content. */
export function readKey({ content, expected }: ContentCheck): string {
  return `${content.inode} ${expected.algorithm}`;
}

function fileOf({ repo, layout }: RepoUnderTest, { location, expected, content, places }: ContentCheck) {
  const label = `${repoPath(repo.repo)}/${places[0]?.path ?? location.slice(layout.root.length + 1)}`;
  return { path: location, algorithm: expected.algorithm, label, size: content.size };
}

/** Somebody removed it since the inventory was taken: with its entries, or from under them. */
function judgeGone({ layout }: RepoUnderTest, { places }: ContentCheck): Judgement {
  const isNamed = places.some(({ path, revisions }) =>
    revisions.some(
      (commit) => lstatSync(join(layout.snapshots, commit, path), { throwIfNoEntry: false }) !== undefined,
    ),
  );
  return isNamed ? { state: 'dangling', reason: 'its blob went away during the check' } : undefined;
}
