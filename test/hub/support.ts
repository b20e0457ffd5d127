import type { HubEvent } from '../../src/events.js';
import { type HubClient, type HubSettings, createHubClient } from '../../src/hub/client.js';
import type { CommitHash } from '../../src/repo/listing.js';
import type { RepoId } from '../../src/repo/reference.js';
import type { Run, Sink } from '../../src/transfer/source.js';
import { InstantClock } from '../net/instant-clock.js';
import { plainNetwork } from '../net/network.js';

export const model: RepoId = { type: 'model', name: 'org/name' };

/** Never fires. */
export const noSignal = new AbortController().signal;

export interface TestClient extends HubClient {
  readonly clock: InstantClock;
  readonly events: HubEvent[];
}

export function clientFor(endpoint: string | readonly string[], settings: Partial<HubSettings> = {}): TestClient {
  const clock = new InstantClock();
  const events: HubEvent[] = [];
  const client = createHubClient({
    settings: {
      endpoints: [endpoint].flat().map((url, index) => ({ url, sendsToken: index === 0 })),
      ...plainNetwork,
      token: undefined,
      retries: 8,
      retryForMs: 0,
      stallTimeoutMs: 5000,
      headersTimeoutMs: 5000,
      ...settings,
    },
    tell: (event) => events.push(event),
    clock,
    random: () => 1,
  });
  return { ...client, clock, events };
}

/** Keeps what a source pushes. */
export class Collector implements Sink {
  readonly runs: Run[] = [];
  arrivedBytes = 0;
  runBytes = 256 * 1024;
  runAgeMs = 250;

  arrived(bytes: number): void {
    this.arrivedBytes += bytes;
  }

  write(run: Run): Promise<void> {
    this.runs.push({ ...run, buffers: run.buffers.map((buffer) => Buffer.from(buffer)) });
    return Promise.resolve();
  }

  /** All bytes, which must follow each other from `offset` on. */
  bytesFrom(offset: number): Buffer {
    const buffers: Uint8Array[] = [];
    let next = offset;
    for (const run of this.runs) {
      if (run.offset !== next) throw new Error(`a run begins at ${run.offset} instead of ${next}`);
      buffers.push(...run.buffers);
      next += run.buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
    }
    return Buffer.concat(buffers);
  }
}

export function commitHash(hex: string): CommitHash {
  return hex as CommitHash;
}
