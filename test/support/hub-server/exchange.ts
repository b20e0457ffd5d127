import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { openRepo, viewerOf } from './access.js';
import { parseAddress, type Address } from './address.js';
import { answerInfo, answerList, answerPathsInfo, answerRefs, answerTree, answerWhoami } from './api.js';
import { damaged } from './damage.js';
import type { Darkness } from './darkness.js';
import type { Effect, Faults } from './faults.js';
import { errorReply, type Reply } from './replies.js';
import type { RecordedRequest, RequestLog } from './requests.js';
import { answerCdn, answerResolve, answerResolveCache } from './resolve.js';
import { ClientGone, sendBody, withSignal } from './sending.js';
import type { HubState } from './state.js';

export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly side: 'hub' | 'cdn';
  readonly state: HubState;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly darkness: Darkness;
  readonly hub: { readonly bytesPerSecond: number | undefined; readonly latencyMs: number };
}

/** One request from its first line to the last byte of its answer, faults included. Throws only for defects of the hub. */
export async function answerRequest(exchange: Exchange): Promise<void> {
  const { incoming, response, side, state, log, hub } = exchange;
  const url = new URL(incoming.url ?? '/', side === 'hub' ? state.endpoint : state.cdnOrigin);
  const address: Address = side === 'hub' ? parseAddress(url) : { kind: 'cdn' };
  const request = recordOf(incoming, address, state.urls.find(url));
  const gone = new AbortController();
  const ended = new Promise<void>((resolve) => {
    response.once('close', () => {
      gone.abort();
      request.ended = true;
      log.changed(request);
      resolve();
    });
  });
  log.add(request);
  try {
    const reply = await route(address, { ...exchange, url });
    const effect = exchange.faults.take(request, reply);
    const latencyMs = effect.latencyMs ?? hub.latencyMs;
    if (latencyMs > 0) await setTimeout(latencyMs, undefined, { signal: gone.signal });
    if (effect.expired) state.urls.expire(url);
    while (exchange.darkness.covers(incoming.socket)) await setTimeout(20, undefined, { signal: gone.signal });
    await beforeHeaders(effect, response, gone.signal);
    if (response.destroyed) return;
    const sent = await damaged(reply, effect, url);
    sendHeaders(sent, { response, side, request });
    log.changed(request);
    if (incoming.method === 'HEAD') response.end();
    else await send(sent, { ...exchange, effect, request, signal: gone.signal });
    await ended;
  } catch (error) {
    // A failed write may be told before the connection's end is.
    if (gone.signal.aborted || error instanceof ClientGone) return;
    response.destroy();
    throw error;
  }
}

async function route(address: Address, { incoming, state, url }: Exchange & { url: URL }): Promise<Reply> {
  if (address.kind === 'cdn') return answerCdn(state, { incoming, url });
  const viewer = viewerOf(incoming.headers, state.users);
  if (viewer !== 'anonymous' && 'status' in viewer) return viewer;
  const asked = { incoming, url, viewer };
  if (address.kind === 'list') return answerList(state, address.type, asked);
  if (address.kind === 'whoami') return answerWhoami(viewer);
  if (!('repo' in address)) return errorReply({ status: 404, message: "Sorry, we can't find the page." });

  const repo = openRepo(state, address.repo, asked);
  if ('status' in repo) return repo;
  switch (address.kind) {
    case 'info':
      return answerInfo(repo, address.revision, asked);
    case 'refs':
      return answerRefs(repo, asked);
    case 'paths-info':
      return answerPathsInfo(repo, address.revision, asked);
    case 'tree':
      return answerTree(state, { ...address, repo }, asked);
    case 'resolve':
      return answerResolve(state, { ...address, repo }, asked);
    case 'resolve-cache':
      return answerResolveCache(state, { ...address, repo }, asked);
  }
}

async function beforeHeaders({ beforeHeaders, released }: Effect, response: ServerResponse, signal: AbortSignal) {
  if (beforeHeaders === 'hang') await withSignal(released, signal);
  if (beforeHeaders === 'reset') response.socket?.resetAndDestroy();
  if (beforeHeaders === 'close') response.socket?.destroy();
}

/** Of quotas the hub tells in every answer, the CDN in none. */
function sendHeaders(
  { status, headers }: Reply,
  { response, side, request }: { response: ServerResponse; side: 'hub' | 'cdn'; request: RecordedRequest },
): void {
  response.statusCode = status;
  if (side === 'hub') {
    const [policy, quota] = request.kind === 'resolve' ? ['resolvers', 3000] : ['api', 500];
    response.setHeader('RateLimit', `"${policy}";r=${quota - 1};t=300`);
    response.setHeader('RateLimit-Policy', `"fixed window";"${policy}";q=${quota};w=300`);
    response.setHeader('X-Request-Id', `Root=1-${crypto.randomUUID()}`);
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  request.status = status;
}

function send(
  reply: Reply,
  {
    response,
    effect,
    request,
    signal,
    hub,
    log,
    incoming,
    darkness,
  }: Exchange & { effect: Effect; request: RecordedRequest; signal: AbortSignal },
): Promise<void> {
  const carriesFile = request.kind === 'cdn' || request.kind === 'resolve-cache';
  return sendBody(reply, {
    response,
    effect,
    signal,
    rate: () => {
      if (darkness.covers(incoming.socket)) return 0;
      return effect.bytesPerSecond ?? (carriesFile ? hub.bytesPerSecond : undefined);
    },
    sent: (bytes) => {
      request.bytesSent += bytes;
      log.changed(request);
    },
  });
}

function recordOf(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  address: Address,
  granted: { repo: string; path: string } | undefined,
): RecordedRequest {
  const named = granted ?? address;
  return {
    method,
    url,
    kind: address.kind,
    repo: 'repo' in named ? named.repo : undefined,
    path: 'path' in named ? named.path : undefined,
    headers,
    status: undefined,
    bytesSent: 0,
    ended: false,
  };
}
