import { turns } from '../cache/turns.js';
import type { Tell } from '../events.js';
import { type RepoId, repoPath } from '../repo/reference.js';
import type { Settings } from '../settings/settings.js';
import { AdaptiveConcurrency, type Concurrency, fixedConcurrency } from '../transfer/concurrency.js';
import { Engine } from '../transfer/engine.js';
import { RateLimit } from '../transfer/rate-limit.js';
import { ProgressMeter } from './progress-meter.js';

/** More than there are connections, so that others come while some are being written, synced and renamed. */
const smallFilesAtATime = 96;
/** Their segments share the connections; each holds a lease. */
const largeFilesAtATime = 8;
/** More only make the disk's queue longer for everybody. */
const fsyncsAtATime = 2;

/** Runs an action when its turn comes. */
export type InTurn = <T>(action: () => Promise<T>) => Promise<T>;

export interface SharedTransferOptions {
  readonly settings: Pick<Settings, 'concurrency' | 'limitRate' | 'stallTimeoutMs'>;
  readonly tell: Tell;
  readonly signal: AbortSignal;
  /** `several`: files are shown with the name of their repo. */
  readonly repos: 'one' | 'several';
}

/**
 * What all files of a run share, whatever repos they are of: one budget of connections, one rate, the turns at the disk,
 * and one picture of how far it is.
 */
export class SharedTransfer {
  readonly engine: Engine;
  readonly meter: ProgressMeter;
  readonly smallPlaces: number;
  readonly largePlaces: number;
  readonly inSmallPlace: InTurn;
  readonly inLargePlace: InTurn;
  readonly inFsyncTurn: InTurn = turns(fsyncsAtATime);
  readonly #repos: SharedTransferOptions['repos'];

  constructor({ settings, tell, signal, repos }: SharedTransferOptions) {
    const { concurrency: connections, limitRate, stallTimeoutMs } = settings;
    this.#repos = repos;
    this.engine = new Engine({
      concurrency: concurrencyOf(connections, tell),
      rateLimit: limitRate === undefined ? undefined : new RateLimit(limitRate),
      stallTimeoutMs,
      tell: (message) => tell({ type: 'detail', message }),
      signal,
    });
    this.meter = new ProgressMeter({ work: this.engine, tell });
    this.smallPlaces = Math.min(smallFilesAtATime, 2 * (connections ?? Infinity));
    this.largePlaces = Math.min(largeFilesAtATime, connections ?? Infinity);
    this.inSmallPlace = turns(this.smallPlaces);
    this.inLargePlace = turns(this.largePlaces);
  }

  /** What a file is called on the screen, and in messages. */
  nameOf(repo: RepoId, path: string): string {
    return this.#repos === 'one' ? path : `${repoPath(repo)}/${path}`;
  }

  /** Once nothing is under way; never throws. */
  async close(): Promise<void> {
    await this.engine.close();
  }
}

function concurrencyOf(connections: number | undefined, tell: Tell): Concurrency {
  if (connections !== undefined) return fixedConcurrency(connections);
  return new AdaptiveConcurrency((limit, why) => {
    tell({ type: 'detail', message: `${String(limit)} connections from now on: ${why}` });
  });
}
