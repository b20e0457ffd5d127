import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { abortReason } from '../errors.js';
import type { Digest } from '../repo/digest.js';
import { adoptWhole } from './adopt-whole.js';
import { smallBlobBytes } from './blobs.js';
import { tolerateForeign } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import { type RepoLayout, partialPath, wholePath } from './layout.js';
import type { Holder, Lease, Leases } from './leases.js';
import { Partial } from './partial.js';
import type { Seed } from './partial-seed.js';
import { type FoundPartial, abandonedPartials, recordedBytesOf, signOfWork, takeOver } from './partials.js';

const pollMs = 250;

export interface ClaimContext {
  readonly layout: RepoLayout;
  readonly files: CacheFiles;
  readonly leases: Leases;
  /** The random id of this process's work on the repo. */
  readonly writer: string;
  readonly stallTimeoutMs: number;
  /** Partials that were there before this process began, by their hex: only these can be of a small blob. */
  readonly leftBehind: ReadonlySet<string>;
  readonly inTurn: <T>(action: () => Promise<T>) => Promise<T>;
  /** Throws where the repo's folder is not the one any more in which this run has begun. */
  readonly assertThere: () => void;
}

export interface BlobToFetch {
  readonly digest: Digest;
  readonly size: number;
  /** Puts the checked file in its place, which may be another than the cache's blobs. */
  readonly put: (from: string) => Promise<void>;
  /** What may hold its first bytes. */
  readonly seed?: Seed | undefined;
  /** Is the blob there, so that nothing need be fetched? */
  readonly isPublished: () => boolean;
}

/** The right to fetch a blob, and where its bytes go. */
export interface Claim {
  readonly target: Partial;
  /** Lets go, in any case. `published`: also clears away what the dead left of the same blob. */
  release(outcome: { published: boolean }): Promise<void>;
}

/**
 * Tries to become the one who fetches a blob, without waiting.
 *
 * @returns the claim, `published` where somebody else has just finished it, or who is at it
 * @throws RepoFolderGone
 */
export async function tryClaim(
  blob: BlobToFetch,
  context: ClaimContext,
): Promise<Claim | 'published' | { holder: Holder | undefined }> {
  context.assertThere();
  // Somebody may have removed all that was unfinished.
  if (!existsSync(context.layout.partials)) await context.files.makeFolder(context.layout.partials);
  if (blob.isPublished()) return 'published';
  if (blob.size <= smallBlobBytes) {
    return (await adoptLeft(blob, context)) ? 'published' : claim(blob, context, undefined);
  }
  const answer = await context.leases.tryExclusive(blob.digest.hex);
  if ('holder' in answer) return answer;
  // Between the first look and the lease its last holder may have published.
  if (!blob.isPublished()) return claim(blob, context, answer.lease);
  await answer.lease.release();
  return 'published';
}

/**
 * Waits while another process fetches a blob. When that one shows no progress, with this blob or any other, for two stall
 * timeouts, a partial of our own is begun beside it.
 *
 * @throws HubError  the signal's reason
 */
export async function waitForClaim(
  blob: BlobToFetch,
  context: ClaimContext,
  signal: AbortSignal,
): Promise<Claim | 'published'> {
  let seenSign = -1;
  // By a clock that stands still while the machine sleeps, as the holder does.
  let seenAtMs = performance.now();
  for (;;) {
    const answer = await tryClaim(blob, context);
    if (answer === 'published' || !('holder' in answer)) return answer;
    const sign = answer.holder === undefined ? 0 : await signOfWork(context.layout, answer.holder.writer);
    if (sign !== seenSign) {
      seenSign = sign;
      seenAtMs = performance.now();
    }
    if (performance.now() - seenAtMs > 2 * context.stallTimeoutMs) return claim(blob, context, undefined);
    await setTimeout(pollMs, undefined, { signal }).catch(() => {
      throw abortReason(signal);
    });
  }
}

async function claim(
  { digest, size, put, seed }: BlobToFetch,
  context: ClaimContext,
  lease: Lease | undefined,
): Promise<Claim> {
  const { layout, writer, files, inTurn } = context;
  const mayBeBegun = mayBeLeft({ digest, size }, context);
  try {
    const abandoned = await findAbandoned({ digest, size }, context);
    await takeOver(layout, { digest, size }, { writer, abandoned });
  } catch (error) {
    await lease?.release();
    throw error;
  }
  const folder = partialPath(layout, digest, writer);
  return {
    target: new Partial({
      folder,
      put,
      size,
      digests: [digest],
      mayBeBegun,
      seed,
      files,
      inTurn,
    }),
    release: async ({ published }) => {
      if (published) await clearAbandoned({ digest, size }, context);
      await lease?.release();
    },
  };
}

/** @returns a whole one was left, and is published now */
async function adoptLeft(blob: BlobToFetch, context: ClaimContext): Promise<boolean> {
  const abandoned = await findAbandoned(blob, context);
  const ownPath = wholePath(partialPath(context.layout, blob.digest, context.writer));
  if (!(await adoptWhole(blob, abandoned, { ownPath, inTurn: context.inTurn }))) return false;
  await clearAbandoned(blob, context);
  return true;
}

/** Clears away what the dead left of a blob that is there now. */
export async function clearAbandoned(blob: Pick<BlobToFetch, 'digest' | 'size'>, context: ClaimContext): Promise<void> {
  for (const leftover of await findAbandoned(blob, context)) {
    // One of another version is left alone: it is not known what it means.
    if ((await recordedBytesOf(leftover, blob)) === undefined) continue;
    await rm(leftover.path, { recursive: true, force: true }).catch(tolerateForeign);
  }
}

async function findAbandoned(
  { digest, size }: Pick<BlobToFetch, 'digest' | 'size'>,
  context: ClaimContext,
): Promise<FoundPartial[]> {
  if (!mayBeLeft({ digest, size }, context)) return [];
  const { layout, leases, writer } = context;
  return abandonedPartials(layout, digest, { writer, living: () => leases.livingWriters() });
}

function mayBeLeft({ digest, size }: Pick<BlobToFetch, 'digest' | 'size'>, { leftBehind }: ClaimContext): boolean {
  return size > smallBlobBytes || leftBehind.has(digest.hex);
}
