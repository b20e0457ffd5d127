import { formatDigest } from '../repo/digest.js';
import type { ListedFile } from '../repo/listing.js';

/** What shall happen to one file. Sizes in bytes. */
export type PlannedFile = { readonly file: ListedFile } & (
  | { readonly state: 'cached' }
  /** Its bytes are those of another file of this plan. */
  | { readonly state: 'link'; readonly from: string }
  /** Its bytes are elsewhere on this disk, at an absolute path. */
  | { readonly state: 'take'; readonly from: string; readonly needsCopy: boolean }
  /** `bytesToCopy`: of those that it has, what is yet to be copied out of another tool's file. */
  | { readonly state: 'resume'; readonly haveBytes: number; readonly bytesToCopy?: number }
  | { readonly state: 'fetch' }
  /** In a local folder: the user's own stands there. */
  | { readonly state: 'keep' }
);

export interface Plan {
  readonly files: readonly PlannedFile[];
  readonly totals: {
    readonly files: number;
    readonly bytes: number;
    readonly bytesToFetch: number;
    readonly bytesCached: number;
    readonly bytesResumed: number;
    /** Of another file of the plan, or of what is elsewhere on this disk. */
    readonly bytesLinked: number;
    /** What the disk must have room for. */
    readonly bytesToWrite: number;
  };
}

/** What the cache has, as far as the plan need know. */
export interface CacheState {
  /** Is the file's blob there, with the right size? */
  readonly hasWhole: (file: ListedFile) => boolean;
  /** How many of its bytes an unfinished download left. */
  readonly partialBytes: (file: ListedFile) => number;
  /** How many of its first bytes another tool left. */
  readonly leftoverBytes?: (file: ListedFile) => number;
  /** Does the user's own stand in its place? */
  readonly isKept?: (file: ListedFile) => boolean;
  /** Where else on this disk its bytes may be. */
  readonly elsewhere: (file: ListedFile) => { readonly path: string; readonly needsCopy: boolean } | undefined;
}

/** Decides for each selected file what shall happen to it: each digest is brought once. */
export function planFiles(files: readonly ListedFile[], cache: CacheState): Plan {
  const brought = new Map<string, string>();
  const planned = files.map((file): PlannedFile => {
    if (cache.isKept?.(file) === true) return { file, state: 'keep' };
    if (cache.hasWhole(file)) return { file, state: 'cached' };
    const key = formatDigest(file.digest);
    const from = brought.get(key);
    if (from !== undefined) return { file, state: 'link', from };
    brought.set(key, file.path);
    const known = cache.elsewhere(file);
    if (known !== undefined) return { file, state: 'take', from: known.path, needsCopy: known.needsCopy };
    const ownBytes = cache.partialBytes(file);
    const haveBytes = Math.max(ownBytes, cache.leftoverBytes?.(file) ?? 0);
    if (haveBytes === 0) return { file, state: 'fetch' };
    return { file, state: 'resume', haveBytes, ...(haveBytes > ownBytes && { bytesToCopy: haveBytes - ownBytes }) };
  });
  return { files: planned, totals: totalsOf(planned) };
}

/** The bytes of a file that are still to come. */
export function bytesToFetch(planned: PlannedFile): number {
  switch (planned.state) {
    case 'fetch':
      return planned.file.size;
    case 'resume':
      return planned.file.size - planned.haveBytes;
    case 'cached':
    case 'link':
    case 'keep':
    case 'take':
      return 0;
  }
}

function totalsOf(planned: readonly PlannedFile[]): Plan['totals'] {
  const sum = (bytesOf: (file: PlannedFile) => number) => planned.reduce((total, file) => total + bytesOf(file), 0);
  return {
    files: planned.length,
    bytes: sum(({ file }) => file.size),
    bytesToFetch: sum(bytesToFetch),
    bytesCached: sum(({ file, state }) => (state === 'cached' ? file.size : 0)),
    bytesResumed: sum((file) => (file.state === 'resume' ? file.haveBytes : 0)),
    bytesLinked: sum(({ file, state }) => (state === 'link' || state === 'take' ? file.size : 0)),
    bytesToWrite: sum(bytesToWrite),
  };
}

function bytesToWrite(planned: PlannedFile): number {
  if (planned.state === 'take' && planned.needsCopy) return planned.file.size;
  return bytesToFetch(planned) + (planned.state === 'resume' ? (planned.bytesToCopy ?? 0) : 0);
}
