import { unescape } from 'node:querystring';
import { NoProxy } from './no-proxy.js';

export interface ProxySettings {
  /** Address of the proxy for plain-http addresses: http, https, socks5, socks5h or socks. */
  readonly httpProxy: string | undefined;
  /** The same for https addresses. */
  readonly httpsProxy: string | undefined;
  /** What is asked without a proxy, entry by entry as `NO_PROXY` lists them. */
  readonly noProxy: readonly string[];
}

/** Which proxy a request goes by. Each hop of a redirect is judged anew. */
export class Proxies {
  readonly #http: URL | undefined;
  readonly #https: URL | undefined;
  readonly #noProxy: NoProxy;

  constructor({ httpProxy, httpsProxy, noProxy }: ProxySettings) {
    this.#http = httpProxy === undefined ? undefined : new URL(httpProxy);
    this.#https = httpsProxy === undefined ? undefined : new URL(httpsProxy);
    this.#noProxy = new NoProxy(noProxy);
  }

  /** Undefined where the server is asked directly. */
  proxyFor(url: URL): URL | undefined {
    const proxy = url.protocol === 'https:' ? this.#https : this.#http;
    return proxy === undefined || this.#noProxy.covers(url) ? undefined : proxy;
  }
}

export function isSocks({ protocol }: URL): boolean {
  return protocol.startsWith('socks');
}

/**
 * Whether the proxy gets the request itself, with the whole address in its first line (RFC 9112 3.2.2), as curl and
 * Python do for plain http. Everything else goes through a tunnel.
 */
export function isForwarded(url: URL, proxy: URL): boolean {
  return url.protocol === 'http:' && !isSocks(proxy);
}

/** The account at a proxy, percent-decoded; undefined where its address names none. */
export function accountOf({ username, password }: URL): { username: string; password: string } | undefined {
  if (username === '' && password === '') return undefined;
  // Takes a lone % for what it is, where `decodeURIComponent` throws.
  return { username: unescape(username), password: unescape(password) };
}

/** The header by which a proxy knows its user (RFC 9110 11.7.2), if its address names one. */
export function proxyAuthorization(proxy: URL): Record<string, string> {
  const account = accountOf(proxy);
  if (account === undefined) return {};
  const text = `${account.username}:${account.password}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` };
}
