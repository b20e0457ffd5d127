import { type Digest, formatDigest, sameDigest } from '../repo/digest.js';
import { pointerBytes } from '../repo/lfs-pointer.js';
import type { ListedFile } from '../repo/listing.js';

/** What stands where a file is to be. Sizes in bytes, times in ms. */
export type Standing =
  | { readonly kind: 'nothing' }
  /** `isLink`: a link of the user's that leads to one. */
  | { readonly kind: 'file'; readonly size: number; readonly mtimeMs: number; readonly isLink: boolean }
  /** A link into the cache, as Python's tools once made them. */
  | { readonly kind: 'cache-link' }
  /** A link of the user's that leads to no file. */
  | { readonly kind: 'link' }
  /** A folder, a device, or a file where a folder is needed. */
  | { readonly kind: 'in-the-way' };

/** What was put there, and how it looked then. */
export interface FileRecord {
  readonly size: number;
  readonly mtimeMs: number;
  readonly digest: Digest;
}

/** What Python's tools note: the hub's etag, and when they had put the file there. */
export interface PythonRecord {
  readonly etag: string;
  readonly atMs: number;
}

/** What a file's bytes tell. */
export interface ContentFacts {
  /** In the algorithms that were asked for. */
  readonly digests: readonly Digest[];
  /** The sha-256 that they name, being an LFS pointer. */
  readonly pointerTo: string | undefined;
}

/** All that is known of a file's place. */
export interface Evidence {
  readonly standing: Standing;
  readonly record: FileRecord | undefined;
  readonly python: PythonRecord | undefined;
  /** aria2's control file beside it: an unfinished download of aria2's, of the full size or not. */
  readonly isUnfinishedByAria2: boolean;
  /** Undefined: nobody has read the file. */
  readonly content: ContentFacts | undefined;
}

export type Verdict =
  /** It is what is wanted, and known as such. */
  | { readonly is: 'right' }
  /** It is what is wanted; that is yet to be noted. */
  | { readonly is: 'adopted' }
  /** To be brought, and put in the place of what stands there; `seedBytes` of that may be its first bytes. */
  | { readonly is: 'wanted'; readonly seedBytes: number }
  /** The user's. */
  | { readonly is: 'kept' }
  | { readonly is: 'blocked' };

/** Its bytes must be read before anyone can say. */
export interface Question {
  readonly is: 'unclear';
  readonly algorithms: readonly Digest['algorithm'][];
}

/** Python writes its note after the file, and allows for file systems that round. */
export const pythonSlackMs = 1000;

/** Decides what shall become of what stands at a file's place. Asks for the bytes only where nothing else can tell. */
export function judge(file: ListedFile, evidence: Evidence, { force }: { force: boolean }): Verdict | Question {
  const { standing } = evidence;
  switch (standing.kind) {
    case 'nothing':
    case 'cache-link':
      return wanted;
    case 'in-the-way':
      return { is: 'blocked' };
    case 'link':
      return force ? wanted : kept;
    case 'file': {
      if (force) return wanted;
      const verdict = judgeFile(file, standing, evidence);
      // What a link leads to may serve, but neither is ours to replace.
      return standing.isLink && verdict.is === 'wanted' ? kept : verdict;
    }
  }
}

const wanted: Verdict = { is: 'wanted', seedBytes: 0 };
const kept: Verdict = { is: 'kept' };

function judgeFile(
  { size, digest }: ListedFile,
  standing: { readonly size: number; readonly mtimeMs: number },
  { record, python, isUnfinishedByAria2, content }: Evidence,
): Verdict | Question {
  const isOfSize = standing.size === size;
  if (record !== undefined && isUntouched(record, standing)) {
    return sameDigest(record.digest, digest) && isOfSize ? { is: 'right' } : wanted;
  }
  // A note that says what ours says is ours, which is the stricter.
  const trusted = python === undefined || python.etag === record?.digest.hex ? undefined : python;
  if (trusted !== undefined && standing.mtimeMs - pythonSlackMs <= trusted.atMs) {
    if (trusted.etag !== digest.hex) return wanted;
    if (isOfSize) return { is: 'adopted' };
  }
  const once = whatItOnceWas(record, python, standing.size);
  const worthComputing = [...(isOfSize ? [digest] : []), ...once];
  const mayBePointer = digest.algorithm === 'sha256' && standing.size <= pointerBytes.most;
  if (content === undefined && (worthComputing.length > 0 || mayBePointer)) {
    return { is: 'unclear', algorithms: [...new Set(worthComputing.map(({ algorithm }) => algorithm))] };
  }
  const has = (one: Digest) => content?.digests.some((other) => formatDigest(other) === formatDigest(one)) === true;
  if (isOfSize && has(digest)) return { is: 'adopted' };
  if (once.some(has)) return wanted;
  if (content?.pointerTo === digest.hex || isUnfinishedByAria2) return wanted;
  const isUnknown = record === undefined && python === undefined;
  if (!isUnknown || standing.size >= size) return kept;
  return { is: 'wanted', seedBytes: content?.pointerTo === undefined ? standing.size : 0 };
}

export function isUntouched(record: FileRecord, { size, mtimeMs }: { size: number; mtimeMs: number }): boolean {
  return record.size === size && record.mtimeMs === mtimeMs;
}

/** The digests of what was put there: with these bytes it is unchanged, whatever its time says. */
function whatItOnceWas(record: FileRecord | undefined, python: PythonRecord | undefined, size: number): Digest[] {
  const noted = python === undefined ? undefined : digestOfEtag(python.etag);
  return [...(record?.size === size ? [record.digest] : []), ...(noted === undefined ? [] : [noted])];
}

/** The hub's etags are git's blob ids or sha-256. */
function digestOfEtag(etag: string): Digest | undefined {
  if (/^[0-9a-f]{64}$/.test(etag)) return { algorithm: 'sha256', hex: etag };
  return /^[0-9a-f]{40}$/.test(etag) ? { algorithm: 'git-sha1', hex: etag } : undefined;
}
