import { smallBlobBytes } from '../cache/blobs.js';
import { showWork } from '../cache/partials.js';
import { type BlobToFetch, type Claim, type ClaimContext, tryClaim, waitForClaim } from '../cache/claim.js';
import { ExitCode, HubError, abortReason } from '../errors.js';
import type { Tell } from '../events.js';
import type { HubClient } from '../hub/client.js';
import type { CommitHash, ListedFile } from '../repo/listing.js';
import type { RepoId } from '../repo/reference.js';
import { AdaptiveConcurrency, type Concurrency, fixedConcurrency } from '../transfer/concurrency.js';
import { Engine, type TransferResult } from '../transfer/engine.js';
import { RateLimit } from '../transfer/rate-limit.js';
import { type Source, bytesOf } from '../transfer/source.js';
import { TargetLost } from '../transfer/target.js';
import { inParallel } from './in-parallel.js';
import { ProgressMeter } from './progress-meter.js';

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
  readonly claims: ClaimContext;
  /** What a file becomes once it is here. */
  readonly blobOf: (file: ListedFile) => BlobToFetch;
  /** Undefined: as many as help. */
  readonly connections: number | undefined;
  /** Bytes a second of all connections together; undefined: no limit. */
  readonly bytesPerSecond: number | undefined;
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

/** A transfer that another process took over is begun again; this often is enough for any accident. */
const mostTakeOvers = 20;

/**
 * Brings the bytes of some files into their places. One file's failure does not stop the others, but for those that
 * every file would meet: a full or unwritable disk, a bad token, a signal. Failures are outcomes, a signal's too.
 */
export async function fetchBlobs(options: FetchBlobsOptions): Promise<FetchedBlobs> {
  return new BlobFetcher(options).run();
}

/** More than there are connections, so that others come while some are being written, synced and renamed. */
const smallFilesAtATime = 96;
/** Their segments share the connections; each holds a lease. */
const largeFilesAtATime = 8;

function concurrencyOf({ connections, tell }: FetchBlobsOptions): Concurrency {
  if (connections !== undefined) return fixedConcurrency(connections);
  return new AdaptiveConcurrency((limit, why) => {
    tell({ type: 'detail', message: `${String(limit)} connections from now on: ${why}` });
  });
}

class BlobFetcher {
  readonly #options: FetchBlobsOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #engine: Engine;
  readonly #meter: ProgressMeter;
  readonly #outcomes = new Map<string, BlobOutcome>();
  /** By path, over all transfers of a file: one that another process took over is not the last. */
  readonly #spent = new Map<string, Spent>();
  readonly #sources: Record<string, number> = {};
  #defect: Error | undefined;

  constructor(options: FetchBlobsOptions) {
    const { files, signal, tell, bytesPerSecond, claims } = options;
    this.#options = options;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    this.#engine = new Engine({
      concurrency: concurrencyOf(options),
      rateLimit: bytesPerSecond === undefined ? undefined : new RateLimit(bytesPerSecond),
      stallTimeoutMs: claims.stallTimeoutMs,
      tell: (message) => tell({ type: 'detail', message }),
      signal: this.#signal,
    });
    this.#meter = new ProgressMeter({ files, work: this.#engine, tell });
  }

  async run(): Promise<FetchedBlobs> {
    const { files, connections = Infinity } = this.#options;
    const held: ListedFile[] = [];
    const tryFile = async (file: ListedFile) => {
      if ((await this.#bring(file, tryClaim)) === 'held') held.push(file);
    };
    const isSmall = ({ size }: ListedFile) => size <= smallBlobBytes;
    this.#meter.start();
    try {
      await Promise.all([
        inParallel(files.filter(isSmall), Math.min(smallFilesAtATime, 2 * connections), tryFile),
        inParallel(
          files.filter((file) => !isSmall(file)),
          Math.min(largeFilesAtATime, connections),
          tryFile,
        ),
      ]);
      // What another process is at comes last: by then it may well be there.
      await inParallel(held, largeFilesAtATime, (file) => this.#bringHeld(file));
    } finally {
      this.#meter.stop();
      await this.#engine.close();
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
          this.#meter.fileDone(file);
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
    const { repo, commit, client, tell, bytesHere } = this.#options;
    const toCheck = bytesHere.get(file.path) ?? 0;
    if (toCheck > 0) tell({ type: 'checking', path: file.path, bytes: toCheck });
    const result = await this.#engine.transfer(
      {
        path: file.path,
        size: file.size,
        digests: [file.digest],
        source: this.#counted(file, client.source(repo, commit, file)),
        target: claim.target,
        retry: client.backoff(file.path),
      },
      (checked) => tell({ type: 'file-started', path: file.path, bytes: file.size, bytesHere: checked }),
    );
    const { bytesFetched, bytesWasted } = this.#spentOn(file.path);
    this.#spent.set(file.path, {
      bytesFetched: bytesFetched + result.bytesFetched,
      bytesWasted: bytesWasted + result.bytesWasted,
    });
    if (result.failure === undefined) this.#meter.fileDone(file);
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
