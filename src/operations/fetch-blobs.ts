import { smallBlobBytes } from '../cache/blobs.js';
import { showWork } from '../cache/partials.js';
import { type BlobToFetch, type Claim, type ClaimContext, tryClaim, waitForClaim } from '../cache/claim.js';
import { ExitCode, HubError, abortReason } from '../errors.js';
import type { Tell } from '../events.js';
import type { HubClient } from '../hub/client.js';
import type { CommitHash, ListedFile } from '../repo/listing.js';
import type { RepoId } from '../repo/reference.js';
import type { TransferResult } from '../transfer/engine.js';
import { type Source, bytesOf } from '../transfer/source.js';
import { TargetLost } from '../transfer/target.js';
import { inParallel } from './in-parallel.js';
import type { SharedTransfer } from './shared-transfer.js';

/** What became of one blob. Bytes. */
export interface BlobOutcome {
  readonly state: 'fetched' | 'resumed' | 'cached' | 'linked' | 'failed';
  readonly bytesFetched: number;
  readonly bytesWasted: number;
  readonly error?: HubError;
}

export interface FetchBlobsOptions {
  readonly repo: RepoId;
  readonly commit: CommitHash;
  /** One for each digest. */
  readonly files: readonly ListedFile[];
  /** What the plan found of them, by path. */
  readonly bytesHere: ReadonlyMap<string, number>;
  readonly client: HubClient;
  readonly transfer: SharedTransfer;
  readonly claims: ClaimContext;
  /** What a file becomes once it is here. */
  readonly blobOf: (file: ListedFile) => BlobToFetch;
  readonly tell: Tell;
  readonly signal: AbortSignal;
}

export interface FetchedBlobs {
  /** By path. */
  readonly outcomes: ReadonlyMap<string, BlobOutcome>;
  /** Bytes received by origin. */
  readonly sources: Record<string, number>;
}

const showWorkEveryMs = 500;
/** Each is waited for without a place: who holds it may need longer than all others together. */
const heldFilesAtATime = 8;

/** A transfer that another process took over is begun again; this often is enough for any accident. */
const mostTakeOvers = 20;

/**
 * Brings the bytes of some files into their places. One file's failure does not stop the others, but for those that
 * every file would meet: a full or unwritable disk, a bad token, a signal. Failures are outcomes, a signal's too.
 */
export async function fetchBlobs(options: FetchBlobsOptions): Promise<FetchedBlobs> {
  return new BlobFetcher(options).run();
}

class BlobFetcher {
  readonly #options: FetchBlobsOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #outcomes = new Map<string, BlobOutcome>();
  /** By path, over all transfers of a file: one that another process took over is not the last. */
  readonly #spent = new Map<string, Spent>();
  readonly #sources: Record<string, number> = {};
  #defect: Error | undefined;

  constructor(options: FetchBlobsOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
  }

  async run(): Promise<FetchedBlobs> {
    const { files, transfer } = this.#options;
    const { meter, smallPlaces, inSmallPlace, largePlaces, inLargePlace } = transfer;
    const held: ListedFile[] = [];
    const tryFile = async (file: ListedFile) => {
      if ((await this.#bring(file, tryClaim)) === 'held') held.push(file);
    };
    const isSmall = ({ size }: ListedFile) => size <= smallBlobBytes;
    const small = files.filter(isSmall);
    const large = files.filter((file) => !isSmall(file));
    meter.start(files);
    try {
      await Promise.all([
        inParallel(small, smallPlaces, (file) => inSmallPlace(() => tryFile(file))),
        inParallel(large, largePlaces, (file) => inLargePlace(() => tryFile(file))),
      ]);
      // What another process is at comes last: by then it may well be there.
      await inParallel(held, heldFilesAtATime, (file) => this.#bringHeld(file));
    } finally {
      meter.stop();
    }
    if (this.#defect !== undefined) throw this.#defect;
    for (const { path } of files) if (!this.#outcomes.has(path)) this.#fail(path, abortReason(this.#signal));
    return { outcomes: this.#outcomes, sources: this.#sources };
  }

  async #bring(file: ListedFile, claim: ClaimFunction): Promise<'settled' | 'held'> {
    try {
      for (let takeOvers = 0; !this.#signal.aborted; takeOvers += 1) {
        const { blobOf, claims } = this.#options;
        const answer = await claim(blobOf(file), claims, this.#signal);
        if (answer === 'published') {
          this.#options.transfer.meter.fileDone(file);
          this.#settle(file, 'cached');
          return 'settled';
        }
        if ('holder' in answer) return 'held';
        const { failure, bytesResumed } = await this.#transfer(file, answer);
        if (failure instanceof TargetLost && takeOvers < mostTakeOvers) continue;
        if (failure !== undefined) this.#fail(file.path, failure);
        else this.#settle(file, bytesResumed > 0 ? 'resumed' : 'fetched');
        return 'settled';
      }
    } catch (error) {
      this.#fail(file.path, error);
    }
    return 'settled';
  }

  async #bringHeld(file: ListedFile): Promise<void> {
    const { tell } = this.#options;
    tell({ type: 'waiting', reason: 'lease', on: file.path });
    await this.#bring(file, async (blob, context, signal) => {
      const answer = await waitForClaim(blob, context, signal);
      tell({ type: 'waited', reason: 'lease', on: file.path });
      return answer;
    });
  }

  async #transfer(file: ListedFile, claim: Claim): Promise<TransferResult> {
    const { repo, commit, client, transfer, tell, bytesHere } = this.#options;
    const toCheck = bytesHere.get(file.path) ?? 0;
    if (toCheck > 0) tell({ type: 'checking', path: file.path, bytes: toCheck });
    const result = await transfer.engine.transfer(
      {
        path: transfer.nameOf(repo, file.path),
        size: file.size,
        // The lock's first: it is the one that a person can look up.
        digests: file.lockedDigest === undefined ? [file.digest] : [file.lockedDigest, file.digest],
        source: this.#counted(file, client.source(repo, commit, file)),
        target: claim.target,
        retry: client.backoff(transfer.nameOf(repo, file.path)),
        signal: this.#signal,
      },
      (checked) => tell({ type: 'file-started', path: file.path, bytes: file.size, bytesHere: checked }),
    );
    const { bytesFetched, bytesWasted } = this.#spentOn(file.path);
    this.#spent.set(file.path, {
      bytesFetched: bytesFetched + result.bytesFetched,
      bytesWasted: bytesWasted + result.bytesWasted,
    });
    if (result.failure === undefined) transfer.meter.fileDone(file);
    await claim.release({ published: result.failure === undefined });
    return result;
  }

  #settle(file: ListedFile, state: 'fetched' | 'resumed' | 'cached'): void {
    const spent = this.#spentOn(file.path);
    this.#outcomes.set(file.path, { state, ...spent });
    const { bytesFetched } = spent;
    this.#options.tell({ type: 'file-done', path: file.path, bytes: file.size, bytesFetched, state });
  }

  #fail(path: string, error: unknown): void {
    if (!(error instanceof HubError)) {
      // A defect is no file's fault: it ends the run, once everything that is under way has let go.
      this.#defect ??= error instanceof Error ? error : new Error(String(error));
      this.#stop.abort(error);
      return;
    }
    this.#outcomes.set(path, { state: 'failed', ...this.#spentOn(path), error });
    if (this.#signal.aborted) return;
    this.#options.tell({ type: 'file-failed', path, message: error.message });
    if (endsEverything(error)) this.#stop.abort(error);
  }

  #spentOn(path: string): Spent {
    return this.#spent.get(path) ?? { bytesFetched: 0, bytesWasted: 0 };
  }

  /** The same source, its bytes counted by their origin, and shown to who waits for the file. */
  #counted(file: ListedFile, source: Source): Source {
    const { layout, writer } = this.#options.claims;
    let shownAtMs = -Infinity;
    const show = () => {
      if (performance.now() - shownAtMs < showWorkEveryMs) return;
      shownAtMs = performance.now();
      showWork(layout, file.digest, writer);
    };
    return {
      get ignoresRanges() {
        return source.ignoresRanges;
      },
      suspects: source.suspects,
      read: (range, sink, signal) =>
        source.read(
          range,
          {
            runBytes: sink.runBytes,
            runAgeMs: sink.runAgeMs,
            held: sink.held,
            arrived: (bytes) => sink.arrived(bytes),
            write: (run) => {
              const bytes = bytesOf(run);
              this.#sources[run.origin] = (this.#sources[run.origin] ?? 0) + bytes;
              show();
              return sink.write(run);
            },
          },
          signal,
        ),
    };
  }
}

type ClaimFunction = (blob: BlobToFetch, context: ClaimContext, signal: AbortSignal) => ReturnType<typeof tryClaim>;

interface Spent {
  readonly bytesFetched: number;
  readonly bytesWasted: number;
}

/** Every other file would meet the same. */
function endsEverything(error: HubError): boolean {
  return error.exitCode === ExitCode.disk || error.code === 'bad-token';
}
