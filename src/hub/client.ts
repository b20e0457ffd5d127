import pRetry from 'p-retry';
import type * as z from 'zod/mini';
import { HubError, abortReason } from '../errors.js';
import type { Tell } from '../events.js';
import { createSockets } from '../net/agent.js';
import type { Answer } from '../net/ask.js';
import { Backoff, type Contact } from '../net/backoff.js';
import { type Clock, systemClock } from '../net/clock.js';
import { withDeadline } from '../net/deadline.js';
import type { ExchangeContext } from '../net/exchange.js';
import { FastLane } from '../net/fast-lane.js';
import { type NetworkSettings, createNetwork } from '../net/network.js';
import { Outage } from '../net/outage.js';
import { Throttle } from '../net/throttle.js';
import type { Digest } from '../repo/digest.js';
import type { CommitHash, Listing } from '../repo/listing.js';
import type { RepoId } from '../repo/reference.js';
import type { RepoSearch } from '../repo/search.js';
import type { Source } from '../transfer/source.js';
import { refsUrl, revisionUrl, whoAmIUrl } from './addresses.js';
import { closingIdleAfterSilence } from './after-silence.js';
import { callApi } from './api.js';
import type { DroppedEndpoint } from './endpoint-health.js';
import { type Endpoint, Endpoints } from './endpoints.js';
import { KnownPages } from './known-pages.js';
import { HubSource } from './hub-source.js';
import { MirroredSource } from './mirrored-source.js';
import { listRefusal, refusal } from './refusal.js';
import { infoSchema, refsSchema, reposPageSchema, revisionSchema, userSchema } from './schemas.js';
import { type FoundRepo, searchPages } from './search.js';
import { listPages } from './tree.js';
import { userAgent } from './user-agent.js';

/** What a hub says of a repo at a revision. */
export type RepoInfo = z.output<typeof infoSchema>;

/** What a repo's revisions are called by. */
export type RepoRefs = z.output<typeof refsSchema>;

/** The settings that concern a hub. */
export interface HubSettings extends NetworkSettings {
  /** At least one; tried in this order. */
  readonly endpoints: readonly { readonly url: string; readonly sendsToken: boolean }[];
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

/** The conversation of one run with a hub, or with several that have the same. */
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

  /** What is said of a repo at a revision: as `resolveRevision`, and more. */
  repoInfo(repo: RepoId, revision: string, options: { signal: AbortSignal }): Promise<RepoInfo>;

  /** @param options  `pullRequests`: those too, of which there may be thousands */
  listRefs(repo: RepoId, options: { signal: AbortSignal; pullRequests: boolean }): Promise<RepoRefs>;

  /** The repos that a search finds, those that are used most first. */
  searchRepos(search: RepoSearch, options: { signal: AbortSignal }): Promise<FoundRepo[]>;

  /** Whose token this is, as the first endpoint knows it, to which it goes. @throws BadToken */
  whoAmI(options: { signal: AbortSignal }): Promise<z.output<typeof userSchema>>;

  /** Where a file's bytes come from. Makes no request yet. */
  source(repo: RepoId, commit: CommitHash, file: { path: string; size: number; digest?: Digest }): Source;

  /** The tries of one thing that the caller drives itself. */
  backoff(what: string): Backoff;

  /** Endpoints that lied, and were not asked any more. */
  droppedEndpoints(): readonly DroppedEndpoint[];

  /** Ends all connections. */
  close(): Promise<void>;
}

/** @throws UsageError  a file of certificates that cannot be used */
export function createHubClient({
  settings,
  tell,
  clock = systemClock,
  random = Math.random,
}: HubClientOptions): HubClient {
  const { retries, retryForMs, stallTimeoutMs, headersTimeoutMs } = settings;
  const network = createNetwork(settings);
  const contact: Contact = { answered: false };
  const hosts = (): readonly string[] => endpoints.inOrder().map(({ context }) => context.endpoint.host);
  const shared: Omit<ExchangeContext, 'endpoint' | 'token'> = {
    sockets: createSockets(network),
    userAgent,
    headersTimeoutMs,
    throttle: new Throttle({ clock, tell }),
    outage: new Outage({ retryForMs, clock, tell, hosts }),
    contact,
    tell,
  };
  const endpoints = new Endpoints(
    settings.endpoints.map(({ url, sendsToken }) => ({
      address: url,
      context: { ...shared, endpoint: new URL(url), token: sendsToken ? settings.token : undefined },
    })),
    { clock, tell },
  );
  /** Who named a commit: the others may not have it yet. */
  const namedBy = new Map<CommitHash, Endpoint>();
  const lane = new FastLane(network);
  const closeIdle = (): void => {
    lane.closeIdle();
    shared.sockets.closeIdle();
  };
  const backoff = (what: string): Backoff => new Backoff({ what, retries, contact, tell, clock, random });

  async function retried<T>(what: string, signal: AbortSignal, call: (tries: Backoff) => Promise<T>): Promise<T> {
    const tries = backoff(what);
    try {
      return await pRetry(() => call(tries), {
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

  function askOfRepo<Schema extends z.ZodMiniType>(
    context: ExchangeContext,
    { url, schema, repo, revision, signal }: RepoQuestion<Schema>,
  ): ReturnType<typeof callApi<Schema>> {
    const { endpoint, token } = context;
    const asked = { repo, revision, signal, endpoint, anonymous: token === undefined };
    return callApi(context, { url, schema, refusal: (answer) => refusal(answer, asked), signal, stallTimeoutMs });
  }

  return {
    async resolveRevision(repo, revision, { signal: callerSignal, deadlineMs }) {
      const look = async (signal: AbortSignal): Promise<{ commit: CommitHash; name: string }> => {
        const askWith = (context: ExchangeContext, signal: AbortSignal) => {
          const url = revisionUrl(context.endpoint, repo, revision);
          return askOfRepo(context, { url, schema: revisionSchema, repo, revision, signal });
        };
        // One that does not answer must leave the others time.
        const share = hosts().length;
        const shareMs = deadlineMs === undefined || share === 1 ? undefined : deadlineMs / share;
        const ask = ({ context }: Endpoint) =>
          withDeadline((limited) => askWith(context, limited), {
            signal,
            deadlineMs: shareMs,
            host: context.endpoint.host,
          });
        const { value: answer, endpoint } = await retried(`the revision ${revision}`, signal, () =>
          endpoints.firstAnswer(ask, { signal }),
        );
        namedBy.set(answer.value.sha, endpoint);
        return { commit: answer.value.sha, name: answer.value.id ?? repo.name };
      };
      const [host = ''] = hosts();
      return withDeadline(look, { signal: callerSignal, deadlineMs, host });
    },

    async listTree(repo, commit, { signal, onPage }) {
      const pages = new KnownPages();
      const { value: files } = await retried('the file list', signal, (tries) => {
        const ask = ({ context }: Endpoint) =>
          listPages({
            endpoint: context.endpoint,
            repo,
            commit,
            onPage: (filesSoFar) => pages.tellOnce(filesSoFar, onPage),
            askPage: (url, schema) =>
              pages.get(url, async () => {
                const page = await askOfRepo(context, { url, schema, repo, revision: commit, signal });
                tries.progressed(1);
                return page;
              }),
          });
        return endpoints.firstAnswer(ask, { signal, mayLack: (it) => (namedBy.get(commit) ?? it) !== it });
      });
      return { commit, files };
    },

    async repoInfo(repo, revision, { signal }) {
      const ask = ({ context }: Endpoint) => {
        const url = revisionUrl(context.endpoint, repo, revision);
        return askOfRepo(context, { url, schema: infoSchema, repo, revision, signal });
      };
      const { value: answer, endpoint } = await retried(`what is said of ${repo.name}`, signal, () =>
        endpoints.firstAnswer(ask, { signal }),
      );
      namedBy.set(answer.value.sha, endpoint);
      return answer.value;
    },

    async listRefs(repo, { signal, pullRequests }) {
      const ask = ({ context }: Endpoint) => {
        const url = refsUrl(context.endpoint, repo, { pullRequests });
        return askOfRepo(context, { url, schema: refsSchema, repo, revision: 'main', signal });
      };
      const { value: answer } = await retried('the refs', signal, () => endpoints.firstAnswer(ask, { signal }));
      return answer.value;
    },

    async searchRepos(search, { signal }) {
      const refused = (answer: Answer) => listRefusal(answer, signal);
      const ask = ({ context }: Endpoint) =>
        searchPages({
          endpoint: context.endpoint,
          search,
          askPage: (url) =>
            callApi(context, { url, schema: reposPageSchema, refusal: refused, signal, stallTimeoutMs }),
        });
      const { value } = await retried('the search', signal, () => endpoints.firstAnswer(ask, { signal }));
      return value;
    },

    async whoAmI({ signal }) {
      const { context } = endpoints.first;
      const refused = (answer: Answer) => listRefusal(answer, signal);
      const url = whoAmIUrl(context.endpoint);
      const { value } = await retried('whose token this is', signal, () =>
        callApi(context, { url, schema: userSchema, refusal: refused, signal, stallTimeoutMs }),
      );
      return value;
    },

    source: (repo, commit, file) => {
      const sourceOf = ({ context }: Endpoint) => {
        const anonymous = context.token === undefined;
        const source = new HubSource({ context, lane, repo, commit, file, stallTimeoutMs, anonymous });
        return closingIdleAfterSilence(source, { closeIdle, stallTimeoutMs });
      };
      return endpoints.areSeveral
        ? new MirroredSource({ endpoints, path: file.path, sourceOf, clock })
        : sourceOf(endpoints.first);
    },
    backoff,
    droppedEndpoints: () => endpoints.dropped,
    close: () => {
      lane.close();
      return shared.sockets.close();
    },
  };
}

interface RepoQuestion<Schema> {
  readonly url: URL;
  readonly schema: Schema;
  readonly repo: RepoId;
  readonly revision: string;
  readonly signal: AbortSignal;
}
