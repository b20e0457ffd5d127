import type { Tell } from '../events.js';
import type { Sockets } from './agent.js';
import { type Answer, type Question, ask } from './ask.js';
import type { Contact } from './backoff.js';
import { BadRedirect, RateLimited, ServerError, TooManyRedirects } from './errors.js';
import { publicUrl } from './foreign-text.js';
import { type Held, atOnce } from './held.js';
import { leadsInside } from './local-address.js';
import type { Outage } from './outage.js';
import { rateHintMs } from './rate-hint.js';
import type { Throttle } from './throttle.js';
import { accountWanted, byWayOf } from './unreachable.js';

const mostRedirects = 10;

export interface ExchangeContext {
  readonly sockets: Sockets;
  /** The hub's own origin: alone it sees the token, and its silence is an outage. */
  readonly endpoint: URL;
  readonly token: string | undefined;
  readonly userAgent: string;
  readonly headersTimeoutMs: number;
  readonly throttle: Throttle;
  readonly outage: Outage;
  readonly contact: Contact;
  readonly tell: Tell;
}

export interface ExchangeRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** `none` for an address that was reached by way of another origin. */
  readonly credentials: Credentials;
  /** Runs the waits before it is made: for a rate limit or an outage. */
  readonly held?: Held | undefined;
}

/** Whether the token may go along: to the hub's own origin, or to nobody any more. */
type Credentials = 'endpoint' | 'none';

/** An answer, and whether its address may be asked again with the token. */
export interface Reached extends Answer {
  readonly credentials: Credentials;
  /** The file's etag as a redirect on the way told it, since that of a content network is whatever it likes. */
  readonly linkedEtag: string | undefined;
}

/**
 * Makes a GET and follows its redirects (RFC 9110 15.4), one try. The token goes along while the hub's own origin is not
 * left, and never comes back. 2xx and 4xx are given to the caller.
 *
 * @throws HubUnreachable, RateLimited, ServerError, TooManyRedirects, BadRedirect; or the signal's `abortReason`
 */
export async function exchange(context: ExchangeContext, request: ExchangeRequest): Promise<Reached> {
  const { endpoint } = context;
  let { url, credentials } = request;
  if (url.origin !== endpoint.origin) credentials = 'none';
  const token = credentials === 'endpoint' ? context.token : undefined;
  let linkedEtag: string | undefined;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const answer = await hop(context, { ...request, url, credentials });
    if (!isRedirect(answer.status)) return { ...answer, credentials, linkedEtag };
    await answer.body.discard();
    linkedEtag = answer.header('x-linked-etag') ?? linkedEtag;
    url = target(answer, { beganWithToken: token !== undefined });
    if (url.origin !== endpoint.origin) credentials = 'none';
  }
  const { host } = request.url;
  throw new TooManyRedirects({ host, url: publicUrl(request.url), redirects: mostRedirects });
}

/**
 * Sends one request when its origin may be asked, with the headers that all have. The endpoint alone gets the token, and
 * its silence alone is an outage.
 *
 * @throws RateLimited  it would take too long; what `send` threw; the signal's `abortReason`
 */
export async function whenAdmitted<T>(
  { endpoint, token, userAgent, throttle, outage, headersTimeoutMs }: ExchangeContext,
  { url, headers, signal, credentials, held = atOnce }: ExchangeRequest,
  send: (question: Question) => Promise<T>,
): Promise<T> {
  const isEndpoint = url.origin === endpoint.origin;
  await held(() => throttle.pass(url, signal));
  const question = {
    url,
    headers: {
      accept: '*/*',
      'user-agent': userAgent,
      ...headers,
      ...(isEndpoint && credentials === 'endpoint' && token !== undefined ? { authorization: `Bearer ${token}` } : {}),
    },
    headersTimeoutMs,
    signal,
  };
  return isEndpoint ? outage.attempt({ host: url.host, signal, held }, () => send(question)) : send(question);
}

async function hop(context: ExchangeContext, request: ExchangeRequest): Promise<Answer> {
  const { sockets, throttle, contact, tell } = context;
  const { url } = request;
  const answer = await whenAdmitted(context, request, (question) => ask(sockets, question));
  tell({ type: 'detail', message: `GET ${publicUrl(url)} ${answer.status}` });
  if (answer.status === 407) {
    await answer.body.discard();
    throw accountWanted({ host: url.host, why: byWayOf(sockets.proxyFor(url), 'it answered 407') });
  }
  if (!isPageOfSomethingElse(answer)) contact.answered = true;

  const hintMs = rateHintMs(answer, Date.now());
  if (hintMs !== undefined || answer.status === 429) {
    if (hintMs !== undefined) throttle.hold(url, hintMs);
    await answer.body.discard();
    throw new RateLimited({ host: url.host, ...(hintMs === undefined ? {} : { retryAfterMs: hintMs }) });
  }
  if (answer.status >= 500 || answer.status === 408) {
    await answer.body.discard();
    throw new ServerError({ host: url.host, status: answer.status, url: publicUrl(url) });
  }
  return answer;
}

/** A login page answers for every host; it does not tell that the hub is there. */
function isPageOfSomethingElse({ status, header }: Answer): boolean {
  return status < 400 && /^text\/html\b/i.test(header('content-type') ?? '');
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** `Location`, resolved as RFC 3986 5 says. */
function target({ url, header }: Answer, { beganWithToken }: { beganWithToken: boolean }): URL {
  const location = header('location');
  const bad = (why: string): BadRedirect => new BadRedirect({ host: url.host, url: publicUrl(url), why });
  if (location === undefined || !URL.canParse(location, url.href)) throw bad('to nowhere');
  const next = new URL(location, url);
  if (next.protocol !== 'http:' && next.protocol !== 'https:') throw bad(`to ${next.protocol}`);
  if (leadsInside(url, next)) throw bad('to an address of this machine');
  if (beganWithToken && url.protocol === 'https:' && next.protocol === 'http:') throw bad('from https to plain http');
  return next;
}
