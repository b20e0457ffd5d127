import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CommitHash, asCommitHash } from '../../src/repo/listing.js';

/** What a file holds: its text, or the name of a blob that is there. */
type BuiltFile = string | { readonly blob: string };

export interface BuiltRevision {
  readonly files: Readonly<Record<string, BuiltFile>>;
  /** Refs that name it. */
  readonly refs?: readonly string[];
  /** Ours says so; without it only the access times of the files tell. */
  readonly usedMsAgo?: number;
}

/** A repo in a cache, written by hand as huggingface_hub and hub leave it. */
export class RepoBuilder {
  readonly root: string;

  constructor(
    readonly cacheDir: string,
    folder: string,
  ) {
    this.root = join(cacheDir, folder);
    mkdirSync(join(this.root, 'snapshots'), { recursive: true });
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** Writes a file below the repo's folder, and the folders above it. */
  write(path: string, text: string | Uint8Array, msAgo = 0): string {
    const place = this.path(path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
    if (msAgo > 0) setBack(place, msAgo);
    return place;
  }

  /** @returns the name of the blob */
  blob(content: string | Uint8Array, msAgo = 0): string {
    const name = digestOf(content);
    if (!existsSync(this.path('blobs', name))) this.write(`blobs/${name}`, content, msAgo);
    return name;
  }

  ref(name: string, commit: string): void {
    this.write(`refs/${name}`, commit);
  }

  /** A snapshot of links, its refs and our record of its use. */
  revision(digit: string, { files, refs = [], usedMsAgo }: BuiltRevision): CommitHash {
    const commit = commitOf(digit);
    for (const [path, file] of Object.entries(files)) {
      this.link(commit, path, typeof file === 'string' ? this.blob(file) : file.blob);
    }
    for (const ref of refs) this.ref(ref, commit);
    if (usedMsAgo !== undefined) this.request(commit, { completed: true, msAgo: usedMsAgo });
    return commit;
  }

  link(commit: string, path: string, blob: string): void {
    const entry = this.path('snapshots', commit, path);
    mkdirSync(dirname(entry), { recursive: true });
    symlinkSync(`${'../'.repeat(path.split('/').length + 1)}blobs/${blob}`, entry);
  }

  /** What was asked for of a commit, as hub notes it. */
  request(
    commit: string,
    { completed, msAgo, files = 'all' }: { completed: boolean; msAgo: number; files?: 'all' | readonly string[] },
  ): void {
    const time = new Date(Date.now() - msAgo).toISOString();
    const request = { revision: 'main', files, begun: time, completed: completed ? time : null };
    this.write(`.hub/snapshots/${commit}.json`, JSON.stringify({ format: 1, lastUsed: time, requests: [request] }));
  }

  /** The complete listing of a commit, as hub keeps it. */
  listing(commit: string, files: Readonly<Record<string, string>>): void {
    const listed = Object.entries(files).map(([path, content]) => ({
      path,
      size: Buffer.byteLength(content),
      digest: `sha256:${digestOf(content)}`,
      gitOid: 'a'.repeat(40),
    }));
    this.write(`.hub/listings/${commit}.json`, JSON.stringify({ format: 1, files: listed }));
  }

  /** The same blob in another repo, by a hard link. */
  shareWith(other: RepoBuilder, blob: string): void {
    mkdirSync(other.path('blobs'), { recursive: true });
    linkSync(this.path('blobs', blob), other.path('blobs', blob));
  }
}

export function digestOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Makes a file look as if it had been written and read that long ago. */
export function setBack(path: string, ms: number): void {
  const then = (Date.now() - ms) / 1000;
  utimesSync(path, then, then);
}

export function commitOf(digit: string): CommitHash {
  const commit = asCommitHash(digit.repeat(40));
  if (commit === undefined) throw new Error(`${digit} is no hex digit`);
  return commit;
}

export const hourMs = 60 * 60 * 1000;
export const dayMs = 24 * hourMs;
