import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { User } from './access.js';
import { Darkness } from './darkness.js';
import { answerRequest } from './exchange.js';
import { Faults, type Fault, type FaultHandle, type FaultScript } from './faults.js';
import { commitTo, type FileSpec, type Repo, type RepoFile } from './repos.js';
import { RequestLog, type RecordedRequest, type RequestMatch } from './requests.js';
import { SignedUrls, type UrlLifetime } from './signed-urls.js';
import type { EtagForm, HubState } from './state.js';

export interface HubOptions {
  readonly repos?: readonly Repo[];
  readonly users?: readonly User[];
  /** Of the hub's own listener; any free one by default. */
  readonly port?: number;
  /** Entries of a listing's page. Default 1000. */
  readonly pageSize?: number;
  /** What `Link` names instead of the hub's own origin: another one, or nothing (`''`) for a path alone. */
  readonly linkOrigin?: string;
  readonly etagForm?: EtagForm;
  readonly urlLifetime?: UrlLifetime;
  /** Of each connection that carries bytes of files; no limit by default, 0 holds them. */
  readonly bytesPerSecond?: number;
  /** Before the headers of each answer. */
  readonly latencyMs?: number;
}

/** Starts a hub on loopback: its API on 127.0.0.1, its CDN on another port under another name. */
export async function startHub(options: HubOptions = {}): Promise<Hub> {
  return new Hub(options, { api: await listen(options.port ?? 0), cdn: await listen(0) });
}

export class Hub {
  readonly endpoint: string;
  readonly cdnOrigin: string;
  /** May be changed at any time, also while bytes flow. */
  bytesPerSecond: number | undefined;
  latencyMs: number;

  readonly #state: HubState;
  readonly #faults = new Faults();
  readonly #log = new RequestLog();
  readonly #darkness = new Darkness();
  readonly #servers: readonly Server[];

  constructor(options: HubOptions, { api, cdn }: { api: Server; cdn: Server }) {
    this.endpoint = `http://127.0.0.1:${portOf(api)}`;
    this.cdnOrigin = `http://localhost:${portOf(cdn)}`;
    this.bytesPerSecond = options.bytesPerSecond;
    this.latencyMs = options.latencyMs ?? 0;
    this.#servers = [api, cdn];
    this.#state = {
      repos: new Map((options.repos ?? []).map((repo) => [repo.key, repo])),
      users: options.users ?? [],
      endpoint: this.endpoint,
      cdnOrigin: this.cdnOrigin,
      urls: new SignedUrls(options.urlLifetime),
      pageSize: options.pageSize ?? 1000,
      linkOrigin: options.linkOrigin ?? this.endpoint,
      etagForm: options.etagForm ?? 'strong',
    };
    for (const [server, side] of [[api, 'hub'] as const, [cdn, 'cdn'] as const]) {
      server.on('connection', (socket) => this.#darkness.watch(socket));
      server.on('request', (incoming, response) => {
        void answerRequest({
          incoming,
          response,
          side,
          state: this.#state,
          faults: this.#faults,
          log: this.#log,
          darkness: this.#darkness,
          hub: this,
        });
      });
    }
  }

  /** Every request to hub and CDN, in the order in which they came. */
  get requests(): readonly RecordedRequest[] {
    return this.#log.requests;
  }

  /** How many requests of that kind came. */
  count(match: RequestMatch = {}): number {
    return this.#log.count(match);
  }

  /** Bytes of bodies that were given to sockets; of files alone by default. */
  bytesSent(match: RequestMatch = { kind: ['cdn', 'resolve-cache'] }): number {
    return this.#log.bytesSent(match);
  }

  /** Forgets the requests so far, so that a test can count those of its next act. */
  clearRequests(): void {
    this.#log.clear();
  }

  /** Resolves with the first request, past or to come, for which `holds`; asked anew whenever a request changes. */
  waitFor(holds: (request: RecordedRequest) => boolean): Promise<RecordedRequest> {
    return this.#log.waitFor(holds);
  }

  /** From now on answers that match go wrong, the next one alone unless `times` says otherwise. */
  fault(fault: Fault): FaultHandle {
    return this.#faults.add(fault);
  }

  /** The connections that are open now go dark for good, the idle ones too, as after a NAT forgot them; new ones are served. */
  forgetConnections(): void {
    this.#darkness.forget();
  }

  /** While true nothing comes over any connection; afterwards they go on where they were. */
  set blackout(isTotal: boolean) {
    this.#darkness.isTotal = isTotal;
  }

  /** From now on the script decides for each answer what befalls it. */
  set faultScript(script: FaultScript) {
    this.#faults.script = script;
  }

  /** `watcher` is told whenever a request comes, is answered, gets bytes or ends. */
  watch(watcher: (request: RecordedRequest) => void): void {
    this.#log.watch(watcher);
  }

  addRepo(repo: Repo): void {
    this.#state.repos.set(repo.key, repo);
  }

  /** From now on it is as if there had never been one. */
  removeRepo(repoKey: string): void {
    this.#state.repos.delete(repoKey);
  }

  /** Changes files of a branch (null deletes one) and gives the new commit. Older commits stay. */
  commit(repoKey: string, changes: Readonly<Record<string, FileSpec | null>>, branch = 'main'): string {
    return commitTo(this.repo(repoKey), changes, `refs/heads/${branch}`);
  }

  /** The commit that a branch points at. */
  head(repoKey: string, branch = 'main'): string {
    const commit = this.repo(repoKey).refs.get(`refs/heads/${branch}`);
    if (commit === undefined) throw new Error(`${repoKey} has no branch ${branch}`);
    return commit;
  }

  /** A file of a branch's newest commit. */
  file(repoKey: string, path: string, branch = 'main'): RepoFile {
    const file = this.repo(repoKey).commits.get(this.head(repoKey, branch))?.get(path);
    if (file === undefined) throw new Error(`${repoKey} has no ${path} on ${branch}`);
    return file;
  }

  repo(repoKey: string): Repo {
    const repo = this.#state.repos.get(repoKey);
    if (repo === undefined) throw new Error(`this hub has no ${repoKey}`);
    return repo;
  }

  /** For addresses of the CDN that are handed out from now on. */
  set urlLifetime(lifetime: UrlLifetime) {
    this.#state.urls.lifetime = lifetime;
  }

  /** Ends all addresses of the CDN that were handed out so far. */
  expireUrls(): void {
    this.#state.urls.expireAll();
  }

  /** Stops at once, whatever is under way. */
  async close(): Promise<void> {
    this.#log.close();
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const server of this.#servers) server.closeAllConnections();
    await Promise.all(closed);
  }
}

async function listen(port: number): Promise<Server> {
  // Longer than any test, so that a pooled connection is never closed just as a client writes to it.
  const keepAliveTimeoutMs = 120_000;
  const server = createServer({ keepAliveTimeout: keepAliveTimeoutMs, requestTimeout: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
