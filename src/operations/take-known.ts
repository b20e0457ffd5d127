import { type FileHandle, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { blobState, smallBlobBytes } from '../cache/blobs.js';
import { type ClaimContext, clearAbandoned } from '../cache/claim.js';
import { readFully, writeFully } from '../cache/descriptor.js';
import { asDiskError, isSystemError } from '../cache/disk-errors.js';
import type { CacheFiles } from '../cache/files.js';
import type { KnownBlob, KnownBlobs } from '../cache/known-blobs.js';
import { blobPath, partialPath } from '../cache/layout.js';
import { hardLink, openUnused, reflink } from '../cache/one-file.js';
import type { Tell } from '../events.js';
import type { ListedFile } from '../repo/listing.js';
import { damagedBlob } from './damaged-blob.js';
import { UnreadableFile, digestOf } from './check-digest.js';
import { CheckingWork } from './checking-work.js';
import type { BlobOutcome } from './fetch-blobs.js';
import { inParallel } from './in-parallel.js';
import { ProgressMeter } from './progress-meter.js';

const chunkBytes = 1024 * 1024;
const checksAtATime = Math.min(4, availableParallelism());

export interface TakeOptions {
  readonly known: KnownBlobs;
  readonly claims: ClaimContext;
  readonly tell: Tell;
  readonly signal: AbortSignal;
}

/** What was taken, by path, and what must be fetched after all. */
export interface TakenBlobs {
  readonly outcomes: ReadonlyMap<string, BlobOutcome>;
  readonly left: readonly ListedFile[];
}

/**
 * Brings blobs from elsewhere on this disk, where `known` found them: as a hard link, else a reflink, else a copy. Whatever
 * becomes a blob has been read, and has the digest of the listing.
 *
 * @throws HubError  the signal's reason, or our own disk's refusal
 */
export async function takeKnown(files: readonly ListedFile[], options: TakeOptions): Promise<TakenBlobs> {
  const outcomes = new Map<string, BlobOutcome>();
  const left: ListedFile[] = [];
  const work = new CheckingWork();
  const meter = new ProgressMeter({ work, tell: options.tell });
  meter.start(files);
  try {
    await inParallel(files, checksAtATime, async (file) => {
      const state = await takeFile(file, { ...options, work });
      work.end(file);
      if (state === undefined) {
        left.push(file);
        return;
      }
      meter.fileDone(file);
      outcomes.set(file.path, { state, bytesFetched: 0, bytesWasted: 0 });
      options.tell({ type: 'file-done', path: file.path, bytes: file.size, bytesFetched: 0, state });
    });
  } finally {
    meter.stop();
  }
  return { outcomes, left };
}

interface Taking extends TakeOptions {
  readonly work: CheckingWork;
}

/** Undefined: nothing of what was found is of use, or another process is at it; who fetches waits for that one. */
async function takeFile(file: ListedFile, taking: Taking): Promise<'linked' | 'cached' | undefined> {
  const { claims, known } = taking;
  claims.assertThere();
  const answer = file.size > smallBlobBytes ? await claims.leases.tryExclusive(file.digest.hex) : undefined;
  if (answer !== undefined && 'holder' in answer) return undefined;
  try {
    if (blobState(claims.layout, file.digest, file.size) === 'whole') return 'cached';
    for (const blob of known.of(file)) {
      if (!(await takeBlob(blob, file, taking))) continue;
      await clearAbandoned(file, claims);
      return 'linked';
    }
    return undefined;
  } finally {
    await answer?.lease.release();
  }
}

/** False where the file is not what was hoped for. */
async function takeBlob(blob: KnownBlob, file: ListedFile, taking: Taking): Promise<boolean> {
  const { layout, writer, files, inTurn } = taking.claims;
  const temporary = `${partialPath(layout, file.digest, writer)}.whole`;
  try {
    const duplicate = await begin(blob, temporary, files);
    try {
      if (!(await isRight(duplicate, file, { ...taking, blob }))) return false;
      if (duplicate.kind !== 'link') await inTurn(() => duplicate.handle.sync());
    } finally {
      await duplicate.handle.close();
    }
    await rename(temporary, blobPath(layout, file.digest));
    return true;
  } catch (error) {
    // It may be gone by now, or not be ours to read. What our own disk has against it, a fetch will tell.
    const isOfNoUse =
      error instanceof UnreadableFile || isSystemError(error, 'ENOENT', 'EACCES', 'EPERM', 'EIO', 'ESTALE');
    if (!isOfNoUse) throw asDiskError(error, temporary);
    taking.tell({ type: 'detail', message: `${blob.path} is of no use: ${String(error)}` });
    return false;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A file of ours that has, or shall have, the bytes of a known blob. */
interface Duplicate {
  readonly kind: 'link' | 'reflink' | 'copy';
  readonly handle: FileHandle;
}

async function begin({ path, mayShare }: KnownBlob, temporary: string, files: CacheFiles): Promise<Duplicate> {
  if (mayShare && (await hardLink(path, temporary))) return { kind: 'link', handle: await openUnused(temporary) };
  const handle = await reflink(path, temporary, files);
  if (handle !== undefined) return { kind: 'reflink', handle };
  return { kind: 'copy', handle: await files.create(temporary) };
}

/** Digests our own file, so that what is judged is what becomes the blob; copies as it goes where it is still to come. */
async function isRight(
  { kind, handle }: Duplicate,
  { path, size, digest }: ListedFile,
  { work, signal, tell, claims, blob }: Taking & { blob: KnownBlob },
): Promise<boolean> {
  tell({ type: 'checking', path, bytes: size });
  const source = kind === 'copy' ? await openUnused(blob.path) : undefined;
  try {
    if ((await (source ?? handle).stat()).size !== size) return false;
    const { algorithm } = digest;
    const options = { checked: (bytes: number) => work.advance(path, size, bytes), signal };
    const bring = source === undefined ? {} : { bring: copier(source, handle) };
    const hex = await digestOf(handle.fd, { algorithm, size }, { ...options, ...bring });
    if (hex === digest.hex) return true;
    const message = `${blob.path} is damaged: its ${algorithm} is ${hex}, not ${digest.hex}; it was not used for ${path}`;
    tell(damagedBlob(blob.path, { cacheDir: claims.layout.cacheDir, message }));
    return false;
  } finally {
    await source?.close();
  }
}

function copier(from: FileHandle, to: FileHandle): (start: number, end: number) => Promise<void> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  return async (start, end) => {
    for (let offset = start; offset < end; offset += chunkBytes) {
      const chunk = buffer.subarray(0, Math.min(chunkBytes, end - offset));
      if (!(await readFully(from.fd, chunk, offset))) throw new UnreadableFile('it became shorter');
      await writeFully(to.fd, [chunk], offset);
    }
  };
}
