import pRetry from 'p-retry';
import { HubError, abortReason } from '../errors.js';
import type { Tell } from '../events.js';
import { createSockets } from '../net/agent.js';
import { Backoff, type Contact } from '../net/backoff.js';
import { type Clock, systemClock } from '../net/clock.js';
import { HubUnreachable } from '../net/errors.js';
import type { ExchangeContext } from '../net/exchange.js';
import { FastLane } from '../net/fast-lane.js';
import { Outage } from '../net/outage.js';
import { Throttle } from '../net/throttle.js';
import type { CommitHash, Listing } from '../repo/listing.js';
import type { RepoId } from '../repo/reference.js';
import type { Source } from '../transfer/source.js';
import { revisionUrl } from './addresses.js';
import { closingIdleAfterSilence } from './after-silence.js';
import { callApi } from './api.js';
import { HubSource } from './hub-source.js';
import { revisionSchema } from './schemas.js';
import { listPages } from './tree.js';
import { userAgent } from './user-agent.js';

/** The settings that concern a hub. */
export interface HubSettings {
  readonly endpoint: string;
  readonly proxy: string | undefined;
  readonly token: string | undefined;
  readonly retries: number;
  readonly retryForMs: number;
  readonly stallTimeoutMs: number;
  readonly headersTimeoutMs: number;
}

export interface HubClientOptions {
  readonly settings: HubSettings;
  readonly tell: Tell;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** The conversation of one run with a hub. */
export interface HubClient {
  /**
   * Asks which commit `revision` is, and what the repo's name is now (other than the one asked for after a rename).
   *
   * @throws RepoNotFound, RevisionNotFound, BadToken …; HubUnreachable when `deadlineMs`, retries included, are over
   */
  resolveRevision(
    repo: RepoId,
    revision: string,
    options: { signal: AbortSignal; deadlineMs?: number },
  ): Promise<{ commit: CommitHash; name: string }>;

  /** Lists all files of a commit, page by page; `onPage` is told how many are known so far. */
  listTree(
    repo: RepoId,
    commit: CommitHash,
    options: { signal: AbortSignal; onPage?: (filesSoFar: number) => void },
  ): Promise<Listing>;

  /** Where a file's bytes come from. Makes no request yet. */
  source(repo: RepoId, commit: CommitHash, file: { path: string; size: number }): Source;

  /** The tries of one thing that the caller drives itself. */
  backoff(what: string): Backoff;

  /** Ends all connections. */
  close(): Promise<void>;
}

/** @throws UsageError  a proxy that cannot be used */
export function createHubClient({
  settings,
  tell,
  clock = systemClock,
  random = Math.random,
}: HubClientOptions): HubClient {
  const { token, retries, stallTimeoutMs, headersTimeoutMs } = settings;
  const endpoint = new URL(settings.endpoint);
  const contact: Contact = { answered: false };
  const context: ExchangeContext = {
    sockets: createSockets(settings),
    endpoint,
    token,
    userAgent,
    headersTimeoutMs,
    throttle: new Throttle({ clock, tell }),
    outage: new Outage({ retryForMs: settings.retryForMs, clock, tell }),
    contact,
    tell,
  };
  const lane = new FastLane(settings);
  const closeIdle = (): void => {
    lane.closeIdle();
    context.sockets.closeIdle();
  };
  const anonymous = token === undefined;
  const backoff = (what: string): Backoff => new Backoff({ what, retries, contact, tell, clock, random });

  async function retried<T>(what: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const tries = backoff(what);
    try {
      return await pRetry(call, {
        retries: Infinity,
        minTimeout: 0,
        signal,
        onFailedAttempt: async ({ error }) => {
          if (signal.aborted) throw abortReason(signal);
          await clock.sleep(tries.failed(error), signal);
        },
      });
    } catch (error) {
      if (signal.aborted && !(error instanceof HubError)) throw abortReason(signal);
      throw error;
    }
  }

  return {
    async resolveRevision(repo, revision, { signal: callerSignal, deadlineMs }) {
      const look = async (signal: AbortSignal): Promise<{ commit: CommitHash; name: string }> => {
        const asked = { endpoint, repo, revision, anonymous, signal };
        const url = revisionUrl(endpoint, repo, revision);
        const { value } = await retried(`the revision ${revision}`, signal, () =>
          callApi(context, { url, schema: revisionSchema, asked, stallTimeoutMs }),
        );
        return { commit: value.sha, name: value.id ?? repo.name };
      };
      return deadlineMs === undefined
        ? look(callerSignal)
        : withDeadline(look, { signal: callerSignal, deadlineMs, host: endpoint.host });
    },

    async listTree(repo, commit, { signal, onPage }) {
      const asked = { endpoint, repo, revision: commit, anonymous, signal };
      const files = await listPages({
        endpoint,
        repo,
        commit,
        onPage: onPage ?? (() => undefined),
        askPage: (url, schema) =>
          retried('the file list', signal, () => callApi(context, { url, schema, asked, stallTimeoutMs })),
      });
      return { commit, files };
    },

    source: (repo, commit, file) => {
      const source = new HubSource({ context, lane, repo, commit, file, stallTimeoutMs, anonymous });
      return closingIdleAfterSilence(source, { closeIdle, stallTimeoutMs });
    },
    backoff,
    close: () => {
      lane.close();
      return context.sockets.close();
    },
  };
}

/** Runs `work` under a signal that fires when the caller's does, or when the time is over. */
async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { signal, deadlineMs, host }: { signal: AbortSignal; deadlineMs: number; host: string },
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(new HubUnreachable({ host, why: `no good answer within ${Math.round(deadlineMs / 100) / 10} s` }));
  }, deadlineMs);
  try {
    return await work(AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}
