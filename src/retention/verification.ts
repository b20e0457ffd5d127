import { join } from 'node:path';
import type { Digest } from '../repo/digest.js';
import type { CommitHash, ListedFile } from '../repo/listing.js';
import type { CachedRepo, Content, Entry, Revision } from './inventory.js';

/*
 * What of a repo has to be read to know that it is right, and what is wrong with it already before anything is read.
 * Decided from the inventory, the listings and the records of what was asked for.
 */

/** What is known of a commit. */
export interface KnownRevision {
  readonly commit: CommitHash;
  /** Undefined where nobody has kept one. */
  readonly listing: readonly ListedFile[] | undefined;
  /** Paths that completed requests asked for; undefined where no request of ours is noted, as for Python's downloads. */
  readonly wanted: 'all' | ReadonlySet<string> | undefined;
}

/** An entry that can't be followed to a file, by the link that it is. */
export interface DanglingEntry {
  readonly path: string;
  readonly commit: CommitHash;
  /** The blob that the link names, where it names one. */
  readonly blob: string | undefined;
  readonly location: string;
}

/**
 * `corrupt`: other bytes than the name or the listing promises. `short`: fewer bytes. `missing`: asked for, and not there.
 * `dangling`: a link to nothing. `wrong-link`: a link to another content than the listing has by this path.
 * `unreadable`: the system does not give the bytes. These are bad; what follows is told and no fault:
 * `partial`: an unfinished file. `foreign`: nothing of this program or of Python's, or not
 * in the listing. `not-here`: in the listing, but nobody noted that it was asked for. `unknown`: nobody knows its digest.
 * `broken-ref`: names a commit of which nothing is here. `changed`: in a local folder, the user's by now.
 */
export type BadState = 'corrupt' | 'short' | 'missing' | 'dangling' | 'wrong-link' | 'unreadable';
export type ToldState = 'partial' | 'foreign' | 'not-here' | 'unknown' | 'broken-ref' | 'changed';

/** Something that is not as it should be. */
export interface Problem {
  readonly state: BadState | ToldState;
  /** In the repo; undefined for a file that no revision names. */
  readonly path: string | undefined;
  readonly revisions: readonly CommitHash[];
  /** On the disk. */
  readonly location: string;
  /** What the content should be, where it is known. */
  readonly digest: Digest | undefined;
  /** What its size should be, in bytes, where it is known. */
  readonly size: number | undefined;
  readonly reason: string;
}

/** A path of the repo that leads to a content, in these revisions. */
interface Place {
  readonly path: string;
  readonly revisions: readonly CommitHash[];
}

/** A file whose bytes have to be read. */
export interface ContentCheck {
  readonly location: string;
  readonly content: Content;
  readonly expected: Digest;
  /** By a listing, in bytes; undefined where none names it. */
  readonly expectedSize: number | undefined;
  readonly places: readonly Place[];
}

export interface VerificationPlan {
  readonly checks: readonly ContentCheck[];
  readonly problems: readonly Problem[];
}

/** The digest that a blob's name promises; undefined for a name that is none. */
export function digestOfBlobName(name: string): Digest | undefined {
  if (/^[0-9a-f]{64}$/.test(name)) return { algorithm: 'sha256', hex: name };
  return /^[0-9a-f]{40}$/.test(name) ? { algorithm: 'git-sha1', hex: name } : undefined;
}

export function isBad({ state }: Problem): boolean {
  return badStates.has(state);
}

const badStates: ReadonlySet<string> = new Set<BadState>([
  'corrupt',
  'short',
  'missing',
  'dangling',
  'wrong-link',
  'unreadable',
]);

/** What is to be read of a repo, and what is wrong without reading. */
export function planVerification(
  repo: CachedRepo,
  { known, dangling }: { known: readonly KnownRevision[]; dangling: readonly DanglingEntry[] },
): VerificationPlan {
  return new Planner(repo, known, dangling).plan();
}

class Planner {
  readonly #repo: CachedRepo;
  readonly #known: readonly KnownRevision[];
  readonly #dangling: readonly DanglingEntry[];
  /** Names of blobs to the paths that lead to them. */
  readonly #places = new Map<string, Map<string, CommitHash[]>>();
  readonly #sizes = new Map<string, number>();
  readonly #checks: ContentCheck[] = [];
  readonly #problems: Problem[] = [];

  constructor(repo: CachedRepo, known: readonly KnownRevision[], dangling: readonly DanglingEntry[]) {
    this.#repo = repo;
    this.#known = known;
    this.#dangling = dangling;
    for (const { listing } of known) for (const { digest, size } of listing ?? []) this.#sizes.set(digest.hex, size);
  }

  plan(): VerificationPlan {
    const linked = new Set(this.#repo.revisions.flatMap(({ entries }) => entries.flatMap(({ blob }) => blob ?? [])));
    for (const known of this.#known) {
      const revision = this.#repo.revisions.find(({ commit }) => commit === known.commit);
      const listed = known.listing && new Map(known.listing.map((file) => [file.path, file]));
      for (const entry of revision?.entries ?? []) if (revision) this.#judgeEntry(entry, revision, listed);
      const dangling = this.#dangling.filter(({ commit }) => commit === known.commit);
      for (const entry of dangling) this.#judgeDangling(entry, listed);
      const here = new Set([...(revision?.entries ?? []), ...dangling].map(({ path }) => path));
      this.#judgeAbsent(known, { here, linked });
    }
    for (const blob of this.#repo.blobs.values()) this.#checkBlob(blob);
    return { checks: this.#checks, problems: this.#problems };
  }

  #judgeEntry(entry: Entry, revision: Revision, listed: ReadonlyMap<string, ListedFile> | undefined): void {
    const { path, blob } = entry;
    const file = listed?.get(path);
    const location = join(revision.path, path);
    const revisions = [revision.commit];
    const problem = { path, revisions, location, digest: file?.digest, size: file?.size };
    if (listed !== undefined && file === undefined) {
      this.#problems.push({ ...problem, state: 'foreign', reason: 'not in the listing of its commit' });
    }
    if (blob !== undefined) {
      if (file === undefined || file.digest.hex === blob) this.#addPlace(blob, path, revision.commit);
      else this.#problems.push({ ...problem, state: 'wrong-link', reason: `leads to the blob ${blob.slice(0, 10)}` });
    } else if (file !== undefined) {
      const places = [{ path, revisions }];
      const { digest: expected, size: expectedSize } = file;
      this.#checks.push({ location, content: entry.content, expected, expectedSize, places });
    } else if (listed === undefined) {
      this.#problems.push({ ...problem, state: 'unknown', reason: 'no blob, and no listing that tells its digest' });
    }
  }

  #judgeDangling(
    { path, commit, blob, location }: DanglingEntry,
    listed: ReadonlyMap<string, ListedFile> | undefined,
  ): void {
    const digest = listed?.get(path)?.digest ?? (blob === undefined ? undefined : digestOfBlobName(blob));
    const size = digest === undefined ? undefined : this.#sizes.get(digest.hex);
    const reason =
      blob === undefined ? 'a link to nothing' : `a link to the blob ${blob.slice(0, 10)}, which is not there`;
    this.#problems.push({ state: 'dangling', path, revisions: [commit], location, digest, size, reason });
  }

  #judgeAbsent(
    { commit, listing, wanted }: KnownRevision,
    { here, linked }: { here: ReadonlySet<string>; linked: ReadonlySet<string> },
  ): void {
    const named: readonly Pick<Problem, 'path' | 'digest' | 'size'>[] =
      listing ?? (wanted instanceof Set ? [...(wanted as ReadonlySet<string>)] : []).map(unlistedFile);
    for (const { path = '', digest, size } of named) {
      if (here.has(path)) continue;
      const location = join(this.#repo.path, 'snapshots', commit, path);
      const absent = { path, revisions: [commit], location, digest, size };
      const isWanted = wanted !== undefined && (wanted === 'all' || wanted.has(path));
      // Its blob came for some revision, and no revision has it any more: an entry has been lost.
      const hasLostEntry = digest !== undefined && this.#repo.blobs.has(digest.hex) && !linked.has(digest.hex);
      if (isWanted) this.#problems.push({ ...absent, state: 'missing', reason: 'was downloaded, and is not there' });
      else if (wanted !== undefined) continue;
      else if (hasLostEntry) this.#problems.push({ ...absent, state: 'missing', reason: 'its blob is there alone' });
      else this.#problems.push({ ...absent, state: 'not-here', reason: 'listed; a filter may have left it out' });
    }
  }

  #addPlace(blob: string, path: string, commit: CommitHash): void {
    const places = this.#places.get(blob) ?? new Map<string, CommitHash[]>();
    this.#places.set(blob, places.set(path, [...(places.get(path) ?? []), commit]));
  }

  #checkBlob(blob: Content & { readonly name: string }): void {
    const expected = digestOfBlobName(blob.name);
    if (expected === undefined) return;
    this.#checks.push({
      location: join(this.#repo.path, 'blobs', blob.name),
      content: blob,
      expected,
      expectedSize: this.#sizes.get(blob.name),
      places: Array.from(this.#places.get(blob.name) ?? [], ([path, revisions]) => ({ path, revisions })),
    });
  }
}

function unlistedFile(path: string): Pick<Problem, 'path' | 'digest' | 'size'> {
  return { path, digest: undefined, size: undefined };
}

/** What the size alone says against a content; undefined where the bytes have to be read. */
export function judgeSize({
  content,
  expected,
  expectedSize,
}: ContentCheck): Pick<Problem, 'state' | 'reason'> | undefined {
  const { size } = content;
  if (size === 0 && !emptyDigests.has(expected.hex)) return { state: 'short', reason: 'empty' };
  if (expectedSize === undefined || size === expectedSize) return undefined;
  const reason = `${String(size)} bytes instead of ${String(expectedSize)}`;
  return size < expectedSize ? { state: 'short', reason } : { state: 'corrupt', reason };
}

/** Of no bytes: by sha-256, and by git's sha-1. */
const emptyDigests: ReadonlySet<string> = new Set([
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
]);

/** A content that turned out bad, as a problem of each path that leads to it. */
export function problemsOf(
  { location, expected, expectedSize, places }: ContentCheck,
  judgement: Pick<Problem, 'state' | 'reason'>,
): Problem[] {
  const problem = { ...judgement, location, digest: expected, size: expectedSize };
  if (places.length === 0) return [{ ...problem, path: undefined, revisions: [] }];
  return places.map(({ path, revisions }) => ({ ...problem, path, revisions }));
}
