import { availableParallelism } from 'node:os';
import { isSystemError } from '../../cache/disk-errors.js';
import { GitFailed } from '../../foreign/git-program.js';
import { formatDigest, sameDigest } from '../../repo/digest.js';
import type { Listing } from '../../repo/listing.js';
import { judgeListing } from '../../repo/names.js';
import { CheckMeter } from '../check-meter.js';
import type { OperationContext } from '../context.js';
import { inParallel } from '../in-parallel.js';
import type { ImportedCommit, ImportedFile } from './import-result.js';
import type { Offer, OfferedFile, Place } from './offer.js';
import { RepoImport } from './repo-import.js';

const readsAtATime = Math.min(4, availableParallelism());

interface TakeInOptions {
  readonly dryRun: boolean;
  readonly context: OperationContext;
}

/** What was taken of some offers. */
export interface TakenIn {
  readonly commits: ImportedCommit[];
  /** Of each content once. */
  readonly bytesImported: number;
}

/**
 * Takes what is offered into the cache, one commit after the other. A file that is damaged, or not there after all, stops
 * none of the others.
 *
 * @throws HubError  the disk's refusal, names that can't be, the signal's reason
 */
export async function takeIn(offers: readonly Offer[], options: TakeInOptions): Promise<TakenIn> {
  const meter = new CheckMeter(options.context.tell);
  const commits: ImportedCommit[] = [];
  let bytesImported = 0;
  meter.start();
  try {
    for (const offer of offers) {
      const taken = await takeCommit(offer, meter, options);
      commits.push(taken.commit);
      bytesImported += taken.bytesImported;
    }
  } finally {
    meter.stop();
  }
  return { commits, bytesImported };
}

/** What became of one content. */
interface Fate {
  readonly state: ImportedFile['state'];
  readonly reason?: string | undefined;
}

async function takeCommit(
  offer: Offer,
  meter: CheckMeter,
  options: TakeInOptions,
): Promise<{ commit: ImportedCommit; bytesImported: number }> {
  if (offer.listing !== undefined) judgeListing(offer.listing.files);
  const repo = new RepoImport(offer.repo, options);
  await repo.hold();
  try {
    const listing = (await repo.listing(offer.commit)) ?? offer.listing;
    const faults = faultsAgainst(listing, offer.files);
    const wanted = new Map(offer.files.filter(({ path }) => !faults.has(path)).map((file) => [file.digest.hex, file]));
    const fates = await takeBlobs([...wanted.values()], { offer, repo, meter });
    const fateOf = ({ path, digest }: OfferedFile): Fate =>
      faults.get(path) ?? fates.get(digest.hex) ?? { state: 'missing' };
    const here = offer.files.filter((file) => isHere(fateOf(file)));
    const refs = await repo.settle({ commit: offer.commit, refs: offer.refs, listing, files: here });
    const herePaths = new Set(here.map(({ path }) => path));
    const imported = [...wanted.values()].filter(({ digest }) => fates.get(digest.hex)?.state === 'imported');
    return {
      bytesImported: imported.reduce((sum, { size }) => sum + size, 0),
      commit: {
        repo: offer.repo.name,
        type: offer.repo.type,
        refs,
        commit: offer.commit,
        path: repo.snapshotOf(offer.commit),
        complete: listing === undefined ? null : listing.files.every(({ path }) => herePaths.has(path)),
        files: offer.files.map((file) => importedFile(file, fateOf(file))),
      },
    };
  } finally {
    await repo.letGo();
  }
}

function isHere({ state }: Fate): boolean {
  return state === 'imported' || state === 'cached';
}

export function importedFile({ path, size, digest }: OfferedFile, { state, reason }: Fate): ImportedFile {
  return { path, size, digest: formatDigest(digest), state, ...(reason === undefined ? {} : { reason }) };
}

/** What a commit's listing has against files that are said to be of it. */
export function faultsAgainst(listing: Listing | undefined, files: readonly OfferedFile[]): Map<string, Fate> {
  const faults = new Map<string, Fate>();
  if (listing === undefined) return faults;
  const listed = new Map(listing.files.map((file) => [file.path, file]));
  for (const { path, digest } of files) {
    const file = listed.get(path);
    if (file === undefined) faults.set(path, { state: 'corrupt', reason: 'the commit has no such file' });
    else if (!sameDigest(file.digest, digest)) {
      faults.set(path, { state: 'corrupt', reason: `in this commit it is ${formatDigest(file.digest)}` });
    }
  }
  return faults;
}

interface Taking {
  readonly offer: Offer;
  readonly repo: RepoImport;
  readonly meter: CheckMeter;
}

/** @returns by the hex of their digest */
async function takeBlobs(files: readonly OfferedFile[], taking: Taking): Promise<Map<string, Fate>> {
  const { offer, repo, meter } = taking;
  const fates = new Map<string, Fate>(
    files.filter((file) => repo.has(file)).map((file) => [file.digest.hex, { state: 'cached' }]),
  );
  const lacking = files.filter(({ digest }) => !fates.has(digest.hex));
  const there = lacking.filter((file) => offer.placesOf(file).length > 0);
  await repo.requireSpace(there.reduce((sum, { size }) => sum + size, 0));
  meter.expect(there.map(({ size }) => size));
  for (const file of lacking) fates.set(file.digest.hex, { state: 'missing', reason: offer.whyMissing?.(file) });
  await inParallel(there, readsAtATime, async (file) => {
    fates.set(file.digest.hex, await takeBlob(file, taking));
    meter.done(file);
  });
  for (const file of lacking) {
    const prefix = fates.get(file.digest.hex)?.state === 'missing' ? offer.prefixOf?.(file) : undefined;
    const kept = prefix === undefined ? 0 : await repo.keepPrefix(file, prefix);
    if (kept === 0) continue;
    fates.set(file.digest.hex, {
      state: 'missing',
      reason: `${String(kept)} bytes of it are here, and kept for a download`,
    });
  }
  return fates;
}

async function takeBlob(file: OfferedFile, { offer, repo, meter }: Taking): Promise<Fate> {
  let damage: string | undefined;
  let reason = offer.whyMissing?.(file);
  for (const place of offer.placesOf(file)) {
    const read = (bytes: number) => meter.advance(file, bytes);
    try {
      const isRight =
        place.kind === 'file'
          ? await repo.intake.takeFile(file, place.path, read)
          : await repo.intake.takeStream(file, place.open(), read);
      if (isRight) return { state: 'imported' };
      if (saysItIs(place)) damage ??= `${nameOf(place)} has other bytes`;
      else reason ??= `${nameOf(place)} has other bytes`;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      reason = `${nameOf(place)} can't be read: ${error.message}`;
    }
  }
  return damage === undefined ? { state: 'missing', reason } : { state: 'corrupt', reason: damage };
}

function saysItIs(place: Place): boolean {
  return place.kind === 'stream' || place.isNamed;
}

function nameOf(place: Place): string {
  return place.kind === 'stream' ? place.what : place.path;
}

/** The other folder's fault: what our own disk has against us is a DiskError by now. */
function isUnreadable(error: unknown): error is Error {
  const codes = ['ENOENT', 'EACCES', 'EPERM', 'EIO', 'ESTALE', 'EISDIR', 'ENOTDIR', 'ELOOP'];
  return error instanceof GitFailed || isSystemError(error, ...codes);
}
