import type { IncomingHttpHeaders } from 'node:http';
import type { RequestKind } from './address.js';

/** A request that the hub or its CDN got. Changes while it is answered. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly kind: RequestKind;
  /** Id with its type's prefix (`datasets/org/name`), where the request names a repo. */
  readonly repo: string | undefined;
  /** Path of a file inside of the repo; known for the CDN too. */
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Undefined until headers are sent. */
  status: number | undefined;
  /** Bytes of the body that were given to the socket. */
  bytesSent: number;
  /** The answer is over, whole or not. */
  ended: boolean;
}

/** Which requests are meant; all of what is given must hold. */
export interface RequestMatch {
  readonly kind?: RequestKind | readonly RequestKind[];
  readonly method?: string;
  readonly repo?: string;
  /** Path inside of the repo. */
  readonly path?: string | RegExp;
  readonly when?: (request: RecordedRequest) => boolean;
}

export function matches(request: RecordedRequest, { kind, method, repo, path, when }: RequestMatch): boolean {
  if (kind !== undefined && ![kind].flat().includes(request.kind)) return false;
  if (method !== undefined && method !== request.method) return false;
  if (repo !== undefined && repo !== request.repo) return false;
  if (typeof path === 'string' && path !== request.path) return false;
  if (path instanceof RegExp && !path.test(request.path ?? '')) return false;
  return when === undefined || when(request);
}

/** All requests in the order in which they came, and those who wait for something to happen to one. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  readonly #watchers = new Set<(request: RecordedRequest) => void>();
  #waiters = new Set<{ check: (request: RecordedRequest) => void; giveUp: (reason: Error) => void }>();

  add(request: RecordedRequest): void {
    this.requests.push(request);
    this.changed(request);
  }

  changed(request: RecordedRequest): void {
    for (const watcher of this.#watchers) watcher(request);
    for (const { check } of this.#waiters) check(request);
  }

  /** Told of every change of every request. */
  watch(watcher: (request: RecordedRequest) => void): void {
    this.#watchers.add(watcher);
  }

  /** Resolves with the first request, past or to come, for which `holds`; asked anew whenever a request changes. */
  waitFor(holds: (request: RecordedRequest) => boolean): Promise<RecordedRequest> {
    const found = this.requests.find(holds);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const waiter = {
        check: (request: RecordedRequest) => {
          if (!holds(request)) return;
          this.#waiters.delete(waiter);
          resolve(request);
        },
        giveUp: reject,
      };
      this.#waiters.add(waiter);
    });
  }

  count(match: RequestMatch): number {
    return this.requests.filter((request) => matches(request, match)).length;
  }

  bytesSent(match: RequestMatch): number {
    return this.requests
      .filter((request) => matches(request, match))
      .reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  }

  clear(): void {
    this.requests.length = 0;
  }

  close(): void {
    for (const { giveUp } of this.#waiters) giveUp(new Error('the hub was closed while a test waited for a request'));
    this.#waiters.clear();
  }
}
